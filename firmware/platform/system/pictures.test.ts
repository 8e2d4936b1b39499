// Pictures with the real draughtsman: what is uploaded is bounded or refused with its remedy, maps come out as PNG, once.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas'
import test, { type ExecutionContext } from 'ava'
import { PbxError } from '../../kernel/errors.ts'
import { draw } from './drawing.ts'
import { bounded } from './picture-file.ts'
import { headOf } from './picture-head.ts'
import { drawingErrands, picturesBy } from './pictures.ts'
import { systemClock } from './system-clock.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const directory = () => mkdtempSync(join(tmpdir(), 'pictures-'))

function picture(width: number, height: number): Canvas {
  const canvas = createCanvas(width, height)
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#0000ff'
  pen.fillRect(0, 0, width / 2, height)
  return canvas
}
function fileOf(bytes: Uint8Array): string {
  const file = join(directory(), 'upload')
  writeFileSync(file, bytes)
  return file
}
const refusal = async (t: ExecutionContext, bytes: Uint8Array) => {
  const error = await t.throwsAsync(bounded({ file: fileOf(bytes), directory: directory() }), { instanceOf: PbxError })
  return error as PbxError
}

test('PNG, JPEG and WebP are known by their first bytes, with their size', async t => {
  const canvas = picture(300, 200)
  const files = {
    PNG: await canvas.encode('png'),
    JPEG: await canvas.encode('jpeg'),
    WebP: await canvas.encode('webp'),
  }
  for (const [type, bytes] of Object.entries(files))
    t.deepEqual(headOf(bytes), { type, width: 300, height: 200 } as never)
  t.is(headOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')), undefined)
  t.is(headOf(Buffer.alloc(0)), undefined)
})

test('a large picture is kept with at most 4096 pixels a side and its shape, under the digest of its bytes', async t => {
  const kept = await bounded({ file: fileOf(await picture(5000, 1000).encode('jpeg')), directory: directory() })
  t.is(kept.width, 4096)
  t.is(kept.height, 819)
  t.true(kept.file.endsWith(`${kept.sha256}.webp`))
  const image = await loadImage(readFileSync(kept.file))
  t.is(image.width, 4096)
})

test('what is no picture, damaged, or unfolds to too many pixels is refused with field and remedy', async t => {
  t.regex((await refusal(t, Buffer.from('hello'))).fields.picture ?? '', /PNG, JPEG or WebP/)
  const whole = await picture(300, 200).encode('png')
  const damaged = Buffer.concat([whole.subarray(0, 40), Buffer.alloc(60)])
  t.regex((await refusal(t, damaged)).fields.picture ?? '', /save it anew/)
  const bomb = Buffer.from(whole)
  bomb.writeUInt32BE(60_000, 16)
  bomb.writeUInt32BE(60_000, 20)
  const error = await refusal(t, bomb)
  t.is(error.code, 'pictures.too-many-pixels')
  t.regex(error.fields.picture ?? '', /64 million pixels/)
})

test('a map shows its picture, its signs and its letters; the same map is drawn once, and old ones go', async t => {
  const where = directory()
  const kept = await bounded({ file: fileOf(await picture(400, 200).encode('png')), directory: where })
  const file = join(where, 'map.png')
  const background = { file: kept.file, x: 0, y: 0, width: 400, height: 200 }
  const text = { shape: 'text', x: 210, y: 100, text: 'Gate 4', size: 20, color: '#000000', width: 180 } as const
  const disc = { shape: 'disc', x: 300, y: 160, radius: 10, fill: '#ff0000' } as const
  await draw({ drawing: { width: 400, height: 200, background, shapes: [disc, text] }, file })
  const image = await loadImage(readFileSync(file))
  const pen = createCanvas(400, 200).getContext('2d')
  pen.drawImage(image, 0, 0)
  const at = (x: number, y: number) => [...pen.getImageData(x, y, 1, 1).data.subarray(0, 3)]
  const [red = 255, , blue = 0] = at(50, 50)
  t.true(blue > 200 && red < 60)
  t.deepEqual(at(300, 160), [255, 0, 0])
  const letters = pen.getImageData(210, 80, 80, 24).data.filter((value, index) => index % 4 === 0 && value < 100)
  t.true(letters.length > 50, 'no letters: the fonts are missing')
  for (let more = 0; more < 45; more++)
    await draw({ drawing: { width: 10, height: 10, shapes: [] }, file: join(where, `${more}.png`) })
  t.is(readdirSync(where).filter(name => name.endsWith('.png')).length, 40)
})

test('the process of its own keeps and draws, and says what is wrong with a picture', async t => {
  const errands = drawingErrands({ clock: systemClock({ trusted: () => true }), log: silent })
  t.teardown(() => errands.close())
  const pictures = picturesBy(errands, { kept: directory(), drawn: join(directory(), 'maps') })
  t.is((await pictures.keep(fileOf(await picture(64, 32).encode('png')))).width, 64)
  const { file } = await pictures.draw({ width: 20, height: 10, shapes: [] })
  t.is(headOf(readFileSync(file))?.width, 20)
  const error = (await t.throwsAsync(pictures.keep(fileOf(Buffer.from('no'))))) as PbxError
  t.is(error.code, 'pictures.not-a-picture')
  t.deepEqual(Object.keys(errands.metrics()), ['pictures_waiting', 'pictures_process_starts'])
})
