// Subscriptions: phones watch extensions, and are told when something changes.
import { feature } from '../../../kernel/feature.ts'
import { extensions } from '../extensions/feature.ts'
import { lines } from '../lines/feature.ts'
import { registrar } from '../registrar/feature.ts'
import { Desk, type Subscriptions } from './desk.ts'
import { messageSummary, registrations } from './own-packages.ts'
import { routesOf } from './routes.ts'
import { SubscriptionsSettings as Settings, type SubscriptionsSettings } from './settings.ts'
import { words } from './words.en.ts'

export type { Subscriptions } from './desk.ts'
export { type Asked, type EventPackage, xml } from './packages.ts'

export const subscriptions = feature<SubscriptionsSettings, Subscriptions>({
  name: 'subscriptions',
  about: 'Which phones watch which extensions.',
  needs: [lines, registrar, extensions],
  settings: Settings,
  permissions: {
    'subscriptions.view': words['subscriptions.view'],
    'subscriptions.manage': words['subscriptions.manage'],
    'subscriptions.watch': words['subscriptions.watch'],
  },
  words: { en: words },
  start(ctx) {
    const desk = new Desk(ctx)
    desk.offer(messageSummary(ctx), ctx.signal)
    desk.offer(registrations(ctx), ctx.signal)
    desk.handBack()
    ctx.on('calls.open', () => {
      desk.dropStrangers()
      desk.tellAll()
    })
    ctx.on('document.changed', ({ kinds }) => {
      if (['extension', 'line', 'device'].some(kind => kinds.includes(kind))) desk.dropStrangers()
    })
    const registered = ({ line }: { readonly line: string }) => {
      const number = ctx.use(extensions).carriedBy(line)?.number
      if (number !== undefined) desk.changed('reg', number)
    }
    ctx.on('phone.registered', registered)
    ctx.on('phone.unregistered', registered)
    return {
      api: desk,
      apply: () => desk.dropStrangers(),
      routes: routesOf(ctx, desk),
      sip: { observe: event => desk.observe(event) },
      metrics: () => ({ subscriptions: desk.all().length, subscriptions_refused: desk.refusals.count }),
      problems: () => desk.refusals.problems(id => ctx.use(lines).get(id)),
    }
  },
})
export default subscriptions
