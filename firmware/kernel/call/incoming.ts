// A call comes in: identify, the emergency branch, admit, route, follow, end. One function, top to bottom.
import type { Cause } from '../errors.ts'
import type { Destination } from '../schema.ts'
import { LiveCall } from './call.ts'
import type { Arrival, Bookmark } from './call.types.ts'
import { follow } from './destination.ts'
import type { Exchange, Invite } from './exchange.ts'
import { causeOf, isDeparture, orGone } from './gone.ts'
import { Dialog, type OwnedLeg } from './leg.ts'
import { admit, identify, route } from './phases.ts'
import { replace } from './replace.ts'

/** How soon an emergency call that failed is tried again, in milliseconds. */
const HELP_AGAIN = 500

/** The destination of every emergency call; its id is the number as dialled. */
export const emergencyDestination = (dialled: string): Destination => ({ kind: 'emergency', id: dialled })

/** Takes one INVITE from arrival to end. Never rejects; the cause is the one in the call's record. */
export async function takeCall(exchange: Exchange, invite: Invite): Promise<Cause> {
  const { emergency, dialled } = invite
  const { party } = identify(exchange, arrivalOf(invite))
  const call = new LiveCall(exchange, { from: party, dialled, emergency })
  const caller = call.adopt(new Dialog(exchange, { id: invite.leg, party, direction: 'in' }))
  call.principal = caller
  call.began()
  // Phones do not vouch for anybody: only who is believed to know may say where a call was before.
  if (party.trust === 'trunk') for (const by of invite.told?.diversions ?? []) call.divert(by)
  const cause = await serve(call, caller, invite).catch(causeOf)
  await call.part(cause)
  return cause
}

async function serve(call: LiveCall, caller: OwnedLeg, invite: Invite): Promise<Cause> {
  if (call.emergency) return help(call, caller)
  if (call.from.trust === 'unknown') return refused(call, 'forbidden', 'identify')
  const refusal = await orGone(caller.gone, admit(call.exchange, call.look))
  if (refusal) return refused(call, refusal.refusal, refusal.by)
  if (invite.replaces) return replace(caller, invite.replaces)
  const routed = route(call.exchange, call.look)
  if (!routed) return 'not-found'
  return follow(caller, { goto: routed.to })
}

/**
 * Who calls for help is not sent away because something failed: the destination is entered again, or, while there is none
 * (safe mode), the phones that it last named are rung, until somebody was reached or the caller gives up.
 */
export async function help(call: LiveCall, caller: OwnedLeg, bookmark?: Bookmark): Promise<Cause> {
  const { destinations, clock, log } = call.exchange.parts
  const to = emergencyDestination(call.dialled)
  for (;;) {
    try {
      const cause = destinations.get(to.kind)
        ? await follow(caller, { goto: to }, bookmark)
        : await lastResort(call, caller)
      if (cause !== 'failed') return cause
    } catch (error) {
      if (isDeparture(error)) throw error
      log.error('an emergency call failed and is tried again', { call: call.id, error })
    }
    for (const leg of call.hands) if (leg !== caller) leg.hangup('failed')
    call.hops = 0
    await clock.sleep(HELP_AGAIN, caller.gone)
  }
}

async function lastResort(call: LiveCall, caller: OwnedLeg): Promise<Cause> {
  const targets = call.exchange.parts.answeringPoints()
  if (!targets.length) return 'not-available'
  const answer = await call.ring({ targets, patienceSeconds: 30 })
  if ('cause' in answer) return 'failed'
  return (await call.connect(caller, answer)).ended
}

function refused(call: LiveCall, cause: Cause, by: string): Cause {
  call.note({ refusedBy: by })
  return cause
}

/** What phases are shown of an INVITE. */
export function arrivalOf(invite: Invite): Arrival {
  const { from, dialled, source, emergency, line, told } = invite
  const arrival = { from: { user: from.user, name: from.name }, dialled, source, emergency }
  return { ...arrival, ...(line !== undefined && { line }), ...(told && { told }) }
}
