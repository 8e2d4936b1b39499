// Zones: where something is heard. Resolved from memory at the moment of a page, each endpoint once.
import type { PageTarget } from '../../../kernel/call/call.types.ts'
import type { Network } from '../../../kernel/call/sip-port.ts'
import { feature } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { devices } from '../../phones/devices/feature.ts'
import { lines } from '../../phones/lines/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import { NetworksNow } from './networks-now.ts'
import { pageTargets } from './page-targets.ts'
import { type Phones, phonesNow } from './phones.ts'
import { streamProblems, zoneProblems } from './problems.ts'
import { type Endpoint, resolve, type Surroundings, waysOf } from './resolve.ts'
import { routesOf } from './routes.ts'
import { type MulticastStream, streamKind, type Zone, zoneKind } from './settings.ts'
import { words } from './words.en.ts'

export type { Endpoint } from './resolve.ts'
export { type MulticastStream, streamKind, type Zone, zoneKind } from './settings.ts'

/** What pages and plans ask. */
export interface Zones {
  get(id: string): Stored<Zone> | undefined
  all(): readonly Stored<Zone>[]
  endpoints(zone: string): readonly Endpoint[]
  /** Those of every zone, by its id: the phones are looked through once. */
  survey(): ReadonlyMap<string, readonly Endpoint[]>
  /** The streams that zones hold, and the networks each leaves by; `undefined`: the box's own way decides. */
  streams(): readonly { readonly stream: Stored<MulticastStream>; readonly by: readonly string[] | undefined }[]
  /** Of the box, as they were a few seconds ago at most. */
  networks(): readonly Network[]
  /** What a page to this zone is sent to, now. */
  targets(zone: string): readonly PageTarget[]
}

export const zones = feature<unknown, Zones>({
  name: 'zones',
  about: 'Where announcements are heard: phones, multicast streams, amplifiers, places.',
  essential: true,
  needs: [locations, devices, lines, registrar],
  resources: [zoneKind, streamKind],
  permissions: { 'zones.view': 'See zones', 'zones.manage': 'Change zones' },
  words: { en: words },
  start(ctx) {
    const networks = new NetworksNow(ctx)
    const now = () => phonesNow({ devices: ctx.use(devices), lines: ctx.use(lines), registrar: ctx.use(registrar) })
    const around = (phones: Phones): Surroundings => ({
      zone: id => ctx.store.get(zoneKind, id),
      stream: id => ctx.store.get(streamKind, id),
      hearers: () => phones.hearers,
      networks: () => networks.each(),
      leaves: stream => networks.leaves(stream),
      amplifierLabel: id => ctx.board.profile?.amplifiers.find(one => one.id === id)?.label ?? id,
      within: location => ctx.use(locations).within(location),
    })
    const endpoints = (zone: string) => resolve([zone], around(now()))
    const all = () => ctx.store.all(zoneKind)
    return {
      api: {
        get: id => ctx.store.get(zoneKind, id),
        all,
        endpoints,
        survey() {
          const here = around(now())
          return new Map(all().map(({ id }) => [id, resolve([id], here)]))
        },
        networks: () => networks.all(),
        streams() {
          const held = new Set<string>(all().flatMap(zone => zone.streams))
          const streams = ctx.store.all(streamKind).filter(stream => held.has(stream.id))
          return streams.map(stream => ({ stream, by: waysOf(stream, networks.each()) }))
        },
        targets(zone) {
          const phones = now()
          const bindingsNow = (device: string) => ctx.use(registrar).bindingsOfDevice(device)
          return pageTargets(resolve([zone], around(phones)), { bindingsOf: phones.bindingsOf, bindingsNow })
        },
      },
      routes: routesOf(networks),
      problems() {
        const phones = now()
        return [
          ...all().flatMap(zone => zoneProblems(ctx, zone, resolve([zone.id], around(phones)))),
          ...ctx.store.all(streamKind).flatMap(stream => streamProblems(stream, networks)),
        ]
      },
    }
  },
})
export default zones
