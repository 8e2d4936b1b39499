// The jitter buffer of a page on its way to an amplifier: packets in as they come, 20 ms of samples out by the clock.
import { muLawTable } from './g711.ts'
import type { RtpPacket } from './rtp.ts'

/** Samples of 20 ms at 8 kHz. */
export const FRAME = 160
/** What is gathered before a talkspurt begins, and the most that is kept; samples. */
const PRIMED = 2 * FRAME
const MOST = 30 * FRAME

export interface Playout {
  push(packet: RtpPacket): void
  /** The next 20 ms; silence while it gathers or when a packet is missing. */
  next(): Int16Array
  readonly empty: boolean
  clear(): void
}

export function createPlayout(): Playout {
  const linear = muLawTable()
  let samples = new Int16Array(MOST)
  let held = 0
  let primed = false
  let last: { sequence: number; ssrc: number } | undefined

  const drop = (count: number) => {
    samples.copyWithin(0, count, held)
    held -= count
  }
  return {
    push({ sequence, ssrc, payload }) {
      // Late and doubled packets are dropped (distance modulo 2^16, RFC 3550 A.1); a new source starts anew.
      if (last?.ssrc === ssrc && ((sequence - last.sequence) & 0xffff) >= 0x8000) return
      if (last?.ssrc === ssrc && sequence === last.sequence) return
      last = { sequence, ssrc }
      if (payload.length > MOST) return
      if (held + payload.length > MOST) drop(held + payload.length - MOST)
      for (const code of payload) {
        samples[held] = linear[code] ?? 0
        held += 1
      }
      if (held >= PRIMED) primed = true
    },
    next() {
      const frame = new Int16Array(FRAME)
      if (!primed) return frame
      const count = Math.min(FRAME, held)
      frame.set(samples.subarray(0, count))
      drop(count)
      if (held === 0) primed = false
      return frame
    },
    get empty() {
      return held === 0 || !primed
    },
    clear() {
      samples = new Int16Array(MOST)
      held = 0
      primed = false
    },
  }
}
