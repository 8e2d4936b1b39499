// A map as strokes: a title, the plan or the boxes of the places, and the marks on it. Pure: it is drawn elsewhere.
import type { Drawing, Shape } from '../../../kernel/pictures.ts'
import { colorOf, type Mark, textOf, urgencyOf } from './marks.ts'
import { type Area, type Laid, LINE, laidOut, type Room } from './schematic.ts'
import { words } from './words.en.ts'

/** What stands above every map. */
export interface Heading {
  readonly title: string
  readonly drill: boolean
  /** An alarm; else the map of a place. */
  readonly alarm: boolean
}

interface Size {
  readonly width: number
  readonly height: number
}

const HEAD = 36
const MARGIN = 8
const INK = '#212529'

/** Drawn places → what stands in each, or in what is within it and has no room of its own. */
export type MarksFor = (drawn: ReadonlySet<string>) => ReadonlyMap<string, readonly Mark[]>

/** The places as boxes; a mark stands in its place, or in the nearest that is drawn. */
export function schematicMap(o: Size & { heading: Heading; rooms: readonly Room[]; marksFor: MarksFor }): Drawing {
  const { width, height } = o
  const area = { x: MARGIN, y: HEAD + MARGIN, width: width - 2 * MARGIN, height: height - HEAD - 2 * MARGIN }
  const laid = laidOut(o.rooms, area)
  const marksOf = o.marksFor(new Set(laid.map(({ id }) => id)))
  const shapes = laid.flatMap(place => {
    const marks = marksOf.get(place.id) ?? []
    return [
      ...roomShapes(
        place,
        marks.some(mark => mark.pressed),
      ),
      ...listed(marks, place.marks),
    ]
  })
  return { width, height, shapes: [...headShapes(o.heading, width), ...shapes] }
}

function roomShapes({ name, ...area }: Laid, pressed: boolean): readonly Shape[] {
  return [
    { shape: 'box', ...boxOf(area), fill: pressed ? '#ffe3e3' : '#f8f9fa', stroke: '#868e96', thick: 1 },
    { shape: 'text', x: area.x + 6, y: area.y + 16, text: name, size: 13, color: INK, bold: true, width: room(area) },
  ]
}

const boxOf = ({ x, y, width, height }: Area) => ({ x, y, width, height })
const room = ({ width }: Area) => Math.max(1, width - 12)

/** One below the other, the most urgent first; those without room are counted. */
function listed(marks: readonly Mark[], area: Area): readonly Shape[] {
  const lines = Math.max(1, Math.floor(area.height / LINE))
  const sorted = [...marks].sort((a, b) => urgencyOf(b) - urgencyOf(a))
  const fits = sorted.length <= lines ? sorted : sorted.slice(0, lines - 1)
  const more = sorted.length - fits.length
  const shapes = fits.flatMap((mark, at) =>
    signShapes(mark, { x: area.x + 7, y: area.y + at * LINE + 9, width: area.width }),
  )
  if (more === 0) return shapes
  const text = words['maps.more'].replace('{count}', String(more))
  const y = area.y + fits.length * LINE + 14
  // One that is pressed is never hidden behind others: at least the count is in its colour.
  const color = sorted.slice(fits.length).some(mark => mark.pressed) ? '#c92a2a' : INK
  return [...shapes, { shape: 'text', x: area.x + 4, y, text, size: 12, color, width: Math.max(1, area.width) }]
}

function signShapes(mark: Mark, at: { x: number; y: number; width: number; halo?: true }): readonly Shape[] {
  const color = colorOf(mark)
  const { x, y } = at
  const sign: Shape =
    mark.kind === 'zone'
      ? { shape: 'box', x: x - 5, y: y - 5, width: 10, height: 10, fill: color, stroke: '#ffffff' }
      : { shape: 'disc', x, y, radius: mark.pressed ? 8 : 5, fill: color, stroke: '#ffffff' }
  const words: Shape = {
    shape: 'text',
    x: x + 12,
    y: y + 5,
    text: textOf(mark),
    size: mark.pressed ? 14 : 12,
    color,
    bold: mark.pressed || mark.outcome !== undefined,
    width: Math.max(1, at.width - 16),
    ...(at.halo && { halo: true }),
  }
  return [sign, words]
}

/** A mark on a picture: parts of its width and height. */
export interface Spot {
  readonly mark: Mark
  readonly x: number
  readonly y: number
}

/** The picture as large as it goes, with its spots; what has none is named above it. */
export function pictureMap(
  o: Size & {
    heading: Heading
    picture: { readonly file: string; readonly width: number; readonly height: number }
    spots: readonly Spot[]
    unplaced: readonly string[]
  },
): Drawing {
  const { width, height, picture } = o
  const top = HEAD + (o.unplaced.length > 0 ? LINE + 4 : 0)
  const scale = Math.min(width / picture.width, (height - top) / picture.height)
  const size = { width: picture.width * scale, height: picture.height * scale }
  const at = { x: (width - size.width) / 2, y: top + (height - top - size.height) / 2 }
  const sorted = [...o.spots].sort((a, b) => urgencyOf(a.mark) - urgencyOf(b.mark))
  const shapes = sorted.flatMap(({ mark, x, y }) => {
    const place = { x: at.x + x * size.width, y: at.y + y * size.height }
    return signShapes(mark, { ...place, width: Math.max(120, width - place.x), halo: true })
  })
  const text = words['maps.unplaced'].replace('{names}', o.unplaced.join(', '))
  const above: Shape = { shape: 'text', x: MARGIN, y: HEAD + 17, text, size: 14, color: '#c92a2a', bold: true, width }
  return {
    width,
    height,
    background: { file: picture.file, ...at, ...size },
    shapes: [...headShapes(o.heading, width), ...(o.unplaced.length > 0 ? [above] : []), ...shapes],
  }
}

function headShapes({ title, drill, alarm }: Heading, width: number): readonly Shape[] {
  const fill = drill ? '#6741d9' : alarm ? '#c92a2a' : '#343a40'
  const text = drill ? words['maps.drill'].replace('{title}', title) : title
  return [
    { shape: 'box', x: 0, y: 0, width, height: HEAD, fill },
    { shape: 'text', x: MARGIN, y: 25, text, size: 19, color: '#ffffff', bold: true, width: width - 2 * MARGIN },
  ]
}
