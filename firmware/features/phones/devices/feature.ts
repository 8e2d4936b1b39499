// Devices: phones, speakers, gateways and consoles, and where each of them stands now.
import { feature, type Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { networks, type Whereabouts } from '../../places/networks/feature.ts'
import { type Device, deviceKind } from './settings.ts'
import { words } from './words.en.ts'

export { type Device, deviceKind } from './settings.ts'

/** What other features ask about devices. */
export interface Devices {
  get(id: string): Stored<Device> | undefined
  /** All that are not retired. */
  inUse(): readonly Stored<Device>[]
  /** Where a device stands, given the address that its packets come from, if it is known. */
  whereabouts(device: Stored<Device>, address?: string): Whereabouts
}

/** So many lonely devices are named one by one; more are counted. */
const NAMED_AT_MOST = 5

export const devices = feature<unknown, Devices>({
  name: 'devices',
  about: 'Phones, speakers and other things on the network, and where they stand.',
  essential: true,
  needs: [networks],
  resources: [deviceKind],
  permissions: { 'devices.view': 'See devices', 'devices.manage': 'Change devices' },
  words: { en: words },
  start(ctx) {
    const inUse = () => ctx.store.all(deviceKind).filter(device => !device.retired)
    const whereabouts = (device: Stored<Device>, address?: string) => {
      const { site, location, locationNetwork } = device
      return ctx.use(networks).locationOf({ site, location, locationNetwork, address })
    }
    return {
      api: { get: id => ctx.store.get(deviceKind, id), inUse, whereabouts },
      problems: () => problemsOf(inUse().filter(device => whereabouts(device).location === undefined)),
    }
  },
})
export default devices

function problemsOf(lonely: readonly Stored<Device>[]): Problem[] {
  const remedy = words['devices.no-location.remedy']
  if (lonely.length > NAMED_AT_MOST) {
    const text = words['devices.no-location.many'].replace('{count}', String(lonely.length))
    return [{ code: 'devices.no-location', severity: 'warning', text, remedy, link: '/device' }]
  }
  return lonely.map(({ id, name }) => ({
    code: `devices.no-location:${id}`,
    severity: 'warning',
    text: words['devices.no-location'].replace('{device}', name),
    remedy,
    link: `/device/${id}`,
  }))
}
