// A contact that chatters: presses by the hundred from one input are counted as one a second, and none is forgotten.
//
// INVARIANT: a press that does not count at once counts within a second, unless a later one of its input has by then.
import type { BoardClock } from './clock.ts'

/** Presses of one input that count each by itself, however fast they come; after them one a second. */
export const BURST = 64
const EVERY = 1000
/** A contact that gave no press too many for so long has come to rest; milliseconds. */
const CALM_AFTER = 60_000

export interface ChatterOptions {
  readonly clock: BoardClock
  /** This press counts; `since` is when its contact moved, monotonic. */
  count(since: number): void
  /** Chattering begins, or is over. */
  changed(): void
}

export interface Chatter {
  readonly chattering: boolean
  /** `joins`: it would only join what an earlier press of this input has set off and nobody has ended. */
  pressed(since: number, o: { joins: boolean }): void
  close(): void
}

export function createChatter(o: ChatterOptions): Chatter {
  const allowance = createAllowance(o.clock)
  let chattering = false
  let waiting: number | undefined
  let forgetWaiting = () => {}
  let forgetCalm = () => {}

  const count = (since: number) => {
    forgetWaiting()
    waiting = undefined
    o.count(since)
  }
  const tooMany = () => {
    forgetCalm()
    forgetCalm = o.clock.after(CALM_AFTER, () => {
      chattering = false
      o.changed()
    })
    if (chattering) return
    chattering = true
    o.changed()
  }
  return {
    get chattering() {
      return chattering
    },
    pressed(since, { joins }) {
      if (allowance.take() || !joins) return count(since)
      if (waiting === undefined)
        forgetWaiting = o.clock.after(allowance.nextIn(), () => {
          allowance.take()
          if (waiting !== undefined) count(waiting)
        })
      waiting = since
      tooMany()
    },
    close() {
      forgetWaiting()
      forgetCalm()
    },
  }
}

/** So many at once, then one a second. */
export function createAllowance(clock: BoardClock): { take(): boolean; nextIn(): number } {
  let left = BURST
  let at = clock.since()
  const earn = () => {
    const now = clock.since()
    left = Math.min(BURST, left + (now - at) / EVERY)
    at = now
  }
  return {
    take() {
      earn()
      if (left < 1) return false
      left -= 1
      return true
    },
    nextIn() {
      earn()
      // A millisecond more than enough: fractions must not leave it a hair short.
      return Math.max(0, Math.ceil((1 - left) * EVERY)) + 1
    },
  }
}
