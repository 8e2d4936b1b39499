// What an extension may dial outside; never asked of calls for help.
import type { Leg } from '../../../kernel/call/call.types.ts'
import type { Cause } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import type { OutsideNumber } from '../trunks/feature.ts'
import { isNumberLike } from './route-out.ts'
import { type CallingRights, callingRightsKind, type OutboundSettings } from './settings.ts'

/** Of whoever has no others: what costs the plant no more than a call in the country does. */
const USUAL: CallingRights = {
  name: '',
  kinds: ['national', 'toll-free', 'service'],
  blocked: [],
  tollMinutes: 0,
  tollCalls: 2,
}

export const isToll = (number: OutsideNumber) => number.class === 'international' || number.class === 'premium'

/** The rights of an extension, else everybody's. */
export function rightsOf(ctx: Context<OutboundSettings>, extension: string | undefined): CallingRights {
  const own = extension === undefined ? undefined : ctx.use(extensions).get(extension)?.callingRights
  const id = own ?? ctx.settings.rights
  return (id === undefined ? undefined : ctx.store.get(callingRightsKind, id)) ?? USUAL
}

/** In whose name a call leaves the plant: of who forwards it, else of the caller. */
export function payerOf(ctx: Context, caller: Leg, options: Readonly<Record<string, unknown>> = {}) {
  const { onBehalfOf } = options
  if (typeof onBehalfOf !== 'string') return caller.party
  const [line] = ctx.use(extensions).linesOf(onBehalfOf)
  const site = line && ctx.use(extensions).partyOf(line).site
  return { extension: onBehalfOf, site }
}

/** Why this number may not be called; undefined: it may. */
export function refusal(rights: CallingRights, number: OutsideNumber, tollCallsNow: number): Cause | undefined {
  if (!rights.kinds.includes(number.class)) return 'forbidden'
  if (rights.blocked.some(pattern => isNumberLike(number, pattern))) return 'forbidden'
  return isToll(number) && rights.tollCalls > 0 && tollCallsNow >= rights.tollCalls ? 'overloaded' : undefined
}
