// What outlives a crash of the supervisor: each call with its legs, its bridge and the place it had come to; and how it goes on.
import type { Cause } from '../errors.ts'
import { resumeBridge } from './bridge.ts'
import { type Bridged, LiveCall } from './call.ts'
import type { Bookmark, Diverted, Next, Party } from './call.types.ts'
import { follow } from './destination.ts'
import type { Exchange } from './exchange.ts'
import { causeOf } from './gone.ts'
import { help } from './incoming.ts'
import { Dialog, type OwnedLeg } from './leg.ts'
import type { RestoredLeg } from './sip-port.ts'

/** A call as kept in `live`. */
export interface KeptCall {
  readonly id: string
  readonly correlation: string
  readonly from: Party
  readonly dialled: string
  readonly emergency: boolean
  readonly startedAt: number
  readonly hops: number
  readonly diversions?: readonly Diverted[] | undefined
  readonly legs: readonly { readonly id: string; readonly direction: 'in' | 'out'; readonly party: Party }[]
  readonly principal?: string | undefined
  readonly bridged?: Bridged | undefined
  readonly bookmark?: Bookmark | undefined
}

/** What of a call a successor needs; always of one shape, as it is made anew at every step of every call. */
export function keptCall(call: LiveCall): KeptCall {
  const { id, correlation, from, dialled, emergency, startedAt, hops, bridged, bookmark } = call
  const legs = [...call.hands].map(leg => ({ id: leg.id, direction: leg.direction, party: leg.party }))
  const principal = call.principal?.id
  const diversions = call.diversions.length > 0 ? call.diversions : undefined
  return { id, correlation, from, dialled, emergency, startedAt, hops, legs, principal, bridged, bookmark, diversions }
}

/** Whether something read back from `live` is a call; what is not is dropped. */
export function isKeptCall(value: unknown): value is KeptCall {
  const it = value as Partial<KeptCall> | null
  return typeof it === 'object' && it !== null && typeof it.id === 'string' && Array.isArray(it.legs) && !!it.from
}

/**
 * Goes on with every call whose legs the switch found again, and ends what nobody can go on with: legs of no call, calls
 * without their caller. A call for help that came in too late to be kept is taken anew. Returns how many calls go on.
 */
export function restoreCalls(exchange: Exchange, restored: readonly RestoredLeg[]): number {
  const found = new Map(restored.map(leg => [leg.leg, leg]))
  const alive = [...exchange.parts.kept.all().values()].filter(call => goOn(exchange, call, found)).length
  for (const { leg, invite } of found.values())
    void (invite ? exchange.parts.invited(invite) : exchange.release(leg, 'interrupted'))
  return alive
}

/** Takes the call's legs out of `found`. */
function goOn(exchange: Exchange, kept: KeptCall, found: Map<string, RestoredLeg>): boolean {
  const call = new LiveCall(exchange, kept)
  call.hops = kept.hops
  call.diversions = kept.diversions ?? []
  call.bookmark = kept.bookmark
  const legs = new Map<string, OwnedLeg>()
  for (const { id, direction, party } of kept.legs) {
    const leg = found.get(id)
    if (!leg) continue
    found.delete(id)
    const dialog = new Dialog(exchange, { id, direction, party })
    dialog.state = leg.state
    dialog.held = leg.held
    dialog.rings = leg.state === 'early' && direction === 'out'
    dialog.unclaimed = kept.emergency && direction === 'out' && !kept.bridged && id !== kept.principal
    legs.set(id, call.adopt(dialog))
  }
  const principal = legs.get(kept.principal ?? '')
  const a = legs.get(kept.bridged?.a ?? '')
  const b = legs.get(kept.bridged?.b ?? '')
  const next = nextOf(kept, { principal, a, b })
  if (!principal && !(a && b)) {
    call.end('interrupted')
    return false
  }
  void finish(call, { principal: principal ?? a, a, b, next, kept })
  return true
}

interface Walkers {
  readonly principal?: OwnedLeg | undefined
  readonly a?: OwnedLeg | undefined
  readonly b?: OwnedLeg | undefined
}

/** A bridge that lost a leg is over: what follows it is data. Else the destination is entered again. */
function nextOf(kept: KeptCall, o: Walkers): Next {
  if (kept.bridged && !(o.a && o.b)) return kept.bridged.afterwards
  return kept.bookmark ? { goto: kept.bookmark.destination } : { end: 'interrupted' }
}

async function finish(call: LiveCall, o: Walkers & { next: Next; kept: KeptCall }): Promise<void> {
  const walk = async (): Promise<Cause> => {
    const { principal, a, b, kept } = o
    if (principal) call.principal = principal
    // A second death must find the caller again.
    call.changed()
    if (a && b && kept.bridged) {
      const next = await resumeBridge(call, { a, b, afterwards: kept.bridged.afterwards })
      return principal && !principal.gone.aborted ? follow(principal, next) : 'answered'
    }
    if (!principal) return 'interrupted'
    // Who was put through but heard nobody yet still calls for help.
    if (call.emergency && (!kept.bridged || principal.state === 'early')) return help(call, principal, kept.bookmark)
    return follow(principal, o.next, kept.bridged ? undefined : kept.bookmark)
  }
  await call.part(await walk().catch(causeOf))
}
