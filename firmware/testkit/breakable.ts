// One feature of the box that a scenario may break between two starts.
import type { AnyFeature } from '../kernel/order.ts'

/** These features with one that can be changed: `Object.assign(broken, { start: … })` holds from the next start on. */
export function breakable(features: readonly AnyFeature[], which: AnyFeature) {
  const broken: AnyFeature = { ...which }
  const swapped = new Map<AnyFeature, AnyFeature>([[which, broken]])
  const swap = (feature: AnyFeature): AnyFeature => {
    const needs = feature.needs?.map(swap) ?? []
    const touched = needs.some((one, at) => one !== feature.needs?.[at])
    const other = swapped.get(feature) ?? (touched ? { ...feature, needs } : feature)
    swapped.set(feature, other)
    return other
  }
  return { features: features.map(swap), broken }
}
