// Stored messages: WAV files (mono, 16 bit, 8 or 16 kHz) as samples at the 8 kHz that the amplifiers are fed with.

/** Throws with the reason when the bytes are not such a file. */
export function readWav(bytes: Buffer): Int16Array {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('not a WAV file')
  }
  let rate: number | undefined
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4)
    const length = bytes.readUInt32LE(at + 4)
    const body = bytes.subarray(at + 8, at + 8 + length)
    if (id === 'fmt ') rate = rateOf(body)
    if (id === 'data') {
      if (rate === undefined) throw new Error('the WAV file has no format before its sound')
      const samples = Int16Array.from({ length: body.length >> 1 }, (_, i) => body.readInt16LE(2 * i))
      return rate === 8000 ? samples : halve(samples)
    }
    // Chunks are padded to even lengths.
    at += 8 + length + (length & 1)
  }
  throw new Error('the WAV file has no sound')
}

function rateOf(format: Buffer): number {
  if (format.length < 16) throw new Error('the format of the WAV file is cut short')
  const [coding, channels, rate, bits] = [0, 2, 4, 14].map(at =>
    at === 4 ? format.readUInt32LE(at) : format.readUInt16LE(at),
  )
  if (coding !== 1 || channels !== 1 || bits !== 16) throw new Error('the WAV file must be mono 16 bit PCM')
  if (rate !== 8000 && rate !== 16_000) throw new Error(`the WAV file must be of 8 or 16 kHz, not ${rate} Hz`)
  return rate
}

/** Half-band low-pass (windowed sinc, 15 taps), then every second sample: nothing above 4 kHz folds back audibly. */
const TAPS = [-0.0033, 0, 0.0221, 0, -0.0795, 0, 0.3105, 0.5004, 0.3105, 0, -0.0795, 0, 0.0221, 0, -0.0033]

function halve(samples: Int16Array): Int16Array {
  return Int16Array.from({ length: samples.length >> 1 }, (_, i) => {
    let sum = 0
    for (let k = 0; k < TAPS.length; k += 1) sum += (TAPS[k] ?? 0) * (samples[2 * i + k - 7] ?? 0)
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)))
  })
}
