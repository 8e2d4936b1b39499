// How an extension stands now: every call that one of its phones is in, as a lamp shows it.
import type { Call, Leg } from '../../../kernel/call/call.types.ts'

/** One phone in one call; the words of RFC 4235 section 3.7.1. */
export interface Busy {
  /** The leg: who is told of it may take it while it rings. */
  readonly id: string
  readonly direction: 'initiator' | 'recipient'
  readonly state: 'trying' | 'early' | 'confirmed'
  readonly own: Identity
  readonly far: Identity
  readonly held: boolean
}

interface Identity {
  readonly number: string
  readonly name: string
}

/** The calls of an extension, in the order in which they began. */
export function busyOf(calls: readonly Call[], extension: string): readonly Busy[] {
  return calls.flatMap(call =>
    call.legs.filter(leg => leg.party.extension === extension && leg.state !== 'ended').map(leg => busy(call, leg)),
  )
}

/** Every extension that is in a call. */
export const extensionsIn = (call: Call): readonly string[] =>
  call.legs.flatMap(leg => (leg.party.extension === undefined ? [] : [leg.party.extension]))

function busy(call: Call, leg: Leg): Busy {
  const { number, name } = leg.party
  return {
    id: leg.id,
    direction: leg.direction === 'in' ? 'initiator' : 'recipient',
    state: leg.state === 'established' ? 'confirmed' : rings(call, leg) ? 'early' : 'trying',
    own: { number, name },
    far: farOf(call, leg),
    held: leg.held,
  }
}

/** Who calls has it ringing when it rings anywhere. */
const rings = (call: Call, leg: Leg): boolean =>
  leg.rings ||
  (leg.direction === 'in' && call.legs.some(other => other !== leg && (other.rings || other.state === 'established')))

function farOf(call: Call, leg: Leg): Identity {
  const far = leg.peer?.party ?? (leg.direction === 'out' ? call.from : undefined)
  if (far?.withheld && !call.emergency) return { number: 'anonymous', name: '' }
  return far ? { number: far.number, name: far.name } : { number: call.dialled, name: '' }
}
