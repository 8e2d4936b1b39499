// Pictures of the plant: plans that somebody uploads are brought to size, maps are drawn. Both beside everything: never on the
// way of a call, page or alarm.
import type { KeptFile } from './blobs.ts'

/** A picture by its content, and its size in pixels. */
export interface KeptPicture extends KeptFile {
  readonly width: number
  readonly height: number
}

/** All lengths are pixels from the upper left corner, colours as CSS writes them. */
export type Shape =
  | {
      readonly shape: 'box'
      readonly x: number
      readonly y: number
      readonly width: number
      readonly height: number
      readonly fill?: string
      readonly stroke?: string
      readonly thick?: number
    }
  | {
      readonly shape: 'disc'
      readonly x: number
      readonly y: number
      readonly radius: number
      readonly fill: string
      readonly stroke?: string
    }
  | {
      readonly shape: 'text'
      /** The left end of its base line. */
      readonly x: number
      readonly y: number
      readonly text: string
      readonly size: number
      readonly color: string
      readonly bold?: boolean
      /** It is made narrower, not longer than this. */
      readonly width: number
      /** A light edge, so that it can be read on any picture. */
      readonly halo?: boolean
    }

/** What a map shows, to the last stroke: equal drawings are one file. */
export interface Drawing {
  readonly width: number
  readonly height: number
  readonly background?: {
    readonly file: string
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
  }
  readonly shapes: readonly Shape[]
}

export interface Pictures {
  /**
   * Brings an uploaded PNG, JPEG or WebP to a bounded size and keeps it. Rejects with `pictures.not-a-picture`, `pictures.damaged`,
   * `pictures.too-many-pixels` (field `picture`), or with why nothing is drawn at all.
   */
  keep(file: string): Promise<KeptPicture>
  /** A PNG. Rejects when it cannot be drawn; resolves within half a minute or not at all. */
  draw(drawing: Drawing): Promise<{ readonly file: string }>
}
