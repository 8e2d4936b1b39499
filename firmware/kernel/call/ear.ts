// An ear at a bridge: a leg of another call that listens to two others, whispers to one of them, or speaks to both.
import type { Ear, Leg } from './call.types.ts'
import type { Exchange } from './exchange.ts'
import { atFirst } from './gone.ts'

/** At the bridge of `sides`; takes effect with `change`. */
export function earAt(exchange: Exchange, sides: { readonly a: Leg; readonly b: Leg }, leg: Leg): Ear {
  const over = new AbortController()
  let on = sides.a
  // However it came to its end: a leg that went on to another call must not go on listening.
  const ended = new Promise<void>(resolve => {
    atFirst([leg.gone, sides.a.gone, sides.b.gone, over.signal], () => {
      over.abort()
      exchange.insist('let an ear go', () => exchange.parts.sip.endOverhear(leg.id))
      resolve()
    })
  })
  const change: Ear['change'] = (manner, { to } = {}) => {
    if (over.signal.aborted) return
    if (to) on = to.id === sides.b.id ? sides.b : sides.a
    exchange.parts.sip.overhear(leg.id, on.id, manner)
  }
  return { leg, ended, change, leave: () => over.abort() }
}
