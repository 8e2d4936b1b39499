// How far the edges of the simulated terminals were read, beside the terminals: a board that starts again goes on where the
// one before it died, as systemd keeps a real chip's edges for it.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export interface SeenEdges {
  /** Until when this terminal's edges were read by an earlier run; undefined when there was none. Monotonic milliseconds. */
  of(terminal: string): number | undefined
  /** To be told after the edge was acted upon: a crash between the two tells it again, and loses nothing. Throws as files do. */
  note(terminal: string, at: number): void
}

/** The file lies in memory, and must go with the boot of the machine whose clock it speaks of. */
export function openSeenEdges(file: string): SeenEdges {
  const seen = new Map(Object.entries(read(file)))
  return {
    of: terminal => seen.get(terminal),
    note(terminal, at) {
      seen.set(terminal, at)
      writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(seen)))
      renameSync(`${file}.new`, file)
    },
  }
}

function read(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}
