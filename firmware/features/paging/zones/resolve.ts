// From a zone to the endpoints that are heard in it: each once, however many ways lead there.
import type { MulticastStream, Zone } from './settings.ts'

/** A phone or speaker as a zone sees it. */
export interface Hearer {
  readonly id: string
  readonly label: string
  readonly site?: string | undefined
  /** Where it stands now. */
  readonly location?: string | undefined
}

/** A way to be heard. `key` is what is reached at most once at a time. */
export type Endpoint =
  | { readonly kind: 'device'; readonly key: string; readonly label: string; readonly device: string }
  | { readonly kind: 'stream'; readonly key: string; readonly label: string; readonly stream: MulticastStream }
  | { readonly kind: 'amplifier'; readonly key: string; readonly label: string; readonly amplifier: string }

/** What the resolution reads; all of it memory. */
export interface Surroundings {
  zone(id: string): Zone | undefined
  stream(id: string): MulticastStream | undefined
  hearers(): readonly Hearer[]
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
  const streams: Endpoint[] = []
  const reached = new Set<string>()
  const groups = new Set<string>()
  for (const id of contents.streams) {
    const stream = around.stream(id)
    if (stream === undefined) continue
    if (!stream.doubted) for (const device of stream.listeners) reached.add(device)
    const key = `stream:${stream.group}:${stream.port}`
    if (!groups.has(key)) streams.push({ kind: 'stream', key, label: stream.name, stream })
    groups.add(key)
  }
  const places = new Set([...contents.locations].flatMap(location => [...around.within(location)]))
  const phones = around
    .hearers()
    .filter(hearer => !reached.has(hearer.id) && isIn(hearer, contents, places))
    .map(({ id, label }): Endpoint => ({ kind: 'device', key: `device:${id}`, label, device: id }))
  return [...amplifiers, ...streams, ...phones]
}

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
