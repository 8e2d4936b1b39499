// A clock that stands still until a test moves it; timers run in their order, and what they set free runs before the next.
import type { Clock } from '../kernel/clock.ts'

/** `250ms`, `20s`, `5m`, `2h`, or milliseconds. */
export type Span = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export function milliseconds(span: Span): number {
  if (typeof span === 'number') return span
  const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(span) ?? []
  const factor = UNITS[unit ?? '']
  if (amount === undefined || factor === undefined) throw new Error(`not a span of time: ${span}`)
  return Number(amount) * factor
}

/** Lets every promise that can go on go on: a turn of the event loop runs all microtasks, however deep. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise<void>(resolve => setImmediate(resolve))
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly work: () => void
}

/** Begins on Monday 2 March 2026, 08:00 UTC, where the wall clock is believed. */
export class FakeClock implements Clock {
  trusted = true
  #now = Date.UTC(2026, 2, 2, 8)
  #since = 0
  #order = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  since(): number {
    return this.#since
  }

  /** The wall clock jumps, as NTP makes it; no deadline moves. */
  setWall(now: number): void {
    this.#now = now
  }

  /** Timers that wait, for leak checks. */
  get waiting(): number {
    return this.#timers.size
  }

  after(delay: number, work: () => void): () => void {
    const timer = { at: this.#since + Math.max(0, delay), order: this.#order++, work }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  every(interval: number, work: () => void): () => void {
    let forget = () => {}
    const again = () => {
      forget = this.after(interval, () => {
        again()
        work()
      })
    }
    again()
    return () => forget()
  }

  sleep(delay: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const leave = () => {
        forget()
        reject(signal?.reason)
      }
      const forget = this.after(delay, () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      })
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** Moves both clocks, running each timer when its time comes. */
  async advance(span: Span): Promise<void> {
    const until = this.#since + milliseconds(span)
    await settled()
    for (;;) {
      const next = this.#next()
      if (!next || next.at > until) break
      this.#timers.delete(next)
      this.#move(next.at)
      next.work()
      await settled()
    }
    this.#move(until)
    await settled()
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers)
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer
    return next
  }

  #move(to: number): void {
    this.#now += to - this.#since
    this.#since = to
  }

  /** As after a restart of the process: timers of the dead are not run. */
  forgetAll(): void {
    this.#timers.clear()
  }
}
