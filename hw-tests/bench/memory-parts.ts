// What the supervisor's memory is made of, sampled while it works.
import { readFileSync } from 'node:fs'
import type { TestBox } from '../lab/box.ts'
import { residentKilobytes } from './cost.ts'
import { rounded } from './figures.ts'
import { engine, pause } from './rig.ts'

/** Parts in MB; `js_heap` is what was left when the collector had run last. */
export interface MemoryParts {
  readonly resident: number
  readonly js_heap: number
  /** Held by JavaScript outside its heap: buffers among it. */
  readonly external: number
  /** PJSIP's pools: dialogs, transactions, messages. */
  readonly pools: number
  /** Resident text and data of files. */
  readonly files: number
  /** The C library's first arena. */
  readonly first_arena: number
  /** Everything else without a file: JavaScript's heaps, of threads too, other arenas, stacks. */
  readonly anonymous: number
}

export const PARTS = ['resident', 'js_heap', 'external', 'pools', 'files', 'first_arena', 'anonymous'] as const

export interface Sample {
  readonly seconds: number
  readonly parts: MemoryParts
}

const LOOK_EVERY = 2000
/** The collector of the old generation runs once in so many looks at least. */
const LOOKS_BACK = 15
const MEGABYTE = 1024 * 1024
/** On a crowded machine the box may not answer a look in time; after so many in a row nothing works there any more. */
const MISSED_IN_A_ROW = 30

/** Looks at the supervisor until it is told to end; rejects when it does not answer for a minute. */
export class MemoryWatch {
  readonly samples: Sample[] = []
  /** Looks that the box did not answer. */
  missed = 0
  readonly #box: TestBox
  readonly #every: number
  readonly #each: (sample: Sample) => void
  readonly #heaps: number[] = []
  readonly #done: Promise<void>
  #over = false

  /** Takes a sample every so many looks, of 2 s each. */
  constructor(box: TestBox, o: { everyLooks: number; each(sample: Sample): void }) {
    this.#box = box
    this.#every = o.everyLooks
    this.#each = o.each
    this.#done = this.#watch()
    // Whoever ends it hears of it.
    this.#done.catch(() => {})
  }

  async end(): Promise<readonly Sample[]> {
    this.#over = true
    await this.#done
    return this.samples
  }

  async #watch(): Promise<void> {
    const begun = performance.now()
    const pid = this.#box.pidOf('supervisor')
    let missedInARow = 0
    for (let looks = 1; !this.#over; looks++) {
      await pause(LOOK_EVERY)
      const answer = await engine(this.#box).catch((error: unknown) => {
        this.missed += 1
        missedInARow += 1
        if (missedInARow > MISSED_IN_A_ROW) throw error
      })
      if (answer === undefined) continue
      missedInARow = 0
      const { memory, switch: dump } = answer
      this.#heaps.push(memory.heapUsed)
      if (looks % this.#every !== 0) continue
      const { 'pools-bytes': pools = Number.NaN } = dump.counters
      const parts = {
        resident: rounded(residentKilobytes(pid) / 1024, 1),
        js_heap: rounded(Math.min(...this.#heaps.slice(-LOOKS_BACK)) / MEGABYTE, 1),
        external: rounded(memory.external / MEGABYTE, 1),
        pools: rounded(pools / MEGABYTE, 1),
        ...mapped(readFileSync(`/proc/${pid}/smaps`, 'utf8')),
      }
      const sample = { seconds: (performance.now() - begun) / 1000, parts }
      this.samples.push(sample)
      this.#each(sample)
    }
  }
}

/** Resident memory of a process by what its mappings are of (proc_pid_smaps(5)), in MB. */
export function mapped(smaps: string): Pick<MemoryParts, 'files' | 'first_arena' | 'anonymous'> {
  const kilobytes = { files: 0, first_arena: 0, anonymous: 0 }
  let part: keyof typeof kilobytes = 'anonymous'
  for (const line of smaps.split('\n')) {
    const [, path] = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$/.exec(line) ?? []
    if (path !== undefined) part = path.startsWith('/') ? 'files' : path === '[heap]' ? 'first_arena' : 'anonymous'
    const [, resident] = /^Rss: +(\d+) kB$/.exec(line) ?? []
    if (resident !== undefined) kilobytes[part] += Number(resident)
  }
  const { files, first_arena, anonymous } = kilobytes
  return {
    files: rounded(files / 1024, 1),
    first_arena: rounded(first_arena / 1024, 1),
    anonymous: rounded(anonymous / 1024, 1),
  }
}
