// The machine below the features, on the health page: stores, board, engine, loop, web. Composed in main, not a product feature.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { feature, type Problem } from '../../kernel/feature.ts'

/** What main knows of the box's own parts. */
export interface MachineParts {
  /** Losses and refusals of the stores. */
  storeProblems(): readonly Problem[]
  /** What the board says is wrong with it. */
  boardProblems(): readonly Problem[]
  /** Why the web does not listen, when it does not. */
  webProblem(): Problem | undefined
  /** What keeps the certificate for phones that encrypt. */
  readonly encryption: { problem(): Problem | undefined; metrics(): Readonly<Record<string, number>> }
  /** What runs other programs for the box. */
  readonly errands: { problem(): Problem | undefined; metrics(): Readonly<Record<string, number>> }
  /** What draws maps. */
  readonly drawers: { problem(): Problem | undefined; metrics(): Readonly<Record<string, number>> }
  readonly engineCounters: () => Readonly<Record<string, number>>
}

/** How the supervisor's thread is doing; delays in milliseconds, of the last minute or two. */
export interface LoopDelay {
  readonly p99: number
  readonly longest: number
}

/** How often the event loop is looked at, and for how long a look counts, in milliseconds. */
const RESOLUTION = 10
const WINDOW = 60_000

/** Watches the event loop for the life of the process. What happened hours ago says nothing of how it does now. */
export class LoopWatch {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  #before: LoopDelay = NO_DELAY
  readonly #window: NodeJS.Timeout

  constructor() {
    this.#histogram.enable()
    this.#window = setInterval(() => {
      this.#before = this.#present()
      this.#histogram.reset()
    }, WINDOW)
    this.#window.unref()
  }

  /** Of the present minute and the one before, whichever was worse. */
  read(): LoopDelay {
    const { p99, longest } = this.#present()
    return { p99: Math.max(p99, this.#before.p99), longest: Math.max(longest, this.#before.longest) }
  }

  /** Counts from now on: starting a box is slow, and not how it works. */
  reset(): void {
    this.#before = NO_DELAY
    this.#histogram.reset()
    this.#window.refresh()
  }

  /** The resolution of the timer is part of what is measured, and taken off. */
  #present(): LoopDelay {
    const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION)
    return { p99: ms(this.#histogram.percentile(99)), longest: ms(this.#histogram.max) }
  }
}

const NO_DELAY: LoopDelay = { p99: 0, longest: 0 }

/** The machine as a feature among others, so that its problems and figures are shown like theirs. */
export const machine = (parts: MachineParts, loop: LoopWatch) =>
  feature<unknown, undefined>({
    name: 'machine',
    about: 'Stores, board, engine and web of the box itself.',
    start: () => ({
      problems: () => [
        ...parts.storeProblems(),
        ...parts.boardProblems(),
        ...[parts.webProblem(), parts.encryption.problem(), parts.errands.problem(), parts.drawers.problem()].filter(
          problem => problem !== undefined,
        ),
      ],
      metrics: () => {
        const { p99, longest } = loop.read()
        const { rss, heapUsed } = process.memoryUsage()
        return {
          event_loop_delay_p99_ms: p99,
          event_loop_delay_longest_ms: longest,
          process_resident_bytes: rss,
          process_heap_bytes: heapUsed,
          ...parts.errands.metrics(),
          ...parts.drawers.metrics(),
          ...parts.encryption.metrics(),
          ...parts.engineCounters(),
        }
      },
    }),
  })
