// The beat of the live collections: what changed meanwhile goes to the disk together, in one errand of one thread.
import type { Clock } from '../../kernel/clock.ts'

/** How long a write may wait for company, milliseconds: until then a crash of the process loses it. */
const BEAT = 40

/** Begins with the first who waits, rests when nobody does. */
export class Rhythm {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  #running = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Does `work` at the next beat, within 40 ms; the returned function forgets it. */
  next(work: () => void): () => void {
    this.#waiting.add(work)
    this.#begin()
    return () => void this.#waiting.delete(work)
  }

  #begin(): void {
    if (this.#running) return
    this.#running = true
    this.#clock.after(BEAT, () => this.#beat())
  }

  #beat(): void {
    this.#running = false
    try {
      for (const work of [...this.#waiting]) if (this.#waiting.delete(work)) work()
    } finally {
      // One that failed must not keep the others from the disk for good.
      if (this.#waiting.size > 0) this.#begin()
    }
  }
}
