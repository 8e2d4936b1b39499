// The E-model: from delay, loss and codec to the rating R and to what people would say of the call (ITU-T G.107, G.107.1).

/** What differs from call to call; everything else has the default of G.107, table 2. */
export interface Conditions {
  /** One-way delay from mouth to ear, milliseconds: T and Ta; the round trip of an echo, Tr, is twice that. */
  readonly delayMilliseconds: number
  /** Packets that were not heard, lost or too late, percent. */
  readonly lossPercent: number
  /** Mean length of a loss over that of random loss; 1: random. G.107 knows values from 1 to 8. */
  readonly burstRatio: number
  /** Impairment by the codec, and how well it bears loss: G.113. */
  readonly impairment: number
  readonly robustness: number
}

/** Table 2 of G.107: levels in dB and dBm0p, what no packet tells. */
const SLR = 8
const RLR = 2
const OLR = SLR + RLR
const STMR = 15
const D_FACTOR = 3
const LSTR = STMR + D_FACTOR
const TELR = 65
const WEPL = 110
const QDU = 1
const NC = -70
const NFOR = -64
const ROOM_SEND = 35
const ROOM_RECEIVE = 35

const lg = Math.log10
const db = (...levels: readonly number[]): number => 10 * lg(levels.reduce((sum, level) => sum + 10 ** (level / 10), 0))

/** All noises, referred to the 0 dBr point (7.2). */
const NO = db(NC, sendNoise(), receiveNoise(), NFOR + RLR)
/** Signal over noise (7.2). */
const RO = 15 - 1.5 * (SLR + NO)

function sendNoise(): number {
  return ROOM_SEND - SLR - D_FACTOR - 100 + 0.004 * (ROOM_SEND - OLR - D_FACTOR - 14) ** 2
}

function receiveNoise(): number {
  const effective = ROOM_RECEIVE + 10 * lg(1 + 10 ** ((10 - LSTR) / 10))
  return RLR - 121 + effective + 0.008 * (effective - 35) ** 2
}

/** Narrowband R: 93.2 for a call without fault (G.107, 7.1). */
export function narrowbandRating(c: Conditions): number {
  return RO - simultaneous(c.delayMilliseconds) - delayImpairment(c.delayMilliseconds) - effectiveImpairment(c)
}

/**
 * Wideband R: 129 for a call without fault (G.107.1), of which Ro − Is is taken at its default: no packet tells more.
 * Delay impairs as it does narrowband calls.
 */
export function widebandRating(c: Conditions): number {
  return 129 - delayImpairment(c.delayMilliseconds) - effectiveImpairment(c)
}

/** MOS-CQE of a narrowband R (G.107, annex B). */
export function opinionOf(rating: number): number {
  if (rating <= 0) return 1
  if (rating >= 100) return 4.5
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
}

/** MOS-CQE of a wideband R, on the scale of 129 (G.107.1, annex A). */
export const widebandOpinionOf = (rating: number): number => opinionOf(rating / 1.29)

/** Is: too loud, side tone, quantising (7.3). */
function simultaneous(delay: number): number {
  const level = OLR + 0.2 * (64 + NO - RLR)
  const loud = 20 * ((1 + (level / 8) ** 8) ** (1 / 8) - level / 8)
  return loud + sideTone(delay) + quantising()
}

function sideTone(delay: number): number {
  const masked = -10 * lg(10 ** (-STMR / 10) + Math.exp(-delay / 4) * 10 ** (-TELR / 10))
  return (
    12 * (1 + ((masked - 13) / 6) ** 8) ** (1 / 8) -
    28 * (1 + ((masked + 1) / 19.4) ** 35) ** (1 / 35) -
    13 * (1 + ((masked - 3) / 33) ** 13) ** (1 / 13) +
    29
  )
}

function quantising(): number {
  const q = 37 - 15 * lg(QDU)
  const g = 1.07 + 0.258 * q + 0.0602 * q ** 2
  return 15 * lg(1 + 10 ** ((RO - 100) / 15 + 46 / 8.4 - g / 9) + 10 ** (46 / 30 - g / 40))
}

/** Id: echo to talker and listener, and waiting for an answer (7.4). */
function delayImpairment(delay: number): number {
  return talkerEcho(delay) + listenerEcho(2 * delay) + waiting(delay)
}

function talkerEcho(delay: number): number {
  if (delay < 1) return 0
  const loudness = TELR - 40 * lg((1 + delay / 10) / (1 + delay / 150)) + 6 * Math.exp(-0.3 * delay ** 2)
  const noise = -1.5 * (NO - RLR)
  const echo = 80 + 2.5 * (loudness - 14)
  return ((noise - echo) / 2 + Math.sqrt((noise - echo) ** 2 / 4 + 100) - 1) * (1 - Math.exp(-delay))
}

function listenerEcho(roundTrip: number): number {
  const echo = 10.5 * (WEPL + 7) * (roundTrip + 1) ** -0.25
  return (RO - echo) / 2 + Math.sqrt((RO - echo) ** 2 / 4 + 169)
}

function waiting(delay: number): number {
  if (delay <= 100) return 0
  const x = Math.log2(delay / 100)
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)
}

/** Ie-eff: codec and loss (7.5). */
export function effectiveImpairment({ lossPercent, burstRatio, impairment, robustness }: Conditions): number {
  if (lossPercent <= 0) return impairment
  return impairment + ((95 - impairment) * lossPercent) / (lossPercent / burstRatio + robustness)
}
