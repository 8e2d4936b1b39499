// Where a caller for help is, as a document that machines of the emergency services read: a civic address (RFC 5139) in a
// PIDF-LO (RFC 4119, RFC 5491).
import type { Place } from '../../places/locations/feature.ts'
import type { Site } from '../../places/sites/feature.ts'

/** What is known of where the caller is. */
export interface Whereabouts {
  readonly site: Site
  /** The location and what it stands in, outermost first; empty where only the site is known. */
  readonly trail: readonly Place[]
  /** UTC milliseconds; absent where the clock is not believed. */
  readonly at?: number
}

/** More of a location's names are not told: the INVITE has to pass networks that cut it. */
const LONGEST_TEXT = 120
/** Which element a kind of location is; all others are told together in LOC. */
const ELEMENTS: Readonly<Record<string, string>> = { building: 'BLD', floor: 'FLR', room: 'ROOM' }
const NAMESPACES = [
  'xmlns="urn:ietf:params:xml:ns:pidf"',
  'xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"',
  'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"',
  'xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"',
].join(' ')

/** The document; undefined while neither street nor city is known: an empty one helps nobody. */
export function pidfLo(where: Whereabouts): string | undefined {
  const civic = civicOf(where)
  if (!civic.some(([name]) => name === 'RD' || name === 'A3')) return undefined
  const address = civic.map(([name, text]) => element(`ca:${name}`, escaped(text))).join('')
  const geopriv = [
    element('gp:location-info', element('ca:civicAddress', address)),
    element('gp:usage-rules', element('gp:retransmission-allowed', 'yes')),
    element('gp:method', 'Manual'),
  ].join('')
  const time = where.at === undefined ? '' : element('dm:timestamp', new Date(where.at).toISOString())
  const device = `<dm:device id="phone">${element('gp:geopriv', geopriv)}${time}</dm:device>`
  // An unlinked pseudonym (RFC 4119 section 2.1): who calls is told by the call itself.
  const head = `<presence ${NAMESPACES} entity="pres:caller@anonymous.invalid">`
  return `<?xml version="1.0" encoding="UTF-8"?>\r\n${head}${device}</presence>`
}

/** In the order of the schema. */
function civicOf({ site, trail }: Whereabouts): readonly (readonly [name: string, text: string])[] {
  // An address of its own is one line of text: it stands for street and number.
  const own = trail.findLast(({ address }) => address !== undefined && address !== '')?.address
  const inside = (kind: string) => trail.findLast(place => place.kind === kind)?.name ?? ''
  const others = trail.filter(({ kind }) => ELEMENTS[kind] === undefined).map(({ name }) => name)
  const all = [
    ['country', site.country],
    ['A1', site.region],
    ['A3', site.city],
    ['HNO', own === undefined ? site.houseNumber : ''],
    ['LOC', others.join(' / ')],
    ['FLR', inside('floor')],
    ['NAM', site.name],
    ['PC', site.postalCode],
    ['BLD', inside('building')],
    ['ROOM', inside('room')],
    ['RD', own ?? site.street],
  ] as const
  return all.map(([name, text]) => [name, told(text)] as const).filter(([, text]) => text !== '')
}

/** One line, without what XML 1.0 does not know: control characters, halves of characters, and two more. */
const told = (text: string): string =>
  [...text.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ').trim()].slice(0, LONGEST_TEXT).join('')

const escaped = (text: string): string => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`
