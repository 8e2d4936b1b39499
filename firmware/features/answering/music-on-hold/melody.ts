// The music of the box: four chords, picked softly, made of sines so that a fresh box has music of its own.
import { RATE } from '../../paging/messages/feature.ts'

/** C, A minor, F, G: each note of a bar in hertz, picked one after another. */
const BARS: readonly (readonly number[])[] = [
  [261.63, 329.63, 392, 523.25],
  [220, 261.63, 329.63, 440],
  [174.61, 261.63, 349.23, 440],
  [196, 246.94, 293.66, 392],
]
/** Up and down within a bar. */
const PICKED = [0, 1, 2, 3, 2, 1] as const
const NOTE_SECONDS = 0.4
/** How long a string is heard; its end falls into the notes that follow. */
const RING_SECONDS = 1.6
const ATTACK_SECONDS = 0.008
const LEVEL = 5500

/** Samples of one round, 16 kHz; its end runs into its beginning. Gives way to other work after each note. */
export async function melody(): Promise<Int16Array> {
  const notes = BARS.flatMap(bar => PICKED.map(index => bar[index] ?? 0))
  const strings = new Map<number, Float64Array>()
  const sum = new Float64Array(Math.round(notes.length * NOTE_SECONDS * RATE))
  for (const [place, hertz] of notes.entries()) {
    const string = strings.get(hertz) ?? pick(hertz)
    strings.set(hertz, string)
    const from = Math.round(place * NOTE_SECONDS * RATE)
    for (let index = 0; index < string.length; index += 1) {
      const at = (from + index) % sum.length
      sum[at] = (sum[at] ?? 0) + (string[index] ?? 0)
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  const samples = new Int16Array(sum.length)
  for (let index = 0; index < sum.length; index += 1)
    samples[index] = Math.max(-32_768, Math.min(32_767, Math.round((sum[index] ?? 0) * LEVEL)))
  return samples
}

/** A string: a tone with two overtones that die away, the higher the sooner. */
function pick(hertz: number): Float64Array {
  const sound = new Float64Array(Math.round(RING_SECONDS * RATE))
  for (const [overtone, loud, decay] of [
    [1, 1, 2.2],
    [2, 0.35, 3.5],
    [3, 0.12, 5],
  ] as const)
    addDying(sound, { hertz: overtone * hertz, loud, decay })
  for (let index = 0; index < ATTACK_SECONDS * RATE; index += 1)
    sound[index] = ((sound[index] ?? 0) * index) / (ATTACK_SECONDS * RATE)
  return sound
}

/** Each sample of a sine that dies away follows from the two before it: a fresh box starts sooner than with a sine for each. */
function addDying(sound: Float64Array, o: { hertz: number; loud: number; decay: number }): void {
  const turn = (2 * Math.PI * o.hertz) / RATE
  const fade = Math.exp(-o.decay / RATE)
  const swing = 2 * fade * Math.cos(turn)
  let [before, now] = [(-o.loud * Math.sin(turn)) / fade, 0]
  for (let index = 0; index < sound.length; index += 1) {
    sound[index] = (sound[index] ?? 0) + now
    const next = swing * now - fade * fade * before
    before = now
    now = next
  }
}
