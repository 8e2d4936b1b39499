// Locations: where phones, buttons and speakers stand, and the words a rescuer needs to find them.
import { feature, type Problem } from '../../../kernel/feature.ts'
import type { Stored, StoreView } from '../../../kernel/store.ts'
import { addressLine, type Sites, sites } from '../sites/feature.ts'
import { type Location, locationKind } from './settings.ts'
import { ownAddressOf, type Place, pathOf, trailOf, within } from './tree.ts'
import { words } from './words.en.ts'

export { type Location, locationKind } from './settings.ts'
export type { Place } from './tree.ts'

/** What a rescuer is told: street address and the way inside. */
export interface CivicAddress {
  readonly street: string
  readonly path: string
  readonly country: string
}

/** What other features ask about locations. */
export interface Locations {
  get(id: string): Stored<Location> | undefined
  /** `Hall 3 / Line 2`; empty when the location is not there. */
  path(id: string | undefined): string
  /** The location and what it stands in, outermost first; nothing when it is not there. */
  trail(id: string | undefined): readonly Place[]
  /** This location and all within it. */
  within(id: string): ReadonlySet<string>
  /** Inherits the address of what it stands in, in the end the site's. */
  civicAddress(o: { location?: string; site?: string }): CivicAddress
}

export const locations = feature<unknown, Locations>({
  name: 'locations',
  about: 'Buildings, floors, areas and rooms, with the address each inherits.',
  needs: [sites],
  resources: [locationKind],
  permissions: { 'locations.view': 'See locations', 'locations.manage': 'Change locations' },
  words: { en: words },
  start: ctx => ({
    api: lookUp(ctx.store, ctx.use(sites)),
    problems: () => problemsOf(ctx.store.all(locationKind)),
  }),
})
export default locations

function lookUp(store: StoreView, site: Sites): Locations {
  const all = () => store.all(locationKind)
  const get = (id: string) => store.get(locationKind, id)
  const path = (id: string | undefined) => {
    const place = id === undefined ? undefined : get(id)
    return place === undefined ? '' : pathOf(place, all())
  }
  return {
    get,
    path,
    trail: id => {
      const place = id === undefined ? undefined : get(id)
      return place === undefined ? [] : (trailOf(place, all()) ?? [place])
    },
    within: id => within(id, all()),
    civicAddress(o) {
      const place = o.location === undefined ? undefined : get(o.location)
      const plant = site.of(place?.site ?? o.site)
      const inherited = plant === undefined ? '' : addressLine(plant)
      return {
        street: (place === undefined ? undefined : ownAddressOf(place, all())) ?? inherited,
        path: path(o.location),
        country: plant?.country ?? '',
      }
    },
  }
}

/** An own street address that nobody validated may send an ambulance to the wrong gate. */
function problemsOf(all: readonly Stored<Location>[]): Problem[] {
  return all
    .filter(place => place.address !== undefined && place.address !== '' && place.validatedAt === undefined)
    .map(place => ({
      code: `locations.not-validated:${place.id}`,
      severity: 'warning',
      text: words['locations.not-validated'].replace('{location}', pathOf(place, all)),
      remedy: words['locations.not-validated.remedy'],
      link: `/location/${place.id}`,
    }))
}
