// How the machine under the box feels: load, memory, disk, heat, and whether its event loop keeps its word.
import { uptime } from 'node:os'
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import type { Look } from '../system/looking.ts'
import type { WebBox } from './ports.ts'

const LOOK_EVERY = 15_000

export interface Figures extends Look {
  /** UTC milliseconds of the last look. */
  readonly at: number
  readonly uptimeSeconds: number
}
export interface LoopDelay {
  readonly p99Milliseconds: number
  readonly longestMilliseconds: number
}

/** Has the machine looked at now and then; `latest` is undefined until the first look came back. */
export class MachineFigures {
  latest: Figures | undefined
  readonly #box: Pick<WebBox, 'clock' | 'log' | 'look'>
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 })
  readonly #forget: () => void
  #looking = false

  constructor(box: Pick<WebBox, 'clock' | 'log' | 'look'>) {
    this.#box = box
    this.#delay.enable()
    this.#forget = box.clock.every(LOOK_EVERY, () => void this.#look())
    void this.#look()
  }

  /** Since the start; the histogram counts its own 10 ms tick, which is taken off. */
  loop(): LoopDelay {
    const over = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e4) / 100 - 10)
    return { p99Milliseconds: over(this.#delay.percentile(99)), longestMilliseconds: over(this.#delay.max) }
  }

  close(): void {
    this.#forget()
    this.#delay.disable()
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      this.latest = { ...(await this.#box.look()), at: this.#box.clock.now(), uptimeSeconds: Math.round(uptime()) }
    } catch (error) {
      this.#box.log.warn('the machine cannot be looked at', { error: error instanceof Error ? error.message : error })
    } finally {
      this.#looking = false
    }
  }
}
