// A message cut into pieces that can be searched: at telephone rate, short, overlapping, without its pauses.

import { resample, rms, type Sound } from './sound.ts'

/** What a telephone carries whatever the codec; all work is done at this rate. */
const rate = 8000
/** Samples. */
export const ms = rate / 1000
export const blockMs = 60
export const stepMs = 20

/** At 8 kHz and without the rumble and direct voltage that only one of the two may have. */
export function prepared(sound: Sound): Float32Array {
  const { samples } = resample(sound, rate)
  let slow = 0
  return samples.map(sample => {
    slow += (sample - slow) * 0.1
    return sample - slow
  })
}

export interface Block {
  at: number
  samples: Float32Array
  level: number
}

/** Overlapping pieces of the message, without its pauses: silence proves nothing. */
export function blocksOf(sent: Float32Array): Block[] {
  const size = blockMs * ms
  const blocks: Block[] = []
  for (let at = 0; at + size <= sent.length; at += stepMs * ms) {
    blocks.push({ at, samples: sent.subarray(at, at + size), level: rms(sent, at, at + size) })
  }
  const loudest = Math.max(0, ...blocks.map(block => block.level))
  return loudest < 1e-4 ? [] : blocks.filter(block => block.level > loudest / 60)
}
