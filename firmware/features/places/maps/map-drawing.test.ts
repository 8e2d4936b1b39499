// Maps as strokes: boxes within boxes, what is urgent first, states of zones by their endpoints.
import test from 'ava'
import type { Shape } from '../../../kernel/pictures.ts'
import { pictureMap, schematicMap } from './map-drawing.ts'
import { laidOut, type Room } from './schematic.ts'
import { type Met, outcomeOf } from './zone-state.ts'

const textsOf = (shapes: readonly Shape[]) => shapes.flatMap(shape => (shape.shape === 'text' ? [shape.text] : []))
const room = (id: string, rooms: readonly Room[] = []): Room => ({ id, name: id, marks: 2, rooms })
const heading = { title: 'Fire', drill: false, alarm: true }

test('a place is drawn within what holds it, and beside what stands beside it', t => {
  const laid = laidOut([room('plant', [room('a'), room('b'), room('c')])], { x: 0, y: 0, width: 1000, height: 600 })
  const [plant, ...halls] = laid
  t.is(halls.length, 3)
  for (const hall of halls) {
    t.true(hall.x >= (plant?.x ?? 0) && hall.x + hall.width <= (plant?.x ?? 0) + (plant?.width ?? 0))
    t.true(hall.y >= (plant?.y ?? 0) && hall.y + hall.height <= (plant?.y ?? 0) + (plant?.height ?? 0))
    for (const other of halls)
      t.true(
        other === hall ||
          other.x >= hall.x + hall.width ||
          hall.x >= other.x + other.width ||
          other.y >= hall.y + hall.height ||
          hall.y >= other.y + other.height,
      )
  }
})

test('a place without room is not drawn; what stands in it is asked for in what holds it', t => {
  const many = Array.from({ length: 200 }, (_, at) => room(`hall-${at}`))
  let drawn: ReadonlySet<string> = new Set()
  schematicMap({
    width: 320,
    height: 240,
    heading,
    rooms: [room('plant', many)],
    marksFor: all => {
      drawn = all
      return new Map()
    },
  })
  t.deepEqual([...drawn], ['plant'])
})

test('a pressed button stands before all others, and its place is marked, however little room there is', t => {
  const marks = [
    ...Array.from({ length: 30 }, (_, at) => ({
      kind: 'button' as const,
      id: `${at}`,
      name: `Button ${at}`,
      pressed: false,
    })),
    { kind: 'button' as const, id: 'p', name: 'Gate 4', pressed: true },
  ]
  const { shapes } = schematicMap({
    width: 320,
    height: 240,
    heading,
    rooms: [room('plant')],
    marksFor: () => new Map([['plant', marks]]),
  })
  const texts = textsOf(shapes)
  t.true(texts.includes('Gate 4 – PRESSED'))
  t.true(texts.some(text => /^and \d+ more$/.test(text)))
  t.true(shapes.some(shape => shape.shape === 'box' && shape.fill === '#ffe3e3'))
})

test('a drill says so in the heading of every map', t => {
  const drill = { ...heading, drill: true }
  const one = schematicMap({
    width: 320,
    height: 240,
    heading: drill,
    rooms: [room('plant')],
    marksFor: () => new Map(),
  })
  const picture = { file: '/x.webp', width: 100, height: 100 }
  const other = pictureMap({ width: 320, height: 240, heading: drill, picture, spots: [], unplaced: [] })
  for (const { shapes } of [one, other]) t.true(textsOf(shapes).includes('DRILL – Fire'))
})

test('a spot stands at its part of the picture, which keeps its shape; a press without a spot is named', t => {
  const mark = { kind: 'button' as const, id: 'b', name: 'Gate 4', pressed: true }
  const picture = { file: '/x.webp', width: 2000, height: 1000 }
  const map = pictureMap({
    width: 1000,
    height: 600,
    heading,
    picture,
    spots: [{ mark, x: 0.5, y: 1 }],
    unplaced: ['Gate 9'],
  })
  const { background } = map
  t.is((background?.width ?? 0) / (background?.height ?? 1), 2)
  const disc = map.shapes.find(shape => shape.shape === 'disc')
  t.is(disc?.x, (background?.x ?? 0) + (background?.width ?? 0) / 2)
  t.is(disc?.y, (background?.y ?? 0) + (background?.height ?? 0))
  t.true(textsOf(map.shapes).includes('Not on this plan: Gate 9'))
})

const phone = (key: string) => ({ kind: 'device', key })

test('one silent phone makes a zone “not reached”, with how many', t => {
  const met = new Map<string, Met>([
    ['a', { state: 'answered', live: true }],
    ['b', { state: 'failed', live: true }],
  ])
  t.deepEqual(outcomeOf([phone('a'), phone('b')], met), { state: 'not-reached', missed: 1, of: 2 })
})

test('where nobody confirms, or nothing is known of an endpoint, a zone is “not verified”, never “sounding”', t => {
  const answered = { state: 'answered' as const, live: true }
  const stream = { kind: 'stream', key: 's' }
  const met = new Map<string, Met>([
    ['a', answered],
    ['s', { state: 'played', live: true }],
  ])
  t.is(outcomeOf([phone('a'), stream], met).state, 'not-verified')
  t.is(outcomeOf([phone('a'), phone('unasked')], met).state, 'not-verified')
  t.is(outcomeOf([phone('a')], new Map([['a', { state: 'sent' as const, live: true }]])).state, 'not-verified')
  t.is(outcomeOf([phone('a')], met).state, 'sounding')
  t.is(outcomeOf([phone('a')], new Map([['a', { ...answered, live: false }]])).state, 'heard')
  t.is(outcomeOf([phone('unasked')], met).state, 'quiet')
})
