// Stored messages in memory: read when a table is loaded, never when a button is pressed.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { BoardClock } from './clock.ts'
import type { Disk } from './disk.ts'
import type { Problems } from './problems.ts'
import type { StoredSound } from './protocol.ts'
import { readWav } from './wav.ts'

const RETRY_AFTER = 5000

export interface Sounds {
  /** Makes these messages ready, and forgets all others. */
  want(sounds: readonly StoredSound[]): void
  /** The samples of a message; when its file was not to be had, an alarm tone: the hall is never left silent. */
  samples(sound: StoredSound): Int16Array
  /** Resolves when nothing wanted is being read. */
  settled(): Promise<void>
  close(): void
}

export interface SoundsOptions {
  /** The board's own directory, where it keeps its copies by digest. */
  readonly disk: Disk
  /** Where relative names of the shared directory begin. */
  readonly shared: string
  readonly clock: BoardClock
  readonly problems: Problems
}

export function createSounds(o: SoundsOptions): Sounds {
  const ready = new Map<string, Int16Array>()
  let wanted = new Map<string, StoredSound>()
  let reading: Promise<void> | undefined
  let forgetRetry = () => {}
  let closed = false
  const alarmTone = temporalThree()

  const readMissing = async (): Promise<void> => {
    for (const sound of [...wanted.values()]) {
      const code = `board.message-missing:${sound.sha256}`
      if (ready.has(sound.sha256)) continue
      try {
        ready.set(sound.sha256, await readSound(sound, o))
        o.problems.solve(code)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        o.problems.raise(
          code,
          `The stored message ${sound.file} cannot be used (${why}): an alarm tone stands in for it.`,
        )
      }
    }
  }
  const read = () => {
    if (closed || reading !== undefined) return
    reading = readMissing().finally(() => {
      reading = undefined
      const missing = [...wanted.keys()].some(sha256 => !ready.has(sha256))
      if (missing && !closed) forgetRetry = o.clock.after(RETRY_AFTER, read)
    })
  }

  return {
    want(sounds) {
      const next = new Map(sounds.map(sound => [sound.sha256, sound]))
      for (const sha256 of wanted.keys()) {
        if (next.has(sha256)) continue
        ready.delete(sha256)
        o.problems.solve(`board.message-missing:${sha256}`)
      }
      wanted = next
      forgetRetry()
      const before = reading
      if (before === undefined) read()
      // What is being read now may not include what is wanted only now.
      else void before.then(read)
    },
    samples: sound => ready.get(sound.sha256) ?? alarmTone,
    async settled() {
      while (reading !== undefined) await reading
    },
    close() {
      closed = true
      forgetRetry()
    },
  }
}

async function readSound(sound: StoredSound, o: SoundsOptions): Promise<Int16Array> {
  if (!/^[0-9a-f]{64}$/.test(sound.sha256)) throw new Error('its digest is not a SHA-256')
  const name = `${sound.sha256}.wav`
  const kept = await o.disk.read(name)
  if (kept !== undefined && digestOf(kept) === sound.sha256) return readWav(kept)
  const bytes = await readFile(resolve(o.shared, sound.file))
  if (digestOf(bytes) !== sound.sha256) throw new Error('its content is not what the table says')
  const samples = readWav(bytes)
  // Kept for the next start; that it plays now does not depend on it.
  o.disk.replace(name, bytes).then(
    () => o.problems.solve('board.messages-not-kept'),
    (error: unknown) =>
      o.problems.raise('board.messages-not-kept', `Stored messages are not on the board's disk: ${String(error)}`),
  )
  return samples
}

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Three pulses of 520 Hz and a pause (ISO 8201 temporal pattern): understood as an alarm everywhere. Four seconds. */
function temporalThree(): Int16Array {
  return Int16Array.from({ length: 32_000 }, (_, i) => {
    const second = i / 8000
    const sounding = second < 3 && second % 1 < 0.5
    return sounding ? Math.round(12_000 * Math.sign(Math.sin(2 * Math.PI * 520 * second))) : 0
  })
}
