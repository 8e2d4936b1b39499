// From the counters of a leg to how it sounded in an interval, and over its whole life.
import type { LegQuality } from '../../../kernel/call/sip-port.ts'
import { ratingOf } from './codecs.ts'
import { narrowbandRating, opinionOf, widebandOpinionOf, widebandRating } from './e-model.ts'

/** Counters that only grow, added up over every process that served the leg. */
export interface Sums {
  readonly expected: number
  readonly lost: number
  readonly late: number
  readonly runs: number
  /** Of what the phone was sent, by its own report. */
  readonly farExpected: number
  readonly farLost: number
}
export const NOTHING: Sums = { expected: 0, lost: 0, late: 0, runs: 0, farExpected: 0, farLost: 0 }

/** How a direction sounded. */
export interface Sound {
  readonly lossPercent: number
  readonly jitterMilliseconds: number
  /** MOS-CQE; missing for a codec that nobody rated. */
  readonly opinion?: number
}

/** An interval, or a whole call: `says` is what comes from the phone, `hears` what it reports of its own ear. */
export interface Moment {
  readonly at: number
  readonly says?: Sound
  readonly hears?: Sound
  readonly roundTripMilliseconds?: number
}

/** What the phones are taken to be. */
export interface Ears {
  readonly concealed: boolean
  readonly bufferMilliseconds: number
}

/** Time that speech of one packet lasts, and that a codec needs to look ahead. */
const PACKET_MILLISECONDS = 20

export const sumsOf = (q: LegQuality): Sums => ({
  expected: q.packetsExpected,
  lost: q.packetsLost,
  late: q.late,
  runs: q.lossRuns,
  farExpected: q.report?.expected ?? 0,
  farLost: q.report?.lost ?? 0,
})

/** What was counted since `before`; a process that was started anew counts from nothing. */
export function since(before: LegQuality | undefined, q: LegQuality): Sums {
  const now = sumsOf(q)
  if (before === undefined || q.packetsReceived < before.packetsReceived || q.packetsSent < before.packetsSent)
    return now
  return combined(now, sumsOf(before), (a, b) => a - b)
}

export const added = (a: Sums, b: Sums): Sums => combined(a, b, (x, y) => x + y)

function combined(a: Sums, b: Sums, how: (a: number, b: number) => number): Sums {
  return {
    expected: how(a.expected, b.expected),
    lost: how(a.lost, b.lost),
    late: how(a.late, b.late),
    runs: how(a.runs, b.runs),
    farExpected: how(a.farExpected, b.farExpected),
    farLost: how(a.farLost, b.farLost),
  }
}

/** How these counts sounded; a direction in which nothing came is left out. */
export function momentOf(sums: Sums, q: LegQuality, o: { readonly at: number; readonly ears: Ears }): Moment {
  const roundTrip = q.report?.roundTripMilliseconds
  const heardBy = (direction: Omit<Heard, 'codec' | 'roundTrip'>) =>
    sound({ ...direction, codec: q.codec, roundTrip: roundTrip ?? 0 }, o.ears)
  const missing = sums.lost + sums.late
  const says = { expected: sums.expected, missing, runs: sums.runs, jitter: q.jitterMilliseconds }
  const jitter = q.report?.jitterMilliseconds ?? 0
  const hears = { expected: sums.farExpected, missing: sums.farLost, runs: 0, jitter }
  return {
    at: o.at,
    ...(says.expected > 0 && { says: heardBy(says) }),
    ...(hears.expected > 0 && { hears: heardBy(hears) }),
    ...(roundTrip !== undefined && { roundTripMilliseconds: roundTrip }),
  }
}

interface Heard {
  readonly expected: number
  readonly missing: number
  /** How often a loss began; 0: not known, taken to be random. */
  readonly runs: number
  readonly jitter: number
  readonly codec: string
  readonly roundTrip: number
}

function sound(heard: Heard, ears: Ears): Sound {
  const share = Math.min(1, Math.max(0, heard.missing / heard.expected))
  const opinion = opinionOn(heard, { share, ears })
  return {
    lossPercent: 100 * share,
    jitterMilliseconds: heard.jitter,
    ...(opinion !== undefined && { opinion }),
  }
}

function opinionOn(heard: Heard, { share, ears }: { readonly share: number; readonly ears: Ears }): number | undefined {
  const rating = ratingOf(heard.codec, ears)
  if (rating === undefined) return undefined
  const conditions = {
    // A buffer follows jitter up to about twice its mean.
    delayMilliseconds: heard.roundTrip / 2 + PACKET_MILLISECONDS + Math.max(ears.bufferMilliseconds, 2 * heard.jitter),
    lossPercent: 100 * share,
    burstRatio: burstRatio(heard, share),
    impairment: rating.impairment,
    robustness: rating.robustness,
  }
  return rating.band === 'wide'
    ? widebandOpinionOf(widebandRating(conditions))
    : opinionOf(narrowbandRating(conditions))
}

/** Mean length of a loss over that of random loss of the same amount (G.107, 7.5), within the model's bounds. */
function burstRatio({ missing, runs }: Heard, share: number): number {
  if (runs <= 0 || missing <= 0) return 1
  return Math.min(8, Math.max(1, (missing / runs) * (1 - share)))
}

/** The worse of both directions; undefined where nobody can tell. */
export function worstOpinion({ says, hears }: Moment): number | undefined {
  const known = [says?.opinion, hears?.opinion].filter(one => one !== undefined)
  return known.length > 0 ? Math.min(...known) : undefined
}
