import test from 'ava'
import type { Place } from '../../places/locations/feature.ts'
import type { Site } from '../../places/sites/feature.ts'
import { pidfLo } from './pidf-lo.ts'

const SITE: Site = {
  name: 'Flint Assembly',
  houseNumber: '100',
  street: 'Assembly Way',
  city: 'Flint',
  region: 'MI',
  postalCode: '48551',
  country: 'US',
  timeZone: 'America/Detroit',
  language: 'en-us',
}
const place = (kind: string, name: string, more: Partial<Place> = {}): Place => ({ kind, name, site: 's', ...more })
/** The civic address as pairs, in its order. */
const civic = (document = ''): readonly (readonly string[])[] =>
  [...document.matchAll(/<ca:(?!civicAddress)(\w+)>([^<]*)<\/ca:\1>/g)].map(([, name = '', text = '']) => [name, text])

test('a caller in a room is told with street, building, floor, room and the way inside', t => {
  const trail = [
    place('building', 'Hall 3'),
    place('floor', '2'),
    place('area', 'Paint shop'),
    place('room', '2.14'),
    place('post', 'Post 9'),
  ]
  const document = pidfLo({ site: SITE, trail, at: Date.UTC(2026, 0, 2, 3, 4, 5) })
  t.deepEqual(civic(document), [
    ['country', 'US'],
    ['A1', 'MI'],
    ['A3', 'Flint'],
    ['HNO', '100'],
    ['LOC', 'Paint shop / Post 9'],
    ['FLR', '2'],
    ['NAM', 'Flint Assembly'],
    ['PC', '48551'],
    ['BLD', 'Hall 3'],
    ['ROOM', '2.14'],
    ['RD', 'Assembly Way'],
  ])
  t.regex(document ?? '', /<dm:timestamp>2026-01-02T03:04:05\.000Z<\/dm:timestamp>/)
})

test('the address of a hall with a gate of its own stands for street and number of the site', t => {
  const found = new Map(
    civic(
      pidfLo({ site: SITE, trail: [place('building', 'Hall 9', { address: '7 Gate Road' }), place('room', '1')] }),
    ).map(([name = '', text = '']) => [name, text]),
  )
  t.deepEqual([found.get('RD'), found.get('HNO'), found.get('A3')], ['7 Gate Road', undefined, 'Flint'])
})

test('names are told whatever they are made of, each as one line of bounded length', t => {
  const odd = `<a href="x">'&\u0000\n\ud800\uffff ${'ü'.repeat(300)}`
  const document = pidfLo({ site: SITE, trail: [place('building', odd)] }) ?? ''
  const [, text = ''] = civic(document).find(([name]) => name === 'BLD') ?? []
  t.true(text.startsWith('&#60;a href=&#34;x&#34;&#62;&#39;&#38;'))
  t.true(document.length < 1600)
  for (const letter of ['\u0000', '\n<', '\ud800', '\uffff']) t.false(text.includes(letter))
})

test('without street and city there is no document, without a clock no time in it', t => {
  t.is(pidfLo({ site: { ...SITE, street: '', city: '' }, trail: [place('building', 'Hall 3')] }), undefined)
  t.false(pidfLo({ site: SITE, trail: [] })?.includes('timestamp'))
})
