// What the switch plays: sounds, tones by frequency, lists of sounds, and pages with those who listen.
import type { LegId } from './sip-port.ts'

/** One sound that the switch holds in memory, loaded before it is needed. */
export type SoundId = string

/** Frequencies that sound together for so long; none: silence. */
export interface ToneStep {
  readonly hertz: readonly number[]
  readonly milliseconds: number
}

/** Steps one behind the other and over again; `from` is the step where it begins anew, the first unless said. */
export interface Tone {
  readonly steps: readonly ToneStep[]
  readonly from?: number
}

/** What a player speaks: sounds in order. */
export interface Playlist {
  readonly sounds: readonly SoundId[]
  /** How often the whole list is played; 0: until stopped. */
  readonly repeats: number
  /** Silence between two rounds. */
  readonly gapMilliseconds: number
}

/** Someone a page is sent to. */
export type PageListener =
  | { readonly id: string; readonly kind: 'leg'; readonly leg: LegId }
  /** Multicast group, a SIP-less speaker, or the board's amplifier port. */
  | {
      readonly id: string
      readonly kind: 'rtp'
      readonly host: string
      readonly port: number
      readonly codec: 'PCMU' | 'PCMA' | 'G722'
      readonly ttl?: number
      readonly ssrc?: number
      /** Name or address of the interface that it must leave by: while that is not there, nothing leaves. */
      readonly interface?: string
      /**
       * Not RTP but group paging as phones of Poly's make hear it. `channel`: on the wire, 25 above the number of the group;
       * `caller`: shown by the phone, 13 characters of ASCII.
       */
      readonly poly?: { readonly channel: number; readonly caller: string }
    }

export interface PageOptions {
  readonly page: string
  readonly source:
    | { readonly kind: 'playlist'; readonly playlist: Playlist }
    | { readonly kind: 'leg'; readonly leg: LegId }
  readonly listeners: readonly PageListener[]
  /** A late listener hears the round to its end and as many whole rounds as the page has left; never fewer than this. */
  readonly wholeRoundsForLate: number
}
