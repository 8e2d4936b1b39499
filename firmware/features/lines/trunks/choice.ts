// Which trunk carries the next call: by priority, those that work before those that do not, shared where they are equals.
import { randomInt } from 'node:crypto'
import type { Health } from './health.ts'

/** A trunk as the choice sees it. */
export interface Candidate {
  readonly id: string
  readonly priority: number
  readonly share: number
  readonly channels: number
  /** Calls that it carries now. */
  readonly carries: number
  readonly health: Health
}

/**
 * The order in which trunks are tried. One that is down comes last, not never: it may work again, and nothing better is
 * left. One whose channels are all taken is left out.
 */
export function orderOf(all: readonly Candidate[]): readonly Candidate[] {
  const open = all.filter(one => one.carries < one.channels)
  const keyed = open.map(one => ({ one, load: one.carries / one.share, lot: randomInt(1_000_000) / one.share }))
  return keyed
    .sort(
      (a, b) =>
        Number(a.one.health === 'down') - Number(b.one.health === 'down') ||
        a.one.priority - b.one.priority ||
        a.load - b.load ||
        a.lot - b.lot,
    )
    .map(({ one }) => one)
}
