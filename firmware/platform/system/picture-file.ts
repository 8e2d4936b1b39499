// A picture that somebody uploaded becomes one of bounded size. Decoding takes seconds and memory: an errand.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCanvas, type Image, loadImage } from '@napi-rs/canvas'
import { PbxError } from '../../kernel/errors.ts'
import type { KeptPicture } from '../../kernel/pictures.ts'
import { headOf } from './picture-head.ts'
import { writeWhole } from './whole-file.ts'

export interface Bounding {
  readonly file: string
  /** Where it is kept, under the digest of its bytes. */
  readonly directory: string
}

/** The longer side of what is kept, pixels. */
export const LONGEST_SIDE = 4096
/** Four bytes each while it is decoded, and once more while it is scaled. */
export const MOST_PIXELS = 64_000_000
/** Of WebP, 0 to 100: thin lines and small letters of a plan stay clear. */
const QUALITY = 88

/** Throws PbxError `pictures.not-a-picture`, `pictures.too-many-pixels`, `pictures.damaged`; each names `picture`. */
export async function bounded({ file, directory }: Bounding): Promise<KeptPicture> {
  const bytes = await readFile(file)
  const head = headOf(bytes)
  if (head === undefined)
    throw refused('not-a-picture', 'this is no picture that the box reads', 'save it as PNG, JPEG or WebP')
  if (head.width * head.height > MOST_PIXELS)
    throw refused(
      'too-many-pixels',
      `the picture has ${head.width} × ${head.height} pixels`,
      `save it with at most ${MOST_PIXELS / 1_000_000} million pixels, such as 8000 × 8000`,
    )
  const image = await decoded(bytes)
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height))
  const [width, height] = [image.width, image.height].map(side => Math.max(1, Math.round(side * scale)))
  const size = { width: width ?? 1, height: height ?? 1 }
  const canvas = createCanvas(size.width, size.height)
  const paper = canvas.getContext('2d')
  // A plan with a transparent ground is drawn for white paper.
  paper.fillStyle = '#ffffff'
  paper.fillRect(0, 0, size.width, size.height)
  paper.imageSmoothingQuality = 'high'
  paper.drawImage(image, 0, 0, size.width, size.height)
  const kept = await canvas.encode('webp', QUALITY)
  const sha256 = createHash('sha256').update(kept).digest('hex')
  const place = join(directory, `${sha256}.webp`)
  await writeWhole(place, kept)
  return { file: place, sha256, ...size }
}

async function decoded(bytes: Buffer): Promise<Image> {
  const image = await loadImage(bytes).catch((cause: unknown) => {
    throw damaged(cause)
  })
  if (image.width < 1 || image.height < 1) throw damaged(undefined)
  return image
}

const damaged = (cause: unknown) =>
  refused('damaged', 'the picture is damaged', 'open it on a computer, save it anew, and upload that', cause)

const refused = (what: string, text: string, remedy: string, cause?: unknown) =>
  new PbxError(`pictures.${what}`, `${text}: ${remedy}`, {
    status: 400,
    fields: { picture: `${text}: ${remedy}` },
    ...(cause === undefined ? {} : { cause }),
  })
