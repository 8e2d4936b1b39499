// Calls for help on their way to the public emergency services: by a trunk of the caller's site, then by any other.
import type { Leg, RememberedWay, RingOptions, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Cause } from '../../../kernel/errors.ts'
import type { Stored } from '../../../kernel/store.ts'
import { trunkAt } from './caller.ts'
import { orderOf } from './choice.ts'
import { type DialParts, isFault } from './dial.ts'
import type { Spot } from './locate.ts'
import type { Trunk } from './settings.ts'
import { hostAs, targetOf } from './target.ts'

/**
 * Milliseconds in which a trunk must answer anything at all, and somewhere a phone ring. Two of its addresses are tried, in
 * the time that one would have: the guard's phone waits no longer for a trunk that has many.
 */
const DEADLINES = { answer: 2000, ringing: 5000 } as const
const ADDRESSES_AT_MOST = 2
/** Together ways that are only remembered take so long when all are silent, and each at least so long; milliseconds. */
const SILENCE = 4000
const SHORTEST = 1000

/** What is dialled for help, and where the caller is. */
export interface HelpOrder {
  readonly number: string
  /** A PIDF-LO document, made when a trunk wants it; undefined: it is not known. */
  place(): string | undefined
  /** The number to be called back that was lent to the caller's phone: shown by trunks of its site, and by those of none. */
  readonly shown?: string
}

/** A trunk as a call for help takes it. */
export interface WayForHelp {
  readonly target: RingTarget
  readonly as: NonNullable<RingOptions['as']>
  /** False while it is known to be down. */
  readonly works: boolean
  /** Of another address of the trunk before: whether it is tried after what became of that one. */
  instead?(cause: Cause): boolean
  /** What became of the call: why it was not taken, or nothing. */
  told(cause?: Cause): void
}

/** Trunks that carry calls for help, those of the caller's site first. How many calls they carry is no matter. */
export function waysForHelp(parts: DialParts, caller: Leg, order: HelpOrder): readonly WayForHelp[] {
  const from =
    caller.party.source === undefined
      ? undefined
      : trunkAt(parts.trunks(), trunk => parts.addresses.all(trunk), caller.party.source)
  // What came in by a trunk is not sent back there.
  const all = parts.trunks().filter(trunk => carriesHelp(trunk) && trunk.id !== from?.id)
  const near = all.filter(({ site }) => site !== undefined && site === caller.party.site)
  const inOrder = [near, all.filter(trunk => !near.includes(trunk))].flatMap(some => ordered(parts, some))
  return inOrder.flatMap(trunk => {
    const all = parts.addresses.forCall(trunk)
    const working = all.filter(spot => !parts.addresses.isSilent(trunk, spot))
    const spots = (working.length > 0 ? working : all).slice(0, ADDRESSES_AT_MOST)
    const tries = triesOf(spots, trunk.tellsPlace ? order.place() : undefined)
    const deadlines = { ...DEADLINES, answer: DEADLINES.answer / tries.length }
    const shown = near.includes(trunk) || trunk.site === undefined ? order.shown : undefined
    return tries.map((one, at) =>
      wayBy(
        parts,
        { trunk, ...one, deadlines, at, of: tries.length },
        { caller, number: order.number, ...(shown !== undefined && { shown }) },
      ),
    )
  })
}

/**
 * Each trunk for each of these numbers at the address that it would be called at now, without the password, the best first.
 * Where there are several they are given up sooner: a phone of the plant waits for them.
 */
export function rememberedWays(
  parts: DialParts,
  numbers: readonly { readonly dialled: string; readonly sent: string }[],
): readonly RememberedWay[] {
  const all = ordered(parts, parts.trunks().filter(carriesHelp))
  const answer = Math.min(DEADLINES.answer, Math.max(SHORTEST, SILENCE / all.length))
  return all.flatMap(trunk => {
    const [spot] = parts.addresses.steady(trunk)
    if (spot === undefined) return []
    return numbers.map(({ dialled, sent }) => rememberedWay(parts, trunk, { spot, dialled, sent, answer }))
  })
}

