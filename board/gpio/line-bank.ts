// The lines of a real board, whoever offers them: the character device, or sysfs on kernels that have only that.
//
// A line's name in the profile is `<chip label>:<offset>`; labels stay while chip numbers and sysfs bases change.
import type { Edge } from '../native.ts'

export interface BankOptions {
  /** Line → what it is debounced with, in milliseconds. */
  readonly inputs: ReadonlyMap<string, number>
  /** Line → its level from the first moment. */
  readonly outputs: ReadonlyMap<string, boolean>
  edge(line: string, closed: boolean, at: number): void
  /** Nothing is known of this input any more, until its next `edge`. */
  silent(line: string, at: number): void
  problem(code: string, text: string, state: 'raised' | 'solved'): void
}

export interface LineBank {
  /** Done by the hardware or the kernel. */
  readonly debounces: boolean
  /**
   * Takes the lines; tells each input's level once, then its edges. Those of a chip that is missing, dies or hangs are
   * told `silent`, are a problem, and are taken again every second until they answer; the other chips go on meanwhile.
   */
  open(o: BankOptions): void
  /** Why it did not take, in words; undefined when it did. */
  set(line: string, on: boolean): string | undefined
  close(): void
}

export interface Place {
  readonly label: string
  readonly offset: number
}

export function placeOf(line: string): Place {
  const [, label, offset] = /^(.+):(\d+)$/.exec(line) ?? []
  if (label === undefined || offset === undefined)
    throw new Error(`the line ${line} is not of the form <chip label>:<offset>`)
  return { label, offset: Number(offset) }
}

/** What one request can hold, by the kernel. */
const MOST_LINES = 64

/** Lines that go into one request: same chip, and for inputs the same debounce; as many as one request can hold. */
export function groups<T>(lines: ReadonlyMap<string, T>, keyOf: (value: T) => string) {
  const found = new Map<string, { label: string; lines: { line: string; offset: number; value: T }[] }>()
  for (const [line, value] of lines) {
    const { label, offset } = placeOf(line)
    const key = `${label}\n${keyOf(value)}`
    const group = found.get(key) ?? { label, lines: [] }
    group.lines.push({ line, offset, value })
    found.set(key, group)
  }
  return [...found.values()].flatMap(({ label, lines: all }) =>
    Array.from({ length: Math.ceil(all.length / MOST_LINES) }, (_, n) => ({
      label,
      lines: all.slice(n * MOST_LINES, (n + 1) * MOST_LINES),
    })),
  )
}

export type { Edge }
