// WAV files: reads what phones, baresip and the box write (PCM, G.711, float), writes 16 bit PCM.

import { readFile, writeFile } from 'node:fs/promises'
import { decodeG711 } from './g711.ts'
import type { Sound } from './sound.ts'

interface Format {
  kind: number
  channels: number
  rate: number
  bits: number
}

const pcm = 1
const float = 3
const aLaw = 6
const muLaw = 7
const extensible = 0xfffe

/** Reads a WAV file, several channels mixed to one. Throws when it is not one; a length never written is forgiven. */
export async function readWav(file: string): Promise<Sound> {
  try {
    return parseWav(await readFile(file))
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`)
  }
}

export async function writeWav(file: string, sound: Sound, channels = 1): Promise<void> {
  await writeFile(file, formatWav(sound, channels))
}

/** Several channels mixed to one. Throws when it is no WAV file. */
export const parseWav = (file: Buffer): Sound => mono(channelsOf(file))

/** Each channel by itself, left before right. Throws when it is no WAV file. */
export function channelsOf(file: Buffer): readonly Sound[] {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('not a WAV file')
  }
  let format: Format | undefined
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4)
    const size = file.readUInt32LE(at + 4)
    const body = at + 8
    if (name === 'fmt ') format = readFormat(file, body)
    if (name === 'data') {
      if (!format) throw new Error('WAV data before its format')
      // A recorder that was killed leaves 0 or the largest length here: the file's own length counts then.
      const end = size === 0 || body + size > file.length ? file.length : body + size
      return apart(format, file.subarray(body, end))
    }
    at = body + size + (size & 1)
  }
  throw new Error('a WAV file without data')
}

function readFormat(file: Buffer, at: number): Format {
  const kind = file.readUInt16LE(at)
  return {
    kind: kind === extensible ? file.readUInt16LE(at + 24) : kind,
    channels: file.readUInt16LE(at + 2),
    rate: file.readUInt32LE(at + 4),
    bits: file.readUInt16LE(at + 14),
  }
}

function apart({ channels, rate, ...format }: Format, octets: Buffer): readonly Sound[] {
  const all = decode(format, octets)
  const length = Math.floor(all.length / channels)
  return Array.from({ length: channels }, (_, channel) => ({
    rate,
    samples: channels === 1 ? all : Float32Array.from({ length }, (_, at) => all[at * channels + channel] ?? 0),
  }))
}

function mono(channels: readonly Sound[]): Sound {
  const [first = { rate: 0, samples: new Float32Array() }] = channels
  if (channels.length === 1) return first
  const mean = (_: number, at: number) =>
    channels.reduce((sum, { samples }) => sum + (samples[at] ?? 0), 0) / channels.length
  return { rate: first.rate, samples: first.samples.map(mean) }
}

function decode({ kind, bits }: { kind: number; bits: number }, octets: Buffer): Float32Array {
  if (kind === muLaw) return decodeG711('PCMU', octets)
  if (kind === aLaw) return decodeG711('PCMA', octets)
  const width = bits / 8
  const read = sampleReader(kind, bits, octets)
  const samples = new Float32Array(Math.floor(octets.length / width))
  for (let i = 0; i < samples.length; i++) samples[i] = read(i * width)
  return samples
}

function sampleReader(kind: number, bits: number, octets: Buffer): (at: number) => number {
  if (kind === float && bits === 32) return at => octets.readFloatLE(at)
  if (kind === pcm && bits === 8) return at => (octets.readUInt8(at) - 128) / 128
  if (kind === pcm && (bits === 16 || bits === 24 || bits === 32)) {
    return at => octets.readIntLE(at, bits / 8) / 2 ** (bits - 1)
  }
  throw new Error(`a WAV format that is not read here: ${kind} with ${bits} bits`)
}

/** Each of `channels` says the same. */
export function formatWav({ rate, samples }: Sound, channels = 1): Buffer {
  const frame = 2 * channels
  const octets = samples.length * frame
  const file = Buffer.alloc(44 + octets)
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(36 + octets, 4)
  file.write('WAVEfmt ', 8, 'latin1')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(pcm, 20)
  file.writeUInt16LE(channels, 22)
  file.writeUInt32LE(rate, 24)
  file.writeUInt32LE(rate * frame, 28)
  file.writeUInt16LE(frame, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36, 'latin1')
  file.writeUInt32LE(octets, 40)
  for (let i = 0; i < samples.length; i++) {
    const sample = Math.round(Math.max(-1, Math.min(1, samples[i] ?? 0)) * 32767)
    for (let c = 0; c < channels; c++) file.writeInt16LE(sample, 44 + i * frame + 2 * c)
  }
  return file
}
