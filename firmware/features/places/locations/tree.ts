// The tree of locations: paths, what stands within what, and the address that a room inherits.

/** What the tree needs to know of a location. */
export interface Place {
  readonly name: string
  readonly site: string
  readonly parent?: string
  readonly kind: string
  readonly address?: string
}
type Known = Place & { readonly id: string }

/** The location and what it stands in, outermost first; `undefined` when its parents run in a circle. */
export function trailOf(place: Place, all: readonly Known[]): readonly Place[] | undefined {
  const trail: Place[] = [place]
  const own = (place as Partial<Known>).id
  for (let parent = place.parent; parent !== undefined; parent = trail[0]?.parent) {
    if (parent === own || trail.length > all.length + 1) return undefined
    const next = all.find(other => other.id === parent)
    if (next === undefined) break
    trail.unshift(next)
  }
  return trail
}

/** `Hall 3 / Line 2 / Post 14`: unique within a site. */
export const pathOf = (place: Place, all: readonly Known[]): string =>
  (trailOf(place, all) ?? [place]).map(step => step.name.normalize('NFC')).join(' / ')

/** This location and every one within it. */
export function within(id: string, all: readonly Known[]): ReadonlySet<string> {
  const found = new Set([id])
  for (let grown = true; grown; ) {
    const before = found.size
    for (const place of all) if (place.parent !== undefined && found.has(place.parent)) found.add(place.id)
    grown = found.size > before
  }
  return found
}

/** The nearest street address of its own on the way up; `undefined`: the site's. */
export const ownAddressOf = (place: Place, all: readonly Known[]): string | undefined =>
  (trailOf(place, all) ?? [place]).findLast(step => step.address !== undefined && step.address !== '')?.address