function rememberedWay(
  parts: DialParts,
  trunk: Stored<Trunk>,
  o: { readonly spot: Spot; readonly dialled: string; readonly sent: string; readonly answer: number },
): RememberedWay {
  const { credentials: _, ...target } = targetOf(parts, trunk, { number: o.sent, spot: o.spot })
  const { username, secret, site } = trunk
  return {
    dialled: o.dialled,
    target: { ...target, deadlines: { ...DEADLINES, answer: o.answer }, ...inTheClear(trunk) },
    as: { number: trunk.helpNumber ?? trunk.callerNumber ?? '', name: trunk.name, ...hostAs(trunk) },
    ...(site !== undefined && { site }),
    ...(username !== undefined && secret !== undefined && { login: { username, secret } }),
  }
}

/** In the clear rather than not at all. */
const inTheClear = ({ encryption }: Trunk) => (encryption === 'required' ? { encryption: 'preferred' as const } : {})

interface Try {
  readonly spot: Spot
  /** What goes with it, and is left out of the next. */
  readonly location?: string
  /** After what became of the one before it is made; unless said, after a fault of the trunk. */
  instead?(cause: Cause): boolean
}

/** With the place first; the last try is without it, in the time that the tries would have anyway. */
function triesOf(spots: readonly Spot[], location: string | undefined): readonly Try[] {
  const [first] = spots
  if (first === undefined || location === undefined) return spots.map(spot => ({ spot }))
  return [
    { spot: first, location },
    { spot: spots[1] ?? first, instead: isFaultOrPlace },
  ]
}

/** Whether emergency numbers may leave by it. */
export const carriesHelp = ({ inService, help }: Trunk): boolean => inService && help

interface Way extends Try {
  readonly trunk: Stored<Trunk>
  readonly deadlines: { readonly answer: number; readonly ringing: number }
  /** Its place among the addresses of the trunk that are tried. */
  readonly at: number
  readonly of: number
}

/** Who does not take a call with the place in it says so in one of these words (403, 404, 415, 424, 488 and others). */
const PLACE_REFUSED: readonly Cause[] = ['not-acceptable', 'not-found', 'forbidden']
const isFaultOrPlace = (cause: Cause): boolean => isFault(cause) || PLACE_REFUSED.includes(cause)

function wayBy(parts: DialParts, way: Way, o: { caller: Leg; number: string; shown?: string }): WayForHelp {
  const { ctx, watch, addresses } = parts
  const { trunk, spot, deadlines, location, instead = isFault } = way
  const isRetried = location === undefined ? isFault : isFaultOrPlace
  const { call } = o.caller
  const shown = o.shown ?? trunk.helpNumber ?? trunk.callerNumber ?? call.from.number
  return {
    target: {
      ...targetOf(parts, trunk, { number: o.number, spot }),
      deadlines,
      ...(location !== undefined && { location }),
      ...inTheClear(trunk),
    },
    as: { number: shown, name: call.from.name, ...hostAs(trunk) },
    works: watch.verdictOf(trunk.id).health !== 'down',
    ...(way.at > 0 && { instead }),
    told(cause) {
      // With the place it may be the place that was not taken, or too long for the way.
      if (cause === undefined || !isFault(cause) || location === undefined)
        addresses.told(trunk, spot, cause === undefined || !isFault(cause))
      if (cause !== undefined && isRetried(cause) && way.at < way.of - 1) return
      watch.counted(trunk.id, 'out')
      if (cause === undefined) {
        watch.worked(trunk.id, undefined)
        call.note({ trunk: trunk.name })
        return
      }
      if (isFault(cause)) watch.failed(trunk.id, cause)
      watch.counted(trunk.id, 'failed')
      ctx.emit('trunk.passed-over', { trunk: trunk.id, call: call.id, why: cause, at: ctx.clock.now() })
    },
  }
}

function ordered(parts: DialParts, trunks: readonly Stored<Trunk>[]): readonly Stored<Trunk>[] {
  const candidates = trunks.map(({ id, priority, share }) => {
    const { health } = parts.watch.verdictOf(id)
    return { id, priority, share, channels: Number.POSITIVE_INFINITY, carries: 0, health }
  })
  return orderOf(candidates).flatMap(one => trunks.find(({ id }) => id === one.id) ?? [])
}
