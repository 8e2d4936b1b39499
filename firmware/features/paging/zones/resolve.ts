// From a zone to the endpoints that are heard in it: each once, however many ways lead there.
import { EACH_NETWORK, type MulticastStream, type Zone } from './settings.ts'

/** A phone or speaker as a zone sees it. */
export interface Hearer {
  readonly id: string
  readonly label: string
  readonly site?: string | undefined
  /** Where it stands now. */
  readonly location?: string | undefined
  /** It could sign in and has not, or does not answer: that it hears a stream is not to be believed. */
  readonly astray: boolean
}

/** A way to be heard. `key` is what is reached at most once at a time. */
export type Endpoint =
  | { readonly kind: 'device'; readonly key: string; readonly label: string; readonly device: string }
  | {
      readonly kind: 'stream'
      readonly key: string
      readonly label: string
      readonly stream: MulticastStream
      /** The interface it must leave by. */
      readonly network?: string
    }
  | { readonly kind: 'amplifier'; readonly key: string; readonly label: string; readonly amplifier: string }

/** What the resolution reads; all of it memory. */
export interface Surroundings {
  zone(id: string): Zone | undefined
  stream(id: string): MulticastStream | undefined
  hearers(): readonly Hearer[]
  /** Those that a stream to each network leaves by. */
  networks(): readonly string[]
  /** Whether anything of a stream can leave the box now. */
  leaves(stream: MulticastStream): boolean
  /** What the board calls the amplifier at this terminal. */
  amplifierLabel(terminal: string): string
  /** The location and all within it. */
  within(location: string): ReadonlySet<string>
}

/** What a zone holds once nested zones are opened. */
interface Contents {
  readonly sites: Set<string>
  readonly locations: Set<string>
  readonly devices: Set<string>
  readonly streams: Set<string>
  readonly amplifiers: Set<string>
}

/** The endpoints of these zones together, each once: amplifiers, then streams, then phones that no stream reaches. */
export function resolve(zones: readonly string[], around: Surroundings): readonly Endpoint[] {
  const contents = opened(zones, around)
  const amplifiers = [...contents.amplifiers].map((amplifier): Endpoint => {
    const label = around.amplifierLabel(amplifier)
    return { kind: 'amplifier', key: `amplifier:${amplifier}`, label, amplifier }
  })
  const streams = [...contents.streams].flatMap(id => around.stream(id) ?? [])
  const places = new Set([...contents.locations].flatMap(location => [...around.within(location)]))
  const hearers = around.hearers()
  const { reached, called } = listenersOf(streams, hearers, around)
  const phones = hearers
    .filter(({ id }) => !reached.has(id))
    .filter(hearer => called.has(hearer.id) || isIn(hearer, contents, places))
    .map(({ id, label }): Endpoint => ({ kind: 'device', key: `device:${id}`, label, device: id }))
  return [...amplifiers, ...distinct(streams.flatMap(stream => endpointsOf(stream, around.networks()))), ...phones]
}

/** The networks that a stream leaves by; `undefined`: the way that the box itself chooses, as where it knows no network yet. */
export function waysOf({ network }: MulticastStream, networks: readonly string[]): readonly string[] | undefined {
  if (network !== EACH_NETWORK) return network === undefined ? undefined : [network]
  return networks.length > 0 ? networks : undefined
}

/** A stream that leaves by each network is heard, or not, in each of them by itself. */
function endpointsOf(stream: MulticastStream, networks: readonly string[]): Endpoint[] {
  const number = stream.framing === 'poly' ? `#${stream.pagingGroup}` : ''
  const key = `stream:${stream.group}:${stream.port}${number}`
  const one = { kind: 'stream', key, label: stream.name, stream } as const
  return (waysOf(stream, networks) ?? [undefined]).map(network => {
    if (network === undefined) return one
    if (stream.network === network) return { ...one, network }
    return { ...one, key: `${one.key}@${network}`, label: `${one.label} (${network})`, network }
  })
}

/** Whom the streams reach, and whom they may not reach: those are called, also when only the stream belongs to the zone. */
function listenersOf(streams: readonly MulticastStream[], hearers: readonly Hearer[], around: Surroundings) {
  const astray = new Set(hearers.filter(hearer => hearer.astray).map(hearer => hearer.id))
  const trusted = streams.filter(stream => !stream.doubted && around.leaves(stream)).flatMap(one => one.listeners)
  const reached = new Set<string>(trusted.filter(id => !astray.has(id)))
  const called = new Set<string>(streams.flatMap(stream => stream.listeners).filter(id => !reached.has(id)))
  return { reached, called }
}

const distinct = (endpoints: readonly Endpoint[]): Endpoint[] => [
  ...new Map(endpoints.map(endpoint => [endpoint.key, endpoint])).values(),
]

const isIn = (hearer: Hearer, contents: Contents, places: ReadonlySet<string>): boolean =>
  contents.devices.has(hearer.id) ||
  (hearer.site !== undefined && contents.sites.has(hearer.site)) ||
  (hearer.location !== undefined && places.has(hearer.location))

function opened(zones: readonly string[], around: Surroundings): Contents {
  const contents: Contents = {
    sites: new Set(),
    locations: new Set(),
    devices: new Set(),
    streams: new Set(),
    amplifiers: new Set(),
  }
  const seen = new Set<string>()
  const open = [...zones]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const zone = around.zone(id)
    if (zone === undefined || seen.has(id)) continue
    seen.add(id)
    for (const site of zone.sites) contents.sites.add(site)
    for (const location of zone.locations) contents.locations.add(location)
    for (const device of zone.devices) contents.devices.add(device)
    for (const stream of zone.streams) contents.streams.add(stream)
    for (const amplifier of zone.amplifiers) contents.amplifiers.add(amplifier)
    open.push(...zone.zones)
  }
  return contents
}
