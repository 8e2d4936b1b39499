// How much each codec impairs speech by itself, and how well it bears loss: the figures that the E-model needs (ITU-T G.113).

export interface CodecRating {
  readonly band: 'narrow' | 'wide'
  /** Ie, or Ie,WB of a wideband codec. */
  readonly impairment: number
  /** Bpl, or Bpl,WB. */
  readonly robustness: number
}

/** G.711 in a phone that conceals loss (G.711 appendix I), as practically all do, and in one that does not. */
const G711 = { band: 'narrow', impairment: 0, robustness: 25.1 } as const
const G711_BARE = { band: 'narrow', impairment: 0, robustness: 4.3 } as const

/** By the name in SDP, in capitals. */
const RATINGS: ReadonlyMap<string, CodecRating> = new Map<string, CodecRating>([
  ['PCMU', G711],
  ['PCMA', G711],
  ['G729', { band: 'narrow', impairment: 11, robustness: 19 }],
  ['G723', { band: 'narrow', impairment: 15, robustness: 16.1 }],
  ['ILBC', { band: 'narrow', impairment: 11, robustness: 32 }],
  // At 64 kbit/s, which is all that phones send; its Bpl,WB is chosen here, as cautious as for bare G.711.
  ['G722', { band: 'wide', impairment: 13, robustness: 4.3 }],
  // G.113 does not know Opus. Chosen here: at the 24 to 40 kbit/s of telephones hardly audible, its concealment good.
  ['OPUS', { band: 'wide', impairment: 2, robustness: 12 }],
])

/** Undefined for a codec that nobody rated: then there is no opinion rather than a guess. */
export function ratingOf(codec: string, o: { readonly concealed: boolean }): CodecRating | undefined {
  const rating = RATINGS.get(codec.toUpperCase())
  return rating === G711 && !o.concealed ? G711_BARE : rating
}
