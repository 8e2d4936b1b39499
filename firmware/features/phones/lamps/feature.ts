// Lamps: keys of phones that show how an extension stands (BLF), and presence.
import { feature } from '../../../kernel/feature.ts'
import { extensions } from '../extensions/feature.ts'
import { registrar } from '../registrar/feature.ts'
import { subscriptions } from '../subscriptions/feature.ts'
import { Lamps } from './lamps.ts'
import { words } from './words.en.ts'

export const lamps = feature<unknown, undefined>({
  name: 'lamps',
  about: words['lamps.about'],
  optional: true,
  needs: [registrar, extensions, subscriptions],
  words: { en: words },
  start(ctx) {
    const all = new Lamps(ctx)
    all.offer()
    ctx.on('call.changed', ({ call }) => all.callChanged(call))
    ctx.on('leg.held', ({ call }) => all.callChanged(call))
    ctx.on('phone.registered', ({ line }) => all.lineChanged(line))
    ctx.on('phone.unregistered', ({ line }) => all.lineChanged(line))
    return {}
  },
})
export default lamps
