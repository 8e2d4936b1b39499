// A call to the outside: by the first trunk that takes it, and within two seconds by the next when one does not.
import type { Leg, RingFailure, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Cause } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Addresses } from './addresses.ts'
import { orderOf } from './choice.ts'
import type { Spot } from './locate.ts'
import { type OutsideNumber, written } from './outside-number.ts'
import type { Trunk } from './settings.ts'
import { hostAs, targetOf } from './target.ts'
import type { TrunkWatch } from './watch.ts'

/** What is dialled, and by which trunks. */
export interface DialOrder {
  readonly number: OutsideNumber
  /** What is sent instead of the number, whatever the trunk's format. */
  readonly asSent?: string
  /** Only these; empty: all. */
  readonly trunks: readonly string[]
  /** E.164; absent: the trunk's own. */
  readonly shown?: string
  readonly withheld?: boolean
  /** The number outside of an extension, for those who forwarded the call; undefined: none of its own. */
  outsideOf?(extension: string): string | undefined
  readonly patienceSeconds: number
}

/** Milliseconds in which a trunk must answer anything at all, and the far phone ring. */
const DEADLINES = { answer: 2000, ringing: 15_000 } as const
/** How long one of several addresses may be silent, milliseconds: an INVITE is sent twice in that time. */
export const SILENCE_EACH = 1000

const FAULTS: readonly Cause[] = ['unreachable', 'overloaded', 'redirected', 'failed']
/** The trunk's fault: somebody else may take the call. Everything else is what the far side says to the caller. */
export const isFault = (cause: Cause): boolean => FAULTS.includes(cause)

/** What dialling needs to know of trunks. */
export interface DialParts {
  readonly ctx: Context
  readonly watch: TrunkWatch
  readonly trunks: () => readonly Stored<Trunk>[]
  readonly carries: (trunk: string) => number
  readonly addresses: Addresses
  /** What the carrier wants calls to pass, by the trunk's id. */
  readonly serviceRoutes: (trunk: string) => readonly string[]
}

/** Rings until somebody answers, refuses, or no trunk is left. Rejects with CallGone when the caller goes. */
export async function dial(parts: DialParts, caller: Leg, order: DialOrder): Promise<Leg | RingFailure> {
  const { clock } = parts.ctx
  const until = clock.since() + order.patienceSeconds * 1000
  let outcome: RingFailure = { cause: 'not-available' }
  for (const trunk of chosen(parts, order)) {
    if (clock.since() >= until) break
    const answer = await dialBy(parts, caller, { order, trunk, until })
    if (!('cause' in answer) || !isFault(answer.cause)) return answer
    outcome = answer
  }
  return outcome
}

interface Attempt {
  readonly order: DialOrder
  readonly trunk: Stored<Trunk>
  /** Milliseconds of the monotonic clock. */
  readonly until: number
}

interface Target {
  readonly order: DialOrder
  readonly trunk: Stored<Trunk>
  readonly spot: Spot
  readonly deadlines: { readonly answer: number; readonly ringing: number }
}

/** By one trunk: its addresses one after the other, in the time that one address would have. */
async function dialBy(parts: DialParts, caller: Leg, { order, trunk, until }: Attempt): Promise<Leg | RingFailure> {
  const { ctx, watch, addresses } = parts
  const began = ctx.clock.since()
  const left = [...addresses.forCall(trunk)]
  let silence: number = DEADLINES.answer
  let outcome: RingFailure = { cause: 'unreachable' }
  watch.counted(trunk.id, 'out')
  for (let spot = left.shift(); spot !== undefined; spot = left.shift()) {
    const at = ctx.clock.since()
    const ringing = DEADLINES.ringing - (at - began)
    if (silence <= 0 || ringing <= 0 || at >= until) break
    const deadlines = { answer: left.length > 0 ? Math.min(SILENCE_EACH, silence) : silence, ringing }
    let rang: number | undefined
    const answer = await caller.call.ring({
      targets: [ringTarget(parts, caller, { order, trunk, spot, deadlines })],
      patienceSeconds: (until - at) / 1000,
      as: shownBy(trunk, order, caller),
      heard: () => {
        rang ??= ctx.clock.since() - began
      },
    })
    const worked = !('cause' in answer) || !isFault(answer.cause)
    addresses.told(trunk, spot, worked)
    if (worked) {
      watch.worked(trunk.id, rang)
      caller.call.note({ trunk: trunk.name })
      return answer
    }
    outcome = answer
    silence -= ctx.clock.since() - at
  }
  passedOver(parts, { trunk, call: caller.call.id, why: outcome.cause })
  return outcome
}

/** No address of it took the call. */
function passedOver(
  { ctx, watch }: DialParts,
  { trunk, call, why }: { readonly trunk: Stored<Trunk>; readonly call: string; readonly why: Cause },
): void {
  watch.failed(trunk.id, why)
  watch.counted(trunk.id, 'failed')
  ctx.emit('trunk.passed-over', { trunk: trunk.id, call, why, at: ctx.clock.now() })
}

function ringTarget(parts: DialParts, caller: Leg, { order, trunk, spot, deadlines }: Target): RingTarget {
  const number = order.asSent ?? written(order.number, trunk.numberFormat)
  return {
    ...targetOf(parts, trunk, { number, spot }),
    deadlines,
    diversions: diversionsFor(trunk, order, caller),
    // RFC 3323 section 4.2, RFC 3325 section 9.3.
    ...(isWithheld(order, caller) && { headers: [{ name: 'Privacy', value: 'id' }] }),
  }
}

function chosen(parts: DialParts, order: DialOrder): readonly Stored<Trunk>[] {
  const all = parts
    .trunks()
    .filter(({ id, inService }) => inService && (!order.trunks.length || order.trunks.includes(id)))
  const candidates = all.map(({ id, priority, share, channels }) => {
    const { health } = parts.watch.verdictOf(id)
    return { id, priority, share, channels, carries: parts.carries(id), health }
  })
  return orderOf(candidates).flatMap(one => all.find(({ id }) => id === one.id) ?? [])
}

const isWithheld = (order: DialOrder, caller: Leg) => order.withheld || caller.call.from.withheld

/** Who forwarded the call, as they are known outside. */
function diversionsFor(trunk: Trunk, order: DialOrder, caller: Leg) {
  const by = caller.call.diversions.flatMap(one => {
    const number = one.extension === undefined ? one.number : order.outsideOf?.(one.extension)
    return number === undefined ? [] : [{ ...one, number }]
  })
  return { as: trunk.tellForwards, by }
}

function shownBy(trunk: Trunk, order: DialOrder, caller: Leg) {
  if (isWithheld(order, caller)) return { number: 'anonymous', name: 'Anonymous' }
  const number = order.shown ?? trunk.callerNumber ?? caller.call.from.number
  return { number, name: caller.call.from.name, ...hostAs(trunk) }
}
