// A location is where something stands: a tree of buildings, floors, areas and rooms within a site.
import { Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { pathOf, trailOf } from './tree.ts'

export const LOCATION_KINDS = ['building', 'floor', 'area', 'room', 'post'] as const

export const Location = Type.Object({
  name: Type.String({ title: 'Name', minLength: 1, maxLength: 80, pattern: '\\S' }),
  site: Ref('site', { title: 'Site' }),
  parent: Type.Optional(
    Ref('location', { title: 'Within', description: 'Empty for what stands directly on the site.' }),
  ),
  kind: Type.Enum(LOCATION_KINDS, { title: 'Kind', default: 'area' }),
  address: Type.Optional(
    Type.String({
      title: 'Own street address',
      maxLength: 160,
      description: 'Only where it differs from what it stands in: a hall with its own gate.',
    }),
  ),
  validatedAt: Type.Optional(
    Type.Number({
      title: 'Address validated at',
      description: 'When the address was checked with those who answer 911.',
    }),
  ),
})
export type Location = Static<typeof Location>

/** The resource kind `location`. */
export const locationKind: ResourceKind<Location> = {
  kind: 'location',
  prefix: 'loc',
  title: ['Location', 'Locations'],
  schema: Location,
  label: 'name',
  check(location, look) {
    const all = look.all(locationKind)
    const parent = location.parent === undefined ? undefined : look.get(locationKind, location.parent)
    if (parent !== undefined && parent.site !== location.site)
      return { parent: `“${parent.name}” is on another site: choose one of the same site` }
    if (trailOf(location, all) === undefined)
      return { parent: 'would make a circle: a location cannot stand in itself' }
    const id = (location as { id?: string }).id
    const path = pathOf(location, all)
    const twins = all.filter(other => other.site === location.site && pathOf(other, all) === path)
    // The look already holds the value being saved: two of one path is one too many.
    const others = id === undefined ? twins.slice(1) : twins.filter(other => other.id !== id)
    return others.length > 0 ? { name: `“${path}” exists already: give it another name` } : {}
  },
}
