// A call comes in: identify, the emergency branch, admit, route, follow, end. One function, top to bottom.
import type { Cause } from '../errors.ts'
import type { Destination } from '../schema.ts'
import { LiveCall } from './call.ts'
import type { Arrival, Bookmark, RememberedWay, RingOptions } from './call.types.ts'
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
 * Who calls for help is not sent away because something failed: the destination is entered again, in turns with what it last
 * told to do without it, and while there is none (safe mode) that alone, until somebody was reached or the caller gives up.
 */
export async function help(call: LiveCall, caller: OwnedLeg, bookmark?: Bookmark): Promise<Cause> {
  const { destinations, clock, log } = call.exchange.parts
  const to = emergencyDestination(call.dialled)
  for (let turn = 0; ; turn++) {
    try {
      const rounds = remembered(call)
      const byItself = destinations.get(to.kind) && (turn % 2 === 0 || !rounds.length)
      const cause = byItself ? await follow(caller, { goto: to }, bookmark) : await lastResort(call, caller, rounds)
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

/** Ways outside, the caller's site first, then phones: what the emergency feature last told, as rounds of ringing. */
function remembered({ exchange, dialled, from }: LiveCall): readonly RingOptions[] {
  const { store, lastResort } = exchange.parts
  const { outside = [], targets = [] } = lastResort() ?? {}
  const near = ({ site }: RememberedWay) => Number(site !== undefined && site === from.site)
  const ways = outside.filter(way => way.dialled === dialled).sort((a, b) => near(b) - near(a))
  // Each of them may be silent for a while: not all are tried before a phone of the plant rings.
  const rounds = ways.slice(0, 4).map(({ target, as, login }) => {
    const secret = login && store.secret(login.secret)
    const credentials = secret === undefined ? {} : { credentials: { username: login?.username ?? '', secret } }
    return { targets: [{ ...target, ...credentials }], patienceSeconds: 40, as }
  })
  return targets.length ? [...rounds, { targets, patienceSeconds: 30 }] : rounds
}

async function lastResort(call: LiveCall, caller: OwnedLeg, rounds: readonly RingOptions[]): Promise<Cause> {
  for (const round of rounds) {
    const answer = await call.ring(round)
    if (!('cause' in answer)) return (await call.connect(caller, answer)).ended
  }
  return rounds.length ? 'failed' : 'not-available'
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
