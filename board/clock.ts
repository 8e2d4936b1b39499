// Time on the board: monotonic for everything that is measured or waited for, the wall clock only as a label for people.

export interface BoardClock {
  /** UTC milliseconds of the wall clock: a label, never compared. */
  now(): number
  /** Milliseconds of CLOCK_MONOTONIC, the same in every process of this machine since it booted. */
  since(): number
  /** Runs `work` once after `milliseconds`; the returned function forgets it. */
  after(milliseconds: number, work: () => void): () => void
}

export const systemClock: BoardClock = {
  now: () => Date.now(),
  since: () => Number(process.hrtime.bigint()) / 1e6,
  after(milliseconds, work) {
    // Timers cut fractions off, and early is wrong for a level that must have held.
    const timer = setTimeout(work, Math.ceil(milliseconds))
    return () => clearTimeout(timer)
  },
}
