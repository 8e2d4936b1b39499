// One feature of the box that a scenario may break between two starts.
import type { AnyFeature } from '../kernel/order.ts'

/** These features with one that can be changed: `Object.assign(broken, { start: … })` holds from the next start on. */
export function breakable(features: readonly AnyFeature[], which: AnyFeature) {
  const broken: AnyFeature = { ...which }
  const swapped = new Map<AnyFeature, AnyFeature>([[which, broken]])
  const swap = (feature: AnyFeature): AnyFeature => {
    const needs = feature.needs?.map(swap) ?? []
    const touched = needs.some((one, at) => one !== feature.needs?.[at])
    const other = swapped.get(feature) ?? (touched ? { ...feature, needs, start: startWith(feature) } : feature)
    swapped.set(feature, other)
    return other
  }
  /** Whoever uses a feature names the one of the box: what it needs here stands in its place. */
  const startWith =
    ({ start }: AnyFeature): AnyFeature['start'] =>
    ctx =>
      start?.(Object.create(ctx, { use: { value: (needed: AnyFeature) => ctx.use(swap(needed)) } }))
  return { features: features.map(swap), broken }
}
