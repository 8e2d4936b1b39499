// Changing the rate of a sound with a windowed sinc, a quarter of a second at a time so that calls are not held up.
import { type Pcm, RATE } from './wav.ts'

const HALF = 16
const PHASES = 128
const STRIDE = RATE / 4

/** The sound at 16 kHz; gives way to other work after each quarter of a second of sound. */
export async function at16k(pcm: Pcm): Promise<Pcm> {
  if (pcm.rate === RATE) return pcm
  const samples = new Int16Array(Math.floor((pcm.samples.length * RATE) / pcm.rate))
  const kernel = kernelFor(Math.min(1, RATE / pcm.rate))
  for (let from = 0; from < samples.length; from += STRIDE) {
    fill(samples, pcm, { kernel, from, to: Math.min(samples.length, from + STRIDE) })
    await new Promise(resolve => setImmediate(resolve))
  }
  return { rate: RATE, samples }
}

function fill(out: Int16Array, pcm: Pcm, o: { kernel: Float64Array; from: number; to: number }): void {
  const ratio = pcm.rate / RATE
  const width = HALF * 2
  for (let index = o.from; index < o.to; index++) {
    const position = index * ratio
    const whole = Math.floor(position)
    const row = Math.min(PHASES - 1, Math.floor((position - whole) * PHASES)) * width
    let sum = 0
    for (let tap = 0; tap < width; tap++) sum += (pcm.samples[whole - HALF + 1 + tap] ?? 0) * (o.kernel[row + tap] ?? 0)
    out[index] = Math.max(-32768, Math.min(32767, Math.round(sum)))
  }
}

/** One row of weights per fraction of a sample; the Hann window keeps the passband flat, 0.92 leaves room for its slope. */
function kernelFor(scale: number): Float64Array {
  const cutoff = 0.92 * scale
  const width = HALF * 2
  const kernel = new Float64Array(PHASES * width)
  for (let phase = 0; phase < PHASES; phase++) {
    let sum = 0
    for (let tap = 0; tap < width; tap++) {
      const x = tap - HALF + 1 - phase / PHASES
      const sinc = x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x)
      const weight = sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / HALF))
      kernel[phase * width + tap] = weight
      sum += weight
    }
    for (let tap = 0; tap < width; tap++) kernel[phase * width + tap] = (kernel[phase * width + tap] ?? 0) / sum
  }
  return kernel
}
