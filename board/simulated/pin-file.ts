// A terminal of the simulated board: a file that exists without the board, to which whoever moves it appends a line.
//
// Each line is `<value> <monotonic milliseconds>`; the last one is the present value. Because every change stays in the
// file for a while, a reader that was late or stalled still sees each edge with its time, as from a kernel's edge queue.
import {
  appendFileSync,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import type { Reading } from '../board.ts'

export interface PinChange {
  readonly value: Reading
  /** Milliseconds of CLOCK_MONOTONIC, comparable between processes. */
  readonly at: number
}

/** A longer file is begun anew with its last changes; bytes. */
const LONGEST = 64 * 1024
const KEPT = 200

/** One terminal has one writer at a time: when the file is begun anew, a second one's change could be lost. */
export function writePin(file: string, { value, at }: PinChange): void {
  appendFileSync(file, `${value} ${at.toFixed(6)}\n`)
  if (statSync(file).size <= LONGEST) return
  const kept = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-KEPT)
  writeFileSync(`${file}.new`, `${kept.join('\n')}\n`)
  renameSync(`${file}.new`, file)
}

export interface PinReader {
  /** Changes since the last call, oldest first; at the first call all that the file has. Empty when there is no file. */
  changes(): readonly PinChange[]
  /** When the last of them was. */
  readonly lastAt: number
}

/** What was not after `seenUntil` (monotonic milliseconds) is not told. */
export function createPinReader(file: string, seenUntil = Number.NEGATIVE_INFINITY): PinReader {
  let inode: number | undefined
  let offset = 0
  let lastAt = seenUntil
  return {
    get lastAt() {
      return lastAt
    },
    changes() {
      const handle = openIfThere(file)
      if (handle === undefined) return []
      try {
        const { ino, size } = fstatSync(handle)
        if (ino !== inode || size < offset) offset = 0
        inode = ino
        const bytes = Buffer.alloc(size - offset)
        const length = readSync(handle, bytes, 0, bytes.length, offset)
        const whole = bytes.lastIndexOf('\n', length - 1) + 1
        offset += whole
        const found = parse(bytes.toString('latin1', 0, whole)).filter(change => change.at > lastAt)
        lastAt = found.at(-1)?.at ?? lastAt
        return found
      } finally {
        closeSync(handle)
      }
    },
  }
}

function parse(text: string): PinChange[] {
  return text.split('\n').flatMap((line): PinChange[] => {
    const [value, at] = line.split(' ')
    if (value === undefined || at === undefined || !Number.isFinite(Number(at))) return []
    if (value === 'silent') return [{ value, at: Number(at) }]
    return Number.isFinite(Number(value)) ? [{ value: Number(value), at: Number(at) }] : []
  })
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
