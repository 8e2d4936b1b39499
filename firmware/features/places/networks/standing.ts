// Where a device stands at this moment: the walk from the surest source to the weakest.

import { addressOf, contains, type Prefix, prefixOf } from './prefix.ts'
import type { Network } from './settings.ts'

/** What is known of a device when its place is asked. */
export interface Standing {
  readonly site?: string | undefined
  /** Set on the device by a person. */
  readonly location?: string | undefined
  /** The network that the device was on when its location was set; elsewhere the location no longer counts. */
  readonly locationNetwork?: string | undefined
  /** Where its packets come from. */
  readonly address?: string | undefined
  /** The switch port it says it hangs on (LLDP). */
  readonly switchPort?: { readonly switch: string; readonly port: string } | undefined
}

/** The answer, with where it came from and when it was true: kept with every emergency call. */
export interface Whereabouts {
  readonly location?: string
  readonly site?: string
  readonly network?: string
  readonly source: 'switch-port' | 'device' | 'network' | 'site'
  /** UTC milliseconds. */
  readonly at: number
}

/** A network as the walk needs it: its ranges read once. */
export interface KnownNetwork {
  readonly id: string
  readonly network: Network
  readonly prefixes: readonly Prefix[]
}

/** Reads the ranges of a network; those that are none are left out. */
export const knownNetwork = (id: string, network: Network): KnownNetwork => ({
  id,
  network,
  prefixes: network.prefixes.map(prefixOf).filter(prefix => prefix !== undefined),
})

/** The networks of a plant, and which of them an address lies in: looked for once per address. */
export interface NetworkMap {
  readonly all: readonly KnownNetwork[]
  of(address: string): KnownNetwork | undefined
}

/** More addresses than this come from nobody's phones: the memory of a scan is let go. */
const REMEMBERED = 20_000

export function networkMap(all: readonly KnownNetwork[]): NetworkMap {
  const found = new Map<string, KnownNetwork | undefined>()
  return {
    all,
    of(address) {
      if (found.has(address)) return found.get(address)
      const network = networkOf(address, all)
      if (found.size >= REMEMBERED) found.clear()
      found.set(address, network)
      return network
    },
  }
}

/** The network with the longest range around this address. */
export function networkOf(text: string, networks: readonly KnownNetwork[]): KnownNetwork | undefined {
  const address = addressOf(text)
  if (address === undefined) return undefined
  let best: { known: KnownNetwork; length: number } | undefined
  for (const known of networks)
    for (const prefix of known.prefixes)
      if (contains(prefix, address) && prefix.length > (best?.length ?? -1)) best = { known, length: prefix.length }
  return best?.known
}

/** Switch port, else what is set on the device while it is where that was set, else its network, else the site. */
export function whereaboutsOf(standing: Standing, networks: NetworkMap, at: number): Whereabouts {
  const known = standing.address === undefined ? undefined : networks.of(standing.address)
  const site = known?.network.site ?? standing.site
  const about = { ...(site === undefined ? {} : { site }), ...(known === undefined ? {} : { network: known.id }), at }
  const port = portOf(standing, networks.all)
  if (port !== undefined) return { ...about, site: port.site, location: port.location, source: 'switch-port' }
  if (standing.location !== undefined && isWhereItWasSet(standing, known))
    return { ...about, location: standing.location, source: 'device' }
  if (known?.network.location !== undefined) return { ...about, location: known.network.location, source: 'network' }
  return { ...about, source: 'site' }
}

function portOf(standing: Standing, networks: readonly KnownNetwork[]): { location: string; site: string } | undefined {
  const at = standing.switchPort
  if (at === undefined) return undefined
  for (const { network } of networks) {
    const port = network.ports.find(one => one.switch === at.switch && one.port === at.port)
    if (port !== undefined) return { location: port.location, site: network.site }
  }
  return undefined
}

/** A phone that was carried to another network no longer stands where somebody once wrote it stood. */
function isWhereItWasSet(standing: Standing, now: KnownNetwork | undefined): boolean {
  if (standing.locationNetwork === undefined || standing.address === undefined) return true
  return now?.id === standing.locationNetwork
}
