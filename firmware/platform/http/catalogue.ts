// What the manifests declare, as the web looks it up: kinds, settings and routes by name, as they are at this moment.
import { PbxError } from '../../kernel/errors.ts'
import type { Route } from '../../kernel/feature.ts'
import type { ResourceKind } from '../../kernel/store.ts'
import type { DescribedFeature, WebBox } from './ports.ts'

/** A kind as the web handles it: its fields are known by its schema only. */
export type AnyKind = ResourceKind<Record<string, unknown>>
export type AnyRoute = Route<unknown, unknown>

/** A kind and the feature whose permissions guard it. */
export interface Found {
  readonly feature: DescribedFeature
  readonly kind: AnyKind
}

/** Looks a kind up; throws 404 when no running feature declares it. */
export function kindOf(box: WebBox, name: string): Found {
  for (const feature of box.describe().features) {
    const kind = feature.resources.find(one => one.kind === name)
    if (kind) return { feature, kind: kind as unknown as AnyKind }
  }
  throw new PbxError('web.unknown-kind', `there is no kind of thing called "${name}"`, { status: 404 })
}

/** Every kind by name. */
export function kindsOf(box: WebBox): ReadonlyMap<string, Found> {
  const found = box
    .describe()
    .features.flatMap(feature =>
      feature.resources.map((kind): [string, Found] => [kind.kind, { feature, kind: kind as unknown as AnyKind }]),
    )
  return new Map(found)
}

/** The feature that has settings under this name; throws 404. */
export function settingsOf(box: WebBox, name: string): DescribedFeature & Required<Pick<DescribedFeature, 'settings'>> {
  const feature = box.describe().features.find(one => one.name === name)
  if (feature?.settings) return { ...feature, settings: feature.settings }
  throw new PbxError('web.unknown-settings', `"${name}" has no settings`, { status: 404 })
}

/** A feature's own verb by method and path below `/api/`. */
export function routeOf(box: WebBox, method: string, path: string): AnyRoute | undefined {
  for (const feature of box.describe().features) {
    const route = feature.routes.find(one => one.method === method && one.path === path)
    if (route) return route as unknown as AnyRoute
  }
  return undefined
}

/** How a resource is called in lists: its label field as text. Asked of unchecked values too, which may hold anything. */
export const labelOf = (kind: AnyKind, value: object): string => {
  const label = (value as Record<string, unknown>)[kind.label]
  return typeof label === 'string' || typeof label === 'number' ? String(label) : ''
}
