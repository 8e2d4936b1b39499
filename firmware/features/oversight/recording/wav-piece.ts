// A piece of a long recording as a WAV file of its own: what is sent to a browser stays small.
import { PbxError } from '../../../kernel/errors.ts'
import type { Folder } from '../../../kernel/folder.ts'

/** How much is read to find where the sound begins. */
const HEAD_BYTES = 4096

interface Head {
  /** Where the samples begin, and their format as the file has it. */
  readonly at: number
  readonly format: Uint8Array
  readonly bytesPerSecond: number
  readonly frame: number
}

/** Seconds `from` to `from + seconds` of a recording, and how long all of it is. */
export async function wavPiece(
  folder: Folder,
  name: string,
  o: { from: number; seconds: number },
): Promise<{ wav: Uint8Array; totalSeconds: number }> {
  const length = await folder.size(name)
  if (length === undefined) throw new PbxError('recording.gone', 'the file of this recording is gone', { status: 410 })
  const head = headOf(await folder.read(name, { from: 0, length: HEAD_BYTES }))
  const whole = (seconds: number) => Math.floor((seconds * head.bytesPerSecond) / head.frame) * head.frame
  // The length written in the file may be old: one that is still being recorded, or that a crash cut off, has more.
  const total = Math.floor(Math.max(0, length - head.at) / head.frame) * head.frame
  const from = Math.min(total, whole(o.from))
  const wanted = Math.min(total - from, whole(o.seconds))
  const samples = await folder.read(name, { from: head.at + from, length: wanted })
  return { wav: wrapped(head.format, samples), totalSeconds: total / head.bytesPerSecond }
}

function headOf(bytes: Uint8Array): Head {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4))
  let format: Uint8Array | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true)
    const body = at + 8
    if (word(at) === 'fmt ' && body + 16 <= bytes.length) format = bytes.slice(body, body + 16)
    if (word(at) === 'data' && format) {
      const { buffer, byteOffset } = format
      const fields = new DataView(buffer, byteOffset)
      const [bytesPerSecond, frame] = [fields.getUint32(8, true), fields.getUint16(12, true)]
      if (bytesPerSecond > 0 && frame > 0) return { at: body, format, bytesPerSecond, frame }
    }
    at = body + size + (size % 2)
  }
  throw new PbxError('recording.damaged', 'the file of this recording is damaged', { status: 409 })
}

function wrapped(format: Uint8Array, samples: Uint8Array): Uint8Array {
  const wav = new Uint8Array(44 + samples.length)
  const view = new DataView(wav.buffer)
  const put = (at: number, text: string) => wav.set(Buffer.from(text, 'latin1'), at)
  put(0, 'RIFF')
  view.setUint32(4, 36 + samples.length, true)
  put(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  wav.set(format, 20)
  put(36, 'data')
  view.setUint32(40, samples.length, true)
  wav.set(samples, 44)
  return wav
}
