// How far the edges of the simulated terminals were read, beside the terminals: a board that starts again goes on where the
// one before it died, as systemd keeps a real chip's edges for it.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

export interface SeenEdges {
  /** Until when this terminal's edges were read by an earlier run; undefined when there was none. Monotonic milliseconds. */
  of(terminal: string): number | undefined
  /** To be told after the edge was acted upon: a crash between the two tells it again, and loses nothing. Throws as files do. */
  note(terminal: string, at: number): void
}

/** The file lies in memory, and must go with the boot of the machine whose clock it speaks of. */
export function openSeenEdges(file: string): SeenEdges {
  const seen = new Map(Object.entries(read(file)))
  // A directory in its place goes: nothing could be renamed over it.
  if (seen.size === 0) rmSync(file, { recursive: true, force: true })
  return {
    of: terminal => seen.get(terminal),
    note(terminal, at) {
      seen.set(terminal, at)
      rmSync(`${file}.new`, { recursive: true, force: true })
      writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(seen)))
      renameSync(`${file}.new`, file)
    },
  }
}

/** A file that is missing or damaged says nothing: the board starts as for the first time, from the levels. */
function read(file: string): Record<string, number> {
  try {
    const seen: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const entries = Object.entries(typeof seen === 'object' && seen !== null ? seen : {})
    return Object.fromEntries(entries.filter((one): one is [string, number] => typeof one[1] === 'number'))
  } catch {
    return {}
  }
}
