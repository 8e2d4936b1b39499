// Networks: from an address to a place, and which stations may call for help unasked.
import { feature, type Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { locations } from '../locations/feature.ts'
import { sites } from '../sites/feature.ts'
import { type Network, networkKind } from './settings.ts'
import {
  type KnownNetwork,
  knownNetwork,
  type NetworkMap,
  networkMap,
  type Standing,
  type Whereabouts,
  whereaboutsOf,
} from './standing.ts'
import { words } from './words.en.ts'

export { type Network, networkKind } from './settings.ts'
export type { Standing, Whereabouts } from './standing.ts'

/** What other features ask about networks. All answers come from memory. */
export interface Networks {
  /** Where a device stands now, from what is known of it. */
  locationOf(device: Standing): Whereabouts
  /** The network around this address. */
  networkOf(address: string): Stored<Network> | undefined
  /** Address ranges whose stations may call emergency numbers without a challenge. */
  emergencyPrefixes(): readonly string[]
}

export const networks = feature<unknown, Networks>({
  name: 'networks',
  about: 'Address ranges and switch ports: where a station is when it calls for help.',
  needs: [sites, locations],
  resources: [networkKind],
  permissions: { 'networks.view': 'See networks', 'networks.manage': 'Change networks' },
  words: { en: words },
  start(ctx) {
    const all = () => ctx.store.all(networkKind)
    let seen: { readonly rev: number; readonly map: NetworkMap } | undefined
    // Read once per revision of the document: asked at every INVITE, and for every phone of a page.
    const map = () => {
      if (seen?.rev !== ctx.store.revision)
        seen = { rev: ctx.store.revision, map: networkMap(all().map(network => knownNetwork(network.id, network))) }
      return seen.map
    }
    return {
      api: {
        locationOf(device) {
          const found = whereaboutsOf(device, map(), ctx.clock.now())
          const site = found.site ?? ctx.use(sites).of()?.id
          return site === undefined ? found : { ...found, site }
        },
        networkOf(address) {
          const found = map().of(address)
          return found === undefined ? undefined : ctx.store.get(networkKind, found.id)
        },
        emergencyPrefixes: () =>
          all()
            .filter(network => network.emergencyWithoutPassword)
            .flatMap(network => network.prefixes),
      },
      problems: () => problemsOf(map().all),
    }
  },
})
export default networks

/** Two networks that claim the same range, or none at all. */
export function problemsOf(known: readonly KnownNetwork[]): Problem[] {
  if (known.length === 0)
    return [
      {
        code: 'networks.none',
        severity: 'warning',
        text: words['networks.none'],
        remedy: words['networks.none.remedy'],
      },
    ]
  const claims = known.flatMap(({ id, network, prefixes }) =>
    prefixes.map(prefix => ({ id, name: network.name, prefix })),
  )
  const found: Problem[] = []
  claims.forEach((claim, index) => {
    const rival = claims.slice(index + 1).find(other => other.id !== claim.id && sameRange(other.prefix, claim.prefix))
    if (rival === undefined) return
    const text = words['networks.overlap'].replace('{one}', claim.name).replace('{other}', rival.name)
    const range = `${claim.prefix.family === 4 ? 'an IPv4' : 'an IPv6'} range of length ${claim.prefix.length}`
    found.push({
      code: `networks.overlap:${claim.id}`,
      severity: 'serious',
      text: text.replace('{prefix}', range),
      remedy: words['networks.overlap.remedy'],
      link: `/network/${claim.id}`,
    })
  })
  return found
}

const sameRange = (a: KnownNetwork['prefixes'][number], b: typeof a): boolean =>
  a.family === b.family && a.length === b.length && a.network === b.network
