// One loudspeaker amplifier of the board: its relay, its RTP port, and the clock that feeds it 20 ms at a time.
import { type Arbiter, createArbiter, type MessageOrder, type Speaker } from './arbiter.ts'
import type { AudioOutput } from './board.ts'
import type { BoardClock } from './clock.ts'
import { FRAME } from './playout.ts'
import type { Problems } from './problems.ts'
import type { Amplifier, PressId } from './protocol.ts'
import { readRtp } from './rtp.ts'

const TICK = 20
/** Ticks that a stalled process makes up for; beyond, that much sound is lost rather than late. */
const MOST_CATCH_UP = 5
/** The relay stays on so long after the last sound, or after an announcement without sound; milliseconds. */
const LINGER = 3000
/** Silence after the last sound, so that what is buffered in the output is pushed out; ticks. */
const TAIL = 10

export interface AmplifierOptions {
  readonly amplifier: Amplifier
  readonly clock: BoardClock
  readonly output: AudioOutput
  readonly problems: Problems
  /** Switches the amplifier's relay, where it has one. */
  relay(on: boolean): void
  played(press: PressId, complete: boolean): void
}

export interface AmplifierChannel {
  announce(speaker: Speaker): void
  silence(owner: string): void
  arm(order: MessageOrder): void
  audioLeaving(key: string): void
  drop(keys: ReadonlySet<string>): void
  /** A datagram from the amplifier's port. */
  datagram(bytes: Uint8Array): void
  close(): void
}

export function openAmplifier(o: AmplifierOptions): AmplifierChannel {
  const { clock, amplifier } = o
  const arbiter: Arbiter = createArbiter(o.played)
  let ticking = false
  let nextTick = 0
  let tail = 0
  let wantedUntil = 0
  let settledAt: number | undefined
  let strangers = 0
  let forgetTick = () => {}

  const wake = () => {
    const now = clock.since()
    wantedUntil = now + LINGER
    if (settledAt === undefined) {
      settledAt = now + (amplifier.relay === undefined ? 0 : amplifier.settleMilliseconds)
      o.relay(true)
    }
    if (ticking) return
    ticking = true
    nextTick = now
    tick()
  }
  const tick = () => {
    const now = clock.since()
    if (now - nextTick > MOST_CATCH_UP * TICK) nextTick = now
    try {
      while (nextTick <= now) {
        nextTick += TICK
        frame(nextTick - TICK)
      }
    } finally {
      // Whatever went wrong with one frame, the next one is due.
      if (arbiter.busy(now) || tail > 0) wantedUntil = now + LINGER
      if (now < wantedUntil) forgetTick = clock.after(nextTick - now, tick)
      else rest()
    }
  }
  const frame = (now: number) => {
    // Nothing is taken from the arbiter before the relay has settled: the first word is not cut off.
    const samples = settledAt !== undefined && now >= settledAt ? arbiter.next(now) : undefined
    if (samples !== undefined) tail = TAIL
    else if (tail > 0) tail -= 1
    if (samples !== undefined || tail > 0) o.output.write(samples ?? new Int16Array(FRAME))
  }
  const rest = () => {
    ticking = false
    settledAt = undefined
    o.relay(false)
  }
  const accepted = (bytes: Uint8Array): boolean => {
    const packet = readRtp(bytes)
    if (packet === undefined) return false
    if (packet.payloadType !== 0) {
      const text = `Audio for ${amplifier.label} comes with payload type ${packet.payloadType}; it takes G.711 µ-law only.`
      o.problems.raise(`board.audio-format:${amplifier.id}`, text)
      return false
    }
    return arbiter.packet(packet, clock.since())
  }

  return {
    announce(speaker) {
      arbiter.announce(speaker)
      wake()
    },
    silence: owner => arbiter.silence(owner),
    arm(order) {
      arbiter.arm(order)
      wake()
    },
    audioLeaving: key => arbiter.audioLeaving(key, clock.since()),
    drop: keys => arbiter.drop(keys),
    datagram(bytes) {
      if (accepted(bytes)) {
        strangers = 0
        o.problems.solve(`board.audio-format:${amplifier.id}`)
        o.problems.solve(`board.audio-unannounced:${amplifier.id}`)
        wake()
        return
      }
      strangers += 1
      // The first packets of a page may overtake its announcement, which comes by another socket.
      if (strangers !== 50) return
      const text = `Audio arrives for ${amplifier.label} that nobody announced: it is not played.`
      o.problems.raise(`board.audio-unannounced:${amplifier.id}`, text)
    },
    close() {
      forgetTick()
      o.output.close()
    },
  }
}
