// The loudspeaker of the simulated board: raw samples (s16le, 8 kHz, mono) in a file that can be read while it grows.
//
// `<device>.pcm` gets what is heard, in real time and without the silence between; `<device>.index` gets one JSON line
// whenever sound begins after silence: `{"at": monotonic milliseconds, "sample": where it begins in the file}`.
// Past 8 MiB (almost nine minutes of sound) both are renamed to `.previous` and begun anew.
import { appendFileSync, closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { AudioOutput } from '../board.ts'
import type { BoardClock } from '../clock.ts'

const LONGEST = 8 * 1024 * 1024
/** Frames further apart than this are not one sound; milliseconds. */
const APART = 100

export interface SoundFileOptions {
  readonly directory: string
  readonly device: string
  readonly clock: BoardClock
  failed(error: unknown): void
}

export function openSoundFile(o: SoundFileOptions): AudioOutput {
  const pcm = join(o.directory, `${o.device}.pcm`)
  const index = join(o.directory, `${o.device}.index`)
  let handle: number | undefined
  let length = 0
  let lastAt = Number.NEGATIVE_INFINITY

  const begin = () => {
    mkdirSync(o.directory, { recursive: true, mode: 0o750 })
    // A run of the board begins its files anew; what the one before left is the previous.
    for (const file of [pcm, index]) moveAside(file)
    length = 0
    lastAt = Number.NEGATIVE_INFINITY
    handle = openSync(pcm, 'w', 0o640)
  }
  const write = (frame: Int16Array) => {
    if (handle !== undefined && length > LONGEST) {
      closeSync(handle)
      handle = undefined
    }
    if (handle === undefined) begin()
    if (handle === undefined) return
    const now = o.clock.since()
    if (now - lastAt > APART) appendFileSync(index, `${JSON.stringify({ at: now, sample: length / 2 })}\n`)
    lastAt = now
    length += writeSync(handle, new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength))
  }
  return {
    write(frame) {
      try {
        write(frame)
      } catch (error) {
        o.failed(error)
      }
    },
    close() {
      if (handle !== undefined) closeSync(handle)
      handle = undefined
    },
  }
}

function moveAside(file: string) {
  try {
    renameSync(file, `${file}.previous`)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
