// The order in which features start: each after those it needs.
import type { Feature } from './feature.ts'

export type AnyFeature = Feature<never, unknown>

/** Features in starting order. Throws on a circle, a name used twice and a need that is not listed: mistakes in code. */
export function inOrder(features: readonly AnyFeature[]): readonly AnyFeature[] {
  const ordered: AnyFeature[] = []
  const listed = new Set(features)
  const names = new Set<string>()
  const visit = (feature: AnyFeature, path: readonly string[]) => {
    if (ordered.includes(feature)) return
    if (path.includes(feature.name))
      throw new Error(`features need one another: ${[...path, feature.name].join(' → ')}`)
    if (!listed.has(feature)) throw new Error(`"${path.at(-1)}" needs "${feature.name}", which is not in the index`)
    for (const needed of feature.needs ?? []) visit(needed, [...path, feature.name])
    if (names.has(feature.name)) throw new Error(`two features are called "${feature.name}"`)
    names.add(feature.name)
    ordered.push(feature)
  }
  for (const feature of features) visit(feature, [])
  return ordered
}
