// The tone that says somebody came in: a quarter of a second, soft.
import { type Pcm, RATE } from '../../paging/messages/feature.ts'

const SECONDS = 0.25
const LEVEL = 6000

/** Two notes upward. */
export function joinTone(): Pcm {
  const samples = Int16Array.from({ length: SECONDS * RATE }, (_, at) => {
    const time = at / RATE
    const hertz = time < SECONDS / 2 ? 523 : 659
    const edge = Math.min(1, time / 0.01, (SECONDS - time) / 0.02)
    return Math.round(LEVEL * edge * Math.sin(2 * Math.PI * hertz * time))
  })
  return { rate: RATE, samples }
}
