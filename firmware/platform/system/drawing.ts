// Drawing a map into a PNG, the same strokes once. An errand: how long it takes depends on the picture below.
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createCanvas, loadImage, type SKRSContext2D } from '@napi-rs/canvas'
import type { Drawing, Shape } from '../../kernel/pictures.ts'
import { writeWhole } from './whole-file.ts'

export interface DrawOrder {
  readonly drawing: Drawing
  /** Named by what it shows: what is there already is not drawn again. */
  readonly file: string
}

/** They lie in memory: those that were asked for last are kept. */
const MOST_KEPT = 40
const FONT = '"DejaVu Sans", sans-serif'

/** Rejects when the picture below cannot be read, or the file not be written. */
export async function draw({ drawing, file }: DrawOrder): Promise<{ file: string }> {
  if (await isThere(file)) return { file }
  const canvas = createCanvas(drawing.width, drawing.height)
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#ffffff'
  pen.fillRect(0, 0, drawing.width, drawing.height)
  const { background } = drawing
  if (background !== undefined) {
    const image = await loadImage(await readFile(background.file))
    pen.imageSmoothingQuality = 'high'
    pen.drawImage(image, background.x, background.y, background.width, background.height)
  }
  for (const shape of drawing.shapes) stroke(pen, shape)
  await writeWhole(file, await canvas.encode('png'))
  await forgetOldest(dirname(file))
  return { file }
}

/** Used now counts as new. */
async function isThere(file: string): Promise<boolean> {
  const now = new Date()
  return utimes(file, now, now).then(
    () => true,
    () => false,
  )
}

async function forgetOldest(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter(name => name.endsWith('.png'))
  if (names.length <= MOST_KEPT) return
  const dated = await Promise.all(
    names.map(async name => {
      const file = join(directory, name)
      // Another errand may have taken it away meanwhile.
      const at = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      )
      return { file, at }
    }),
  )
  const old = dated.sort((a, b) => b.at - a.at).slice(MOST_KEPT)
  await Promise.all(old.map(({ file }) => rm(file, { force: true })))
}

function stroke(pen: SKRSContext2D, shape: Shape): void {
  if (shape.shape === 'box') box(pen, shape)
  else if (shape.shape === 'disc') disc(pen, shape)
  else text(pen, shape)
}

function box(pen: SKRSContext2D, { x, y, width, height, ...look }: Extract<Shape, { shape: 'box' }>): void {
  if (look.fill !== undefined) {
    pen.fillStyle = look.fill
    pen.fillRect(x, y, width, height)
  }
  if (look.stroke === undefined) return
  pen.strokeStyle = look.stroke
  pen.lineWidth = look.thick ?? 1
  pen.strokeRect(x, y, width, height)
}

function disc(pen: SKRSContext2D, { x, y, radius, ...look }: Extract<Shape, { shape: 'disc' }>): void {
  pen.beginPath()
  pen.arc(x, y, radius, 0, 2 * Math.PI)
  pen.fillStyle = look.fill
  pen.fill()
  if (look.stroke === undefined) return
  pen.strokeStyle = look.stroke
  pen.lineWidth = Math.max(1, radius / 5)
  pen.stroke()
}

function text(pen: SKRSContext2D, { x, y, width, size, ...look }: Extract<Shape, { shape: 'text' }>): void {
  pen.font = `${look.bold ? 'bold ' : ''}${size}px ${FONT}`
  if (look.halo) {
    pen.strokeStyle = '#ffffff'
    pen.lineWidth = size / 4
    pen.lineJoin = 'round'
    pen.strokeText(look.text, x, y, width)
  }
  pen.fillStyle = look.color
  pen.fillText(look.text, x, y, width)
}
