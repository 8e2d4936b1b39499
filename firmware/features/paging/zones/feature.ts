// Zones: where something is heard. Resolved from memory at the moment of a page, each endpoint once.
import type { PageTarget } from '../../../kernel/call/call.types.ts'
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { devices } from '../../phones/devices/feature.ts'
import { lines } from '../../phones/lines/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import { pageTargets } from './page-targets.ts'
import { type Phones, phonesNow } from './phones.ts'
import { type Endpoint, resolve, type Surroundings } from './resolve.ts'
import { streamKind, type Zone, zoneKind } from './settings.ts'
import { words } from './words.en.ts'

export type { Endpoint } from './resolve.ts'
export { streamKind, type Zone, zoneKind } from './settings.ts'

/** What pages and plans ask. */
export interface Zones {
  get(id: string): Stored<Zone> | undefined
  all(): readonly Stored<Zone>[]
  endpoints(zone: string): readonly Endpoint[]
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
    const now = () => phonesNow({ devices: ctx.use(devices), lines: ctx.use(lines), registrar: ctx.use(registrar) })
    const around = (phones: Phones): Surroundings => ({
      zone: id => ctx.store.get(zoneKind, id),
      stream: id => ctx.store.get(streamKind, id),
      hearers: () => phones.hearers,
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
        targets(zone) {
          const phones = now()
          const bindingsNow = (device: string) => ctx.use(registrar).bindingsOfDevice(device)
          return pageTargets(resolve([zone], around(phones)), { bindingsOf: phones.bindingsOf, bindingsNow })
        },
      },
      problems() {
        const phones = now()
        return all().flatMap(zone => problemsOf(ctx, zone, resolve([zone.id], around(phones))))
      },
    }
  },
})
export default zones

function problemsOf(ctx: Context, zone: Stored<Zone>, endpoints: readonly Endpoint[]): Problem[] {
  const link = `/zone/${zone.id}`
  if (endpoints.length === 0) {
    const text = words['zones.empty'].replace('{zone}', zone.name)
    return [{ code: `zones.empty:${zone.id}`, severity: 'warning', text, remedy: words['zones.empty.remedy'], link }]
  }
  const profile = ctx.board.profile
  if (profile === undefined) return []
  return endpoints.flatMap((endpoint): Problem[] => {
    if (endpoint.kind !== 'amplifier' || profile.amplifiers.some(one => one.id === endpoint.amplifier)) return []
    const text = words['zones.no-amplifier'].replace('{zone}', zone.name).replace('{amplifier}', endpoint.amplifier)
    const remedy = words['zones.no-amplifier.remedy']
    return [{ code: `zones.no-amplifier:${zone.id}`, severity: 'serious', text, remedy, link }]
  })
}
