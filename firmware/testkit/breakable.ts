// One feature of the box that a scenario may break between two starts.
import type { Context } from '../kernel/feature.ts'
import type { AnyFeature } from '../kernel/order.ts'

/** These features with one that can be changed: `Object.assign(broken, { start: … })` holds from the next start on. */
export function breakable(features: readonly AnyFeature[], which: AnyFeature) {
  const broken: AnyFeature = { ...which }
  const swapped = new Map<AnyFeature, AnyFeature>([[which, broken]])
  const swap = (feature: AnyFeature): AnyFeature => {
    const known = swapped.get(feature)
    if (known !== undefined) return known
    const needs = feature.needs?.map(swap) ?? []
    const touched = needs.some((one, at) => one !== feature.needs?.[at])
    // It goes on naming the feature that it imports, and is given the one that stands for it.
    const start = (ctx: Context) => {
      const use = (needed: AnyFeature) => ctx.use((swapped.get(needed) ?? needed) as never)
      return feature.start(Object.create(ctx, { use: { value: use } }) as never)
    }
    const other = touched ? { ...feature, needs, start } : feature
    swapped.set(feature, other)
    return other
  }
  return { features: features.map(swap), broken }
}
