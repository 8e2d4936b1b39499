// Sounds made ready before they are needed: rendered, brought to one format, kept by content and held by the switch.
import { createHash } from 'node:crypto'
import type { KeptFile } from '../../../kernel/blobs.ts'
import { PbxError } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import { at16k } from './resample.ts'
import { type Tone, toneOf } from './tones.ts'
import { joined, type Pcm, readWav, writeWav } from './wav.ts'

/** A sound that the switch holds: it plays without touching a disk. */
export interface ReadySound {
  readonly sound: string
  readonly file: string
  readonly sha256: string
  readonly seconds: number
}

/** Where a sound comes from. */
export type Source =
  | { readonly kind: 'tone'; readonly tone: Exclude<Tone, 'none'> }
  | { readonly kind: 'text'; readonly text: string; readonly language: string }
  | { readonly kind: 'recording'; readonly sha256: string }

/** Counts up when tones or conversion change, so that nothing made the old way is used. */
const VERSION = 1

/** What the library needs of the box. */
export type Workshop = Pick<Context, 'blobs' | 'speech' | 'calls' | 'sip' | 'live' | 'clock'>

/** Why a sound is not ready. */
export interface Failure {
  readonly why: string
  readonly since: number
}

export interface SoundLibrary {
  /** The sound, if it is ready now. */
  ready(source: Source): ReadySound | undefined
  /** Makes it ready; resolves at once when it is. Rejects with the reason, which is kept until it succeeds. */
  prepare(source: Source): Promise<ReadySound>
  failure(source: Source): Failure | undefined
  /** Frees what is neither in `used` nor playing. */
  keepOnly(used: readonly Source[]): void
  /** One WAV of several sounds with silence between: for who can play one file only. */
  compose(parts: readonly ReadySound[], gapMilliseconds: number): Promise<KeptFile>
}

const keyOf = (source: Source): string => {
  switch (source.kind) {
    case 'tone':
      return `tone:${source.tone}`
    case 'recording':
      return `recording:${source.sha256}`
    case 'text':
      return `text:${createHash('sha256').update(`${source.language}\n${source.text}`).digest('hex')}`
  }
}

/** Opens the library of this run of the process: the switch forgets its sounds when it ends. */
export function openSoundLibrary(box: Workshop): SoundLibrary {
  const held = box.live.collection<ReadySound>('sound', { keep: 'process' })
  const failures = box.live.collection<Failure>('failure', { keep: 'process' })
  const underway = new Map<string, Promise<ReadySound>>()

  const made = box.live.collection<KeptFile>('made', { keep: 'power' })
  let converting: Promise<unknown> = Promise.resolve()

  /** One after another: many at once would hold up calls for as long as they all take. */
  async function converted(source: Source): Promise<Pcm> {
    const pcm = source.kind === 'tone' ? toneOf(source.tone) : readWav(await bytesOf(box, source))
    const turn = converting.then(() => at16k(pcm))
    converting = turn
    return turn
  }

  async function load(kept: KeptFile): Promise<ReadySound> {
    const sound = `sound:${kept.sha256}`
    const { seconds } = await box.sip.loadSound(sound, kept.file)
    return { sound, ...kept, seconds }
  }

  async function make(source: Source): Promise<ReadySound> {
    const key = `${VERSION}:${keyOf(source)}`
    const before = made.get(key)
    // After a restart an alarm may be waiting for its words: what was made before is not made again.
    if (before !== undefined && (await isThere(box, before))) return load(before)
    const kept = await box.blobs.put(writeWav(await converted(source)), '.wav')
    made.set(key, kept)
    return load(kept)
  }

  async function prepare(source: Source): Promise<ReadySound> {
    const key = keyOf(source)
    const known = held.get(key) ?? underway.get(key)
    if (known !== undefined) return known
    const work = make(source)
    underway.set(key, work)
    try {
      const sound = await work
      held.set(key, sound)
      failures.delete(key)
      return sound
    } catch (error) {
      const since = failures.get(key)?.since ?? box.clock.now()
      failures.set(key, { why: error instanceof Error ? error.message : String(error), since })
      throw error
    } finally {
      underway.delete(key)
    }
  }

  return {
    prepare,
    ready: source => held.get(keyOf(source)),
    failure: source => failures.get(keyOf(source)),
    keepOnly(used) {
      // A page may be speaking what nobody refers to any more: it is freed another time.
      if (box.calls.pages().length > 0) return
      const wanted = new Set(used.map(keyOf))
      for (const [key, sound] of held.all()) {
        if (wanted.has(key)) continue
        held.delete(key)
        if (![...held.all().values()].some(other => other.sound === sound.sound)) box.sip.dropSound(sound.sound)
      }
      for (const key of failures.all().keys()) if (!wanted.has(key)) failures.delete(key)
    },
    async compose(parts, gapMilliseconds) {
      const sounds = await Promise.all(parts.map(async part => at16k(readWav(await box.blobs.read(part.file)))))
      return box.blobs.put(writeWav(joined(sounds, gapMilliseconds)), '.wav')
    },
  }
}

/** A file that was lost with its disk is made anew. */
async function isThere(box: Workshop, kept: KeptFile): Promise<boolean> {
  try {
    await box.blobs.read(kept.file)
    return true
  } catch (error) {
    if (error instanceof PbxError && error.code === 'blobs.missing') return false
    throw error
  }
}

async function bytesOf(box: Workshop, source: Exclude<Source, { kind: 'tone' }>): Promise<Uint8Array> {
  if (source.kind === 'recording') return box.blobs.read(box.blobs.fileOf(source.sha256, '.wav'))
  return box.blobs.read((await box.speech(source.text, source.language)).file)
}
