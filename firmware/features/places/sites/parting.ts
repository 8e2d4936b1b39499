// What somebody hears, in the tones of his country, whose call the box had answered before it was known that nobody takes it.
import type { Leg } from '../../../kernel/call/call.types.ts'
import type { Cause } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import { type ToneName, tonesOf } from './tone-plan.ts'

/** So long that two rounds of the slowest cadence are heard, and no trunk is kept for it. */
export const PARTING_MILLISECONDS = 5000

/** Causes that are none of these end a call that was a call: whoever was in it knows. */
const TONE_OF: { readonly [C in Cause]?: ToneName } = {
  busy: 'busy',
  declined: 'busy',
  'do-not-disturb': 'busy',
  'no-answer': 'congestion',
  unregistered: 'congestion',
  'not-found': 'congestion',
  forbidden: 'congestion',
  'not-acceptable': 'congestion',
  redirected: 'congestion',
  overloaded: 'congestion',
  'not-available': 'congestion',
  'too-many-hops': 'congestion',
  unreachable: 'congestion',
  failed: 'congestion',
}

/** Plays it; the hang-up that follows ends the player. Rejects when the leg goes before, or the switch refuses. */
export async function part(ctx: Context, o: { leg: Leg; cause: Cause; country: string }): Promise<void> {
  const name = TONE_OF[o.cause]
  if (name === undefined) return
  ctx.sip.tone(o.leg.id, newIdentity('play'), tonesOf(o.country)[name])
  await ctx.clock.sleep(PARTING_MILLISECONDS, o.leg.gone)
}
