// Tones that go before a voice: made, not stored, so that they are there even when nothing else is.
import { type Pcm, RATE } from './wav.ts'

/** What can sound before a message. ISO 7240-16 wants 3 to 10 seconds of alert tone before the first emergency message. */
export const TONES = ['none', 'chime', 'alert', 'evacuate'] as const
export type Tone = (typeof TONES)[number]

const LEVEL = 16_000

/** The sound of a tone: `chime` 1.6 s, `alert` and `evacuate` 4 s. */
export function toneOf(tone: Exclude<Tone, 'none'>): Pcm {
  switch (tone) {
    case 'chime':
      return made(1.6, time => {
        const late = time < 0.6 ? 0 : 0.6
        return (
          Math.exp(-3.5 * (time - late)) * ramp(time - late) * Math.sin(2 * Math.PI * (late === 0 ? 660 : 528) * time)
        )
      })
    case 'alert':
      // Two tones in turn, half a second each: heard through machines and told apart from a telephone.
      return made(
        4,
        time =>
          ramp(time % 0.5) * ramp(0.5 - (time % 0.5)) * Math.sin(2 * Math.PI * (time % 1 < 0.5 ? 970 : 800) * time),
      )
    case 'evacuate':
      // Slow whoop: 500 to 1200 Hz in 3.5 s, half a second of silence (NEN 2575).
      return made(4, time => {
        if (time >= 3.5) return 0
        return ramp(time) * ramp(3.5 - time) * Math.sin(2 * Math.PI * (500 * time + 100 * time * time))
      })
  }
}

/** Without a slope of 10 ms a tone begins and ends with a click. */
const ramp = (time: number): number => Math.max(0, Math.min(1, time / 0.01))

function made(seconds: number, wave: (time: number) => number): Pcm {
  const samples = new Int16Array(Math.round(seconds * RATE))
  for (let index = 0; index < samples.length; index++) samples[index] = Math.round(LEVEL * wave(index / RATE))
  return { rate: RATE, samples }
}
