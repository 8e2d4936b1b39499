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
  problem(code: string, text: string, state: 'raised' | 'solved'): void
}

export interface LineBank {
  /** Done by the hardware or the kernel. */
  readonly debounces: boolean
  /** Takes the lines; tells each input's level once, then its edges. Throws with what is missing; may be called again. */
  open(o: BankOptions): void
  set(line: string, on: boolean): void
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

/** Lines that go into one request: same chip, and for inputs the same debounce. */
export function groups<T>(lines: ReadonlyMap<string, T>, keyOf: (value: T) => string) {
  const found = new Map<string, { label: string; lines: { line: string; offset: number; value: T }[] }>()
  for (const [line, value] of lines) {
    const { label, offset } = placeOf(line)
    const key = `${label}\n${keyOf(value)}`
    const group = found.get(key) ?? { label, lines: [] }
    group.lines.push({ line, offset, value })
    found.set(key, group)
  }
  return [...found.values()]
}

export type { Edge }
