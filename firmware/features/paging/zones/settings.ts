// A zone is where something is heard: a set of phones, multicast streams, amplifiers, places and other zones.
import { DialNumber, Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { addressOf } from './multicast-address.ts'

const refs = (kind: string, title: string, description: string) =>
  Type.Array(Ref(kind, { onDelete: 'clear' }), { title, description, maxItems: 1000, default: [] })

export const Zone = Type.Object({
  name: Name({ title: 'Name' }),
  number: Type.Optional(DialNumber({ title: 'Number', description: 'Dial it to speak to this zone.' })),
  sites: refs('site', 'Whole sites', 'All phones of these sites.'),
  locations: refs('location', 'Locations', 'All phones that stand there, or in anything within.'),
  devices: refs('device', 'Phones and speakers', 'Called and answered by themselves.'),
  streams: refs('multicast-stream', 'Multicast streams', 'One stream is heard by everything that listens to it.'),
  amplifiers: Type.Array(Type.String({ minLength: 1, maxLength: 60, 'x-board': 'amplifier' }), {
    title: 'Amplifiers',
    description: 'Amplifiers wired to the box, by the names of its terminals.',
    maxItems: 64,
    default: [],
  }),
  zones: refs('zone', 'Other zones', 'Everything that those zones hold.'),
})
export type Zone = Static<typeof Zone>

/** The resource kind `zone`. */
export const zoneKind: ResourceKind<Zone> = {
  kind: 'zone',
  prefix: 'zon',
  title: ['Zone', 'Zones'],
  schema: Zone,
  label: 'name',
  check(zone, look): Record<string, string> {
    const id = (zone as { id?: string }).id
    return reaches(zone, id, look.all(zoneKind)) ? { zones: 'would make a circle: a zone cannot hold itself' } : {}
  },
}

/** Whether following the zone's members leads back to it. */
export function reaches(
  zone: Zone,
  own: string | undefined,
  all: readonly (Zone & { readonly id: string })[],
): boolean {
  const seen = new Set<string>()
  const open = [...zone.zones]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === own) return true
    if (seen.has(next)) continue
    seen.add(next)
    open.push(...(all.find(other => other.id === next)?.zones ?? []))
  }
  return false
}

/** A stream that leaves by every network of the box. */
export const EACH_NETWORK = 'each'

export const MulticastStream = Type.Object({
  name: Name({ title: 'Name' }),
  framing: Type.Union([Type.Literal('rtp', { title: 'RTP' }), Type.Literal('poly', { title: 'Poly group paging' })], {
    title: 'Kind',
    default: 'rtp',
    description: 'RTP for loudspeakers and most phones. Poly’s phones hear group paging of their own only.',
  }),
  group: Type.String({
    title: 'Group',
    maxLength: 50,
    default: '239.192.0.1',
    description: 'A multicast address; 239.192.0.0/14 is meant for use within a plant (RFC 2365).',
  }),
  port: Type.Integer({
    title: 'Port',
    minimum: 1024,
    maximum: 65_534,
    default: 5004,
    description: 'An even one for RTP. Poly’s phones listen to 224.0.1.116 port 5001 unless told otherwise.',
  }),
  pagingGroup: Type.Optional(
    Type.Integer({
      title: 'Paging group',
      minimum: 1,
      maximum: 25,
      description:
        'Of Poly’s phones: 24 is priority, 25 emergency, which is heard at full volume and in do-not-disturb.',
    }),
  ),
  codec: Type.Enum(['PCMU', 'PCMA', 'G722'], { title: 'Codec', default: 'PCMU' }),
  ttl: Type.Integer({
    title: 'Hops',
    minimum: 1,
    maximum: 255,
    default: 16,
    description: 'How many routers the stream may pass.',
    'x-advanced': true,
  }),
  network: Type.Optional(
    Type.String({
      title: 'Network',
      minLength: 1,
      maxLength: 40,
      'x-network': [EACH_NETWORK],
      description:
        'The network of the box that it leaves by, or each of them. Unless chosen, the way the box reaches others.',
    }),
  ),
  listeners: Type.Array(Ref('device', { onDelete: 'clear' }), {
    title: 'Listeners',
    description:
      'Phones set up to hear this stream: a page to the stream is not sent to them a second time, unless they are not signed in or do not answer.',
    maxItems: 1000,
    default: [],
  }),
  doubted: Type.Boolean({
    title: 'Call the listeners too',
    default: false,
    description: 'While it is not sure that the network carries the stream everywhere: they may hear a page twice.',
  }),
})
export type MulticastStream = Static<typeof MulticastStream>

/** The resource kind `multicast-stream`. */
export const streamKind: ResourceKind<MulticastStream> = {
  kind: 'multicast-stream',
  prefix: 'str',
  title: ['Multicast stream', 'Multicast streams'],
  schema: MulticastStream,
  label: 'name',
  check(stream, look): Record<string, string> {
    if (addressOf(stream.group) === undefined)
      return { group: `“${stream.group}” is not a multicast address: take one of 239.192.0.0 to 239.195.255.255` }
    const wrong = stream.framing === 'poly' ? polyFaults(stream) : rtpFaults(stream)
    if (Object.keys(wrong).length > 0) return wrong
    const id = (stream as { id?: string }).id
    const twins = look.all(streamKind).filter(other => sameStream(other, stream))
    const others = id === undefined ? twins.slice(1) : twins.filter(other => other.id !== id)
    return others[0] === undefined ? {} : { port: `“${others[0].name}” uses this group and port: choose another` }
  },
}

function rtpFaults({ port, pagingGroup }: MulticastStream): Record<string, string> {
  if (port % 2 !== 0) return { port: `${port} is odd, and the port above an even one is needed too: take ${port - 1}` }
  return pagingGroup === undefined
    ? {}
    : { pagingGroup: 'belongs to Poly’s group paging only: clear it, or choose that kind' }
}

function polyFaults({ codec, group, pagingGroup }: MulticastStream): Record<string, string> {
  if (pagingGroup === undefined) return { pagingGroup: 'is missing: choose 1 to 25, as it is set in the phones' }
  if (codec === 'PCMA') return { codec: 'is none that Poly’s phones take here: choose PCMU or G722' }
  return addressOf(group) === 6
    ? { group: 'must be an IPv4 address for Poly’s phones, 224.0.1.116 unless told otherwise' }
    : {}
}

/** Poly's groups share an address and a port, and are told apart by their number. */
const sameStream = (one: MulticastStream, other: MulticastStream): boolean =>
  one.group === other.group &&
  one.port === other.port &&
  !(one.framing === 'poly' && other.framing === 'poly' && one.pagingGroup !== other.pagingGroup)
