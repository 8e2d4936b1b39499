// A real loudspeaker output: ALSA through `aplay`, started with the board and kept open, so that a press starts nothing.
import { type ChildProcess, spawn } from 'node:child_process'
import type { AudioOutput } from '../board.ts'
import type { BoardClock } from '../clock.ts'

const RESTART_AFTER = 500
/** Sound that the device does not take is dropped beyond this; bytes (half a second). */
const MOST_WAITING = 8000

export interface AplayOptions {
  /** ALSA's name of the device. */
  readonly device: string
  readonly label: string
  readonly clock: BoardClock
  problem(text: string, state: 'raised' | 'solved'): void
  /** The player; `aplay` of alsa-utils unless told otherwise. */
  readonly command?: string
}

export function openAplay(o: AplayOptions): AudioOutput {
  let child: ChildProcess | undefined
  let closed = false
  let forget = () => {}

  const args = [
    '-q',
    '-D',
    o.device,
    '-t',
    'raw',
    '-f',
    'S16_LE',
    '-r',
    '8000',
    '-c',
    '1',
    '--buffer-time=120000',
    '--period-time=20000',
  ]
  const start = () => {
    const mine = spawn(o.command ?? 'aplay', args, { stdio: ['pipe', 'ignore', 'ignore'] })
    child = mine
    const ended = (why: string) => {
      if (child !== mine) return
      child = undefined
      if (closed) return
      o.problem(`The loudspeaker output ${o.label} (${o.device}) ended: ${why}`, 'raised')
      forget = o.clock.after(RESTART_AFTER, start)
    }
    mine.on('error', error => ended(error.message))
    mine.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`))
    // A write to a player that has just ended; its exit says why.
    mine.stdin?.on('error', () => {})
  }
  start()

  return {
    write(frame) {
      const pipe = child?.stdin
      if (pipe === undefined || pipe === null || !pipe.writable || pipe.writableLength > MOST_WAITING) return
      pipe.write(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength))
      o.problem('', 'solved')
    },
    close() {
      closed = true
      forget()
      child?.kill()
    },
  }
}
