// Whether something grows: a robust line through samples, which single peaks do not move.
import { quantile } from './figures.ts'

export interface Sampled {
  readonly at: number
  readonly value: number
}

export interface Trend {
  /** What the line says at the first sample and at the last. */
  readonly first: number
  readonly last: number
}

/** Theil and Sen: the slope is the median of the slopes between all pairs, the height the median of what is left. */
export function trend(samples: readonly Sampled[]): Trend {
  const slopes = samples.flatMap((a, i) =>
    samples.slice(i + 1).flatMap(b => (b.at === a.at ? [] : [(b.value - a.value) / (b.at - a.at)])),
  )
  const slope = quantile(slopes, 0.5)
  const height = quantile(
    samples.map(({ at, value }) => value - slope * at),
    0.5,
  )
  const says = (at: number | undefined) => height + slope * (at ?? Number.NaN)
  return { first: says(samples[0]?.at), last: says(samples.at(-1)?.at) }
}
