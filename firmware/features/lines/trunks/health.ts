// How a trunk is, judged by what became of the calls and questions that it was sent last.

/** From best to worst. */
export const HEALTH = ['healthy', 'warning', 'degraded', 'critical', 'down'] as const
export type Health = (typeof HEALTH)[number]

/** One call or question that the trunk took or did not take. */
export interface Outcome {
  /** Milliseconds of the monotonic clock. */
  readonly at: number
  readonly worked: boolean
  /** Milliseconds until it answered a question, or until the far phone rang. */
  readonly took?: number
}

/** What is judged: older outcomes than these, and more of them, do not count. */
export const REMEMBERED = { outcomes: 20, milliseconds: 10 * 60_000 } as const
/** So many outcomes make a rate. */
const ENOUGH = 4
const SLOW = { warning: 3000, degraded: 6000 } as const

/** Why a trunk is not healthy: `failures` in a row, the share that worked, how long it takes. */
export interface Verdict {
  readonly health: Health
  readonly failures: number
  /** Of 1; undefined: too few to tell. */
  readonly rate?: number
  /** Milliseconds, the median. */
  readonly took?: number
}

/** The judgement at this moment. A trunk that was asked nothing yet is healthy until shown otherwise. */
export function judge(outcomes: readonly Outcome[], now: number): Verdict {
  const recent = outcomes.filter(one => now - one.at <= REMEMBERED.milliseconds).slice(-REMEMBERED.outcomes)
  const failures = recent.length - 1 - recent.findLastIndex(one => one.worked)
  const worked = recent.filter(one => one.worked)
  const rate = recent.length < ENOUGH ? undefined : worked.length / recent.length
  const took = median(worked.flatMap(one => one.took ?? []))
  const health = worst([ofFailures(failures), ofRate(rate), ofTime(took)])
  return { health, failures, ...(rate !== undefined && { rate }), ...(took !== undefined && { took }) }
}

const ofFailures = (failures: number): Health =>
  failures >= 5 ? 'down' : failures >= 3 ? 'critical' : failures >= 1 ? 'warning' : 'healthy'

// One failure among few is told by the row of failures; a rate tells of those that come and go.
const ofRate = (rate = 1): Health =>
  rate < 0.5 ? 'critical' : rate < 0.8 ? 'degraded' : rate < 0.95 ? 'warning' : 'healthy'

const ofTime = (took = 0): Health => (took > SLOW.degraded ? 'degraded' : took > SLOW.warning ? 'warning' : 'healthy')

const worst = (all: readonly Health[]): Health =>
  HEALTH[Math.max(...all.map(health => HEALTH.indexOf(health)))] ?? 'healthy'

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
