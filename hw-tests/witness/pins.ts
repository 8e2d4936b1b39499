// The witness's hands and eyes: presses simulated buttons and sees simulated outputs from outside the box, by the
// terminals' own files, whether or not the board is alive.
import { type FSWatcher, readFileSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { Operation, Reading } from '../../board/board.ts'
import { readProfile } from '../../board/profile.ts'
import type { BoardProfile, Input, Output } from '../../board/protocol.ts'
import { contactsAfter } from '../../board/simulated/contacts.ts'
import { createPinReader, type PinChange, writePin } from '../../board/simulated/pin-file.ts'

export interface WitnessOptions {
  /** The box's run directory. */
  readonly run: string
  /** The profile file that the board was started with; the simulated board's when none is named. */
  readonly profile?: string
}

/** A button moved by the witness. */
export interface Moved {
  readonly input: string
  readonly how: Operation
  /** Milliseconds of CLOCK_MONOTONIC, comparable with everything else seen here. */
  readonly at: number
}

export interface OutputSeen {
  readonly output: string
  readonly on: boolean
  readonly at: number
}

/** Sound that left for a loudspeaker after silence. */
export interface SoundSeen {
  readonly at: number
  /** Where it begins in the samples. */
  readonly sample: number
}

export interface PinsWitness {
  readonly profile: BoardProfile
  /** Moves a button. It stays as it is put, also while the board is dead. */
  move(input: string, how: Operation): Moved
  /** Presses, lets go after `holdMilliseconds`, and resolves then with the press. */
  press(input: string, holdMilliseconds: number): Promise<Moved>
  /** Everything an output did since the witness began to look, and its state before that. */
  seen(output: string): readonly OutputSeen[]
  isOn(output: string): boolean
  /** Resolves with the first change to `on` at or after `since`; rejects when there is none before `milliseconds` from now. */
  waitFor(output: string, o: { on: boolean; since: number; milliseconds: number }): Promise<OutputSeen>
  /** The samples of a loudspeaker's present file (8 kHz), and where in them sound began after silence. */
  heard(amplifier: string): { readonly samples: Int16Array; readonly bursts: readonly SoundSeen[] }
  close(): void
}

export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6

/** The board has made the terminals' files at its first start; `run` must exist. */
export function openPinsWitness(o: WitnessOptions): PinsWitness {
  const pins = join(o.run, 'pins')
  const file = o.profile ?? join(import.meta.dirname, '../../board/profiles/simulated.json')
  const profile = readProfile(readFileSync(file, 'utf8'))
  const history = new Map(profile.outputs.map(output => [output.id, [] as OutputSeen[]]))
  const readers = new Map(
    profile.outputs.map(output => [output.line, { output, reader: createPinReader(join(pins, output.line)) }]),
  )
  const waiting = new Set<() => void>()

  const note = (output: Output, changes: readonly PinChange[]) => {
    for (const { value, at } of changes) history.get(output.id)?.push({ output: output.id, on: isClosed(value), at })
  }
  const lookAtAll = () => {
    for (const { output, reader } of readers.values()) note(output, reader.changes())
    for (const check of waiting) check()
  }
  lookAtAll()
  const watcher: FSWatcher = watch(pins, (_event, name) => {
    const found = name === null ? undefined : readers.get(name)
    if (found === undefined) return
    note(found.output, found.reader.changes())
    for (const check of waiting) check()
  })
  const slow = setInterval(lookAtAll, 100)

  const inputOf = (id: string): Input => {
    const input = profile.inputs.find(i => i.id === id)
    if (input === undefined) throw new Error(`the board has no input ${id}`)
    return input
  }
  const historyOf = (id: string): readonly OutputSeen[] => {
    const seen = history.get(id)
    if (seen === undefined) throw new Error(`the board has no output ${id}`)
    return seen
  }
  const move = (id: string, how: Operation): Moved => {
    const at = monotonic()
    for (const [terminal, value] of contactsAfter(inputOf(id).wiring, how))
      writePin(join(pins, terminal), { value, at })
    return { input: id, how, at }
  }

  return {
    profile,
    move,
    async press(input, holdMilliseconds) {
      const moved = move(input, 'press')
      await new Promise<void>(resolve => {
        setTimeout(resolve, holdMilliseconds)
      })
      move(input, 'release')
      return moved
    },
    seen: output => historyOf(output),
    isOn: output => historyOf(output).at(-1)?.on === true,
    waitFor(output, { on, since, milliseconds }) {
      return new Promise((resolve, reject) => {
        const check = () => {
          const found = historyOf(output).find(seen => seen.on === on && seen.at >= since)
          if (found === undefined) return
          waiting.delete(check)
          clearTimeout(deadline)
          resolve(found)
        }
        const deadline = setTimeout(() => {
          waiting.delete(check)
          reject(new Error(`${output} was not seen ${on ? 'on' : 'off'} within ${milliseconds} ms`))
        }, milliseconds)
        waiting.add(check)
        check()
      })
    },
    heard(amplifier) {
      const device = profile.amplifiers.find(a => a.id === amplifier)?.device
      if (device === undefined) throw new Error(`the board has no amplifier ${amplifier}`)
      return readSound(join(o.run, 'amplifiers', device))
    },
    close() {
      clearInterval(slow)
      watcher.close()
    },
  }
}

const isClosed = (value: Reading) => value !== 'silent' && value !== 0

function readSound(base: string) {
  const bytes = readIfThere(`${base}.pcm`)
  const samples = Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i))
  const lines = readIfThere(`${base}.index`).toString('utf8').split('\n').slice(0, -1)
  return { samples, bursts: lines.map(line => JSON.parse(line) as SoundSeen) }
}

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
