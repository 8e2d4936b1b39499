// A voice that says nothing: a buzz of wandering pitch through two wandering resonances, in syllables with short
// pauses. For messages that codecs treat as speech and that no other seed repeats.

import type { Sound } from './sound.ts'

/** The same seed says the same. Level about -20 dBFS. */
export function babble(seed: number, seconds: number, rate = 16000): Sound {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 32
  }
  const samples = new Float32Array(seconds * rate)
  let phase = 0
  const memory = [0, 0, 0, 0]
  let syllable = { until: 0, pitch: 120, formants: [500, 1500], level: 0 }
  for (let i = 0; i < samples.length; i++) {
    if (i >= syllable.until) {
      const pause = syllable.level > 0 && next() < 0.3
      syllable = {
        until: i + Math.round((pause ? 0.06 : 0.12 + 0.1 * next()) * rate),
        pitch: 95 + 90 * next(),
        formants: [300 + 600 * next(), 1000 + 1600 * next()],
        level: pause ? 0 : 1,
      }
    }
    phase += syllable.pitch / rate
    if (phase >= 1) phase -= 1
    const buzz = (phase < syllable.pitch / rate ? 1 : 0) * syllable.level + 0.02 * (next() - 0.5) * syllable.level
    let out = 0
    for (const [k, formant] of syllable.formants.entries()) {
      const [y1, y2] = [memory[2 * k] ?? 0, memory[2 * k + 1] ?? 0]
      const radius = Math.exp((-Math.PI * 90) / rate)
      const y = buzz + 2 * radius * Math.cos((2 * Math.PI * formant) / rate) * y1 - radius * radius * y2
      memory[2 * k] = y
      memory[2 * k + 1] = y1
      out += y
    }
    samples[i] = 0.08 * out
  }
  return { rate, samples }
}
