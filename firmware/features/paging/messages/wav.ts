// WAV in and out: what people upload or a voice renders becomes 16 kHz mono 16-bit, which switch and board can play.
import { PbxError } from '../../../kernel/errors.ts'

/** Samples of one channel, -32768 … 32767. */
export interface Pcm {
  readonly rate: number
  readonly samples: Int16Array
}

/** The rate of every sound that the box keeps: G.722 uses it whole, G.711 halves it. */
export const RATE = 16_000

const refuse = (why: string): never => {
  throw new PbxError('messages.not-a-recording', `this recording cannot be used: ${why}`, {
    fields: { wav: `${why}: save it as WAV, PCM, mono or stereo, 8 to 48 kHz` },
  })
}

interface Format {
  readonly channels: number
  readonly rate: number
  readonly bits: number
}

/** Reads a PCM WAV (8, 16 or 24 bit, mono or stereo, 8 to 48 kHz) down to one channel; throws `messages.not-a-recording`. */
export function readWav(bytes: Uint8Array): Pcm {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (at: number) => (at + 4 <= view.byteLength ? String.fromCharCode(...bytes.subarray(at, at + 4)) : '')
  if (word(0) !== 'RIFF' || word(8) !== 'WAVE') refuse('it is not a WAV file')
  let format: Format | undefined
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at + 4, true)
    const body = at + 8
    if (word(at) === 'fmt ') format = readFormat(view, body, size)
    if (word(at) === 'data') {
      if (format === undefined) return refuse('its sound comes before its format')
      // A recorder that was switched off leaves a size that is too large: what is there counts.
      return {
        rate: format.rate,
        samples: mono(view, format, { from: body, to: Math.min(view.byteLength, body + size) }),
      }
    }
    // Chunks begin at even offsets (RIFF).
    at = body + size + (size % 2)
  }
  return refuse('there is no sound in it')
}

function readFormat(view: DataView, at: number, size: number): Format {
  if (size < 16 || at + size > view.byteLength) refuse('its format is cut off')
  const tag = view.getUint16(at, true)
  // WAVE_FORMAT_EXTENSIBLE keeps the true tag in the first two bytes of its sub-format.
  const kind = tag === 0xfffe && size >= 26 ? view.getUint16(at + 24, true) : tag
  const found = {
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  }
  if (kind !== 1) refuse('it is compressed')
  if (found.channels < 1 || found.channels > 2) refuse(`it has ${found.channels} channels`)
  if (found.rate < 8000 || found.rate > 48_000) refuse(`its rate is ${found.rate} Hz`)
  if (![8, 16, 24].includes(found.bits)) refuse(`it has ${found.bits} bits a sample`)
  return found
}

function mono(view: DataView, format: Format, range: { from: number; to: number }): Int16Array {
  const width = format.bits / 8
  const frame = width * format.channels
  const count = Math.floor((range.to - range.from) / frame)
  if (count < format.rate / 10) refuse('it is shorter than a tenth of a second')
  if (format.bits === 16 && format.channels === 1) {
    const from = view.byteOffset + range.from
    return new Int16Array(view.buffer.slice(from, from + count * 2) as ArrayBuffer)
  }
  const samples = new Int16Array(count)
  for (let index = 0; index < count; index++) {
    let sum = 0
    for (let channel = 0; channel < format.channels; channel++)
      sum += sampleAt(view, range.from + index * frame + channel * width, format.bits)
    samples[index] = Math.round(sum / format.channels)
  }
  return samples
}

function sampleAt(view: DataView, at: number, bits: number): number {
  if (bits === 8) return (view.getUint8(at) - 128) * 256
  // Of 24 bits the upper 16 are heard.
  return view.getInt16(bits === 24 ? at + 1 : at, true)
}

/** A WAV file of 16-bit mono PCM. */
export function writeWav(pcm: Pcm): Uint8Array {
  const size = pcm.samples.length * 2
  const bytes = new Uint8Array(44 + size)
  const view = new DataView(bytes.buffer)
  const put = (at: number, text: string) =>
    bytes.set(
      [...text].map(letter => letter.charCodeAt(0)),
      at,
    )
  put(0, 'RIFF')
  view.setUint32(4, 36 + size, true)
  put(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, pcm.rate, true)
  view.setUint32(28, pcm.rate * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  put(36, 'data')
  view.setUint32(40, size, true)
  // Every machine that the box runs on is little-endian, as WAV is: sample by sample would hold up calls.
  new Int16Array(bytes.buffer, 44).set(pcm.samples)
  return bytes
}

/** Sounds of one rate behind one another with silence between. */
export function joined(parts: readonly Pcm[], gapMilliseconds: number): Pcm {
  const gap = Math.round((RATE * gapMilliseconds) / 1000)
  const length = parts.reduce((sum, part) => sum + part.samples.length, 0) + gap * Math.max(0, parts.length - 1)
  const samples = new Int16Array(length)
  let at = 0
  for (const part of parts) {
    samples.set(part.samples, at)
    at += part.samples.length + gap
  }
  return { rate: RATE, samples }
}
