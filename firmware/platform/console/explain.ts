// Why a call would go where it goes: the phases run dry, over a look that can do nothing.

import type { Arrival, Look, Party } from '../../kernel/call/call.types.ts'
import type { Exchange } from '../../kernel/call/exchange.ts'
import { emergencyDestination } from '../../kernel/call/incoming.ts'
import { admit, identify, route } from '../../kernel/call/phases.ts'
import type { Cause } from '../../kernel/errors.ts'
import type { Destination } from '../../kernel/schema.ts'

/** `dialled` from a known party, or from an INVITE that might arrive. */
export type Question = { readonly dialled: string; readonly emergency?: boolean } & (
  | { readonly from: Party }
  | { readonly arrival: Omit<Arrival, 'dialled' | 'emergency'> }
)

/** What would happen, and who decided it. */
export interface Explanation {
  readonly from: Party
  /** Who knew the caller; undefined: nobody. */
  readonly identifiedBy?: string
  readonly refused?: { readonly cause: Cause; readonly by: string }
  readonly destination?: Destination & { readonly label: string; readonly by: string }
  /** Who prepares the bridge before audio flows: recording, announcements. */
  readonly connecting: readonly string[]
}

/** Runs identify, admit and route as for a call; nothing rings, nothing is written. */
export async function explain(exchange: Exchange, question: Question): Promise<Explanation> {
  const { dialled, emergency = false } = question
  const known =
    'from' in question ? { party: question.from } : identify(exchange, { ...question.arrival, dialled, emergency })
  const look: Look = Object.freeze({ from: known.party, dialled, emergency, hops: 0 })
  const phases = exchange.parts.phases()
  const told = {
    from: known.party,
    ...('by' in known && known.by !== undefined && { identifiedBy: known.by }),
    connecting: phases.filter(entry => entry.phases.connecting).map(entry => entry.feature),
  }
  if (emergency) return { ...told, destination: labelled(exchange, emergencyDestination(dialled), 'emergency branch') }
  if (known.party.trust === 'unknown') return { ...told, refused: { cause: 'forbidden', by: 'identify' } }
  const refusal = await admit(exchange, look)
  if (refusal) return { ...told, refused: { cause: refusal.refusal, by: refusal.by } }
  const routed = route(exchange, look)
  if (!routed) return { ...told, refused: { cause: 'not-found', by: 'route' } }
  return { ...told, destination: labelled(exchange, routed.to, routed.by) }
}

function labelled(exchange: Exchange, to: Destination, by: string) {
  const kind = exchange.parts.destinations.get(to.kind)
  const choice = kind?.choices().find(one => one.id === to.id)
  return { ...to, by, label: choice?.label ?? kind?.label?.(to) ?? kind?.title ?? `nothing offers "${to.kind}"` }
}
