// Speakers that each speak one tone of their own, so that whoever is heard can be told by name, several at a time too.
import { rms, type Sound } from './sound.ts'

/** Hertz of each speaker; apart enough to be told from one another and from their overtones. */
const TONES: Readonly<Record<string, number>> = { '201': 620, '202': 970, '203': 1430, '204': 1990, music: 2590 }
const RATE = 16_000
/** A window of 50 ms tells frequencies 20 Hz apart. */
const WINDOW = 800
/** Root mean square over which a tone counts as heard. */
const AUDIBLE = 0.01

/** The voice of a speaker: a second of his tone, which loops without a seam. */
export function voiceOf(name: string): Sound {
  const hertz = toneOf(name)
  const samples = Float32Array.from({ length: RATE }, (_, at) => 0.25 * Math.sin((2 * Math.PI * hertz * at) / RATE))
  return { rate: RATE, samples }
}

/** Who speaks in a sound: those whose tone is in more than half of its windows. */
export function speakersIn(sound: Sound): readonly string[] {
  const size = Math.round((WINDOW * sound.rate) / RATE)
  const windows = Math.floor(sound.samples.length / size)
  return Object.keys(TONES).filter(name => {
    let heard = 0
    for (let window = 0; window < windows; window += 1) {
      const piece = sound.samples.subarray(window * size, (window + 1) * size)
      if (levelOf(piece, toneOf(name), sound.rate) > AUDIBLE) heard += 1
    }
    return windows > 0 && heard > windows / 2
  })
}

function toneOf(name: string): number {
  const hertz = TONES[name]
  if (hertz === undefined) throw new Error(`nobody is called ${name}`)
  return hertz
}

/** Root mean square of one frequency, under a Hann window. */
function levelOf(samples: Float32Array, hertz: number, rate: number): number {
  if (rms(samples) < AUDIBLE / 4) return 0
  let [real, imaginary] = [0, 0]
  for (let at = 0; at < samples.length; at += 1) {
    const weight = 1 - Math.cos((2 * Math.PI * at) / samples.length)
    const turn = (2 * Math.PI * hertz * at) / rate
    real += (samples[at] ?? 0) * weight * Math.cos(turn)
    imaginary += (samples[at] ?? 0) * weight * Math.sin(turn)
  }
  return (Math.hypot(real, imaginary) * Math.SQRT2) / samples.length
}
