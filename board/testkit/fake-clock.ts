// Time that stands still until a test moves it.
import type { BoardClock } from '../clock.ts'

export interface FakeClock extends BoardClock {
  /** Moves time on, running what falls due on the way, in order. */
  advance(milliseconds: number): void
}

export function createFakeClock(): FakeClock {
  let since = 1000
  const timers: { at: number; work: () => void }[] = []
  return {
    now: () => 1_800_000_000_000 + since,
    since: () => since,
    after(milliseconds, work) {
      const timer = { at: since + milliseconds, work }
      timers.push(timer)
      return () => {
        const index = timers.indexOf(timer)
        if (index >= 0) timers.splice(index, 1)
      }
    },
    advance(milliseconds) {
      const until = since + milliseconds
      for (;;) {
        const next = timers.filter(t => t.at <= until).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        timers.splice(timers.indexOf(next), 1)
        since = Math.max(since, next.at)
        next.work()
      }
      since = until
    },
  }
}
