// A call that takes the place of another (RFC 3891): what a phone sends to finish a transfer or to pick up a ringing neighbour.
import type { Cause } from '../errors.ts'
import type { LiveCall } from './call.ts'
import type { Invite } from './exchange.ts'
import type { OwnedLeg } from './leg.ts'

/**
 * The caller gets whom the replaced leg talked to, or, while that leg only rings, whom it rang for; the replaced leg
 * ends with its call. RFC 3891 section 3: a leg that is not there is 481, an answered one that may only be taken while
 * it rings is 486; nobody takes a call without a line of the box.
 */
export async function replace(caller: OwnedLeg, replaces: NonNullable<Invite['replaces']>): Promise<Cause> {
  const { call } = caller
  if (caller.party.trust !== 'line') return 'forbidden'
  const replaced = handOn(call, replaces.leg)
  if (!replaced) return refuse(caller, 'not-found', 481)
  const rings = replaced.state === 'early'
  if (replaces.earlyOnly && !rings) return 'busy'
  const other = rings ? replaced.call.principal : (replaced.peer as OwnedLeg | undefined)
  if (!other || other.id === replaced.id) return refuse(caller, 'not-found', 481)
  call.note({ replaces: replaced.call.id })
  const bridge = await call.connect(caller, other.moveTo(call))
  return bridge.ended
}

function handOn(call: LiveCall, leg: string): OwnedLeg | undefined {
  for (const other of call.exchange.calls.values()) {
    for (const hand of other.hands) if (hand.id === leg && other !== call) return hand
  }
  return undefined
}

async function refuse(caller: OwnedLeg, cause: Cause, status: number): Promise<Cause> {
  await caller.release(cause, { status })
  return cause
}
