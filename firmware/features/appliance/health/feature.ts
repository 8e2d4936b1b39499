// Health: the right to see what is wrong with the box and what to do about it; the page asks every feature for its problems.
import { feature } from '../../../kernel/feature.ts'
import { words } from './words.en.ts'

export const health = feature<unknown, undefined>({
  name: 'health',
  about: 'What is wrong with this box, and what to do about it.',
  permissions: { 'health.view': words['health.view'] },
  words: { en: words },
  start: () => ({}),
})
export default health
