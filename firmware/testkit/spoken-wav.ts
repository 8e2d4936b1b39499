// Speech as tests have it: a short WAV whose samples say which text it was.
import { createHash } from 'node:crypto'

const RATE = 22_050

/** A tenth of a second for every ten letters begun; the same text gives the same bytes, another text other ones. */
export function spokenWav(text: string, language: string): Uint8Array {
  const digest = createHash('sha256').update(`${language}\n${text}`).digest()
  const count = Math.ceil(text.length / 10) * (RATE / 10)
  const wav = Buffer.alloc(44 + count * 2)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + count * 2, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(RATE, 24)
  wav.writeUInt32LE(RATE * 2, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(count * 2, 40)
  for (let index = 0; index < count; index += 1)
    wav.writeInt16LE(((digest[index % digest.length] ?? 0) - 128) * 64, 44 + index * 2)
  return wav
}
