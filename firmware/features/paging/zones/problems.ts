// What is wrong with zones and streams, before anybody speaks there.
import type { Context, Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { NetworksNow } from './networks-now.ts'
import type { Endpoint } from './resolve.ts'
import { EACH_NETWORK, type MulticastStream, type Zone } from './settings.ts'
import { words } from './words.en.ts'

/** Zones in which nothing is heard, or that name an amplifier which this box lacks. */
export function zoneProblems(ctx: Context, zone: Stored<Zone>, endpoints: readonly Endpoint[]): Problem[] {
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

/** A stream that cannot leave: its network is not there, or its cable is out. */
export function streamProblems(stream: Stored<MulticastStream>, networks: NetworksNow): Problem[] {
  const { id, name, network } = stream
  if (network === undefined || networks.all().length === 0) return []
  const by = network === EACH_NETWORK ? networks.each() : [network]
  const link = `/multicast-stream/${id}`
  return by.flatMap((one): Problem[] => {
    const known = networks.get(one)
    if (known?.carrier) return []
    const key = known === undefined ? 'zones.no-network' : 'zones.no-cable'
    const text = words[key].replace('{stream}', name).replace('{network}', one)
    return [{ code: `${key}:${id}:${one}`, severity: 'serious', text, remedy: words[`${key}.remedy`], link }]
  })
}
