// What the host says of itself: everything that a page, a form, a picker or a collector of figures needs.
import type { Applying } from '../../kernel/apply.ts'
import type { DestinationKind } from '../../kernel/call/call.types.ts'
import type { ActionKind, Hook, Problem, Route, Touches } from '../../kernel/feature.ts'
import type { Host } from '../../kernel/host.ts'
import type { AnyFeature } from '../../kernel/order.ts'
import type { TSchema } from '../../kernel/schema.ts'
import type { ResourceKind } from '../../kernel/store.ts'

/** A feature as its manifest declares it, and how it is. One that failed can still be mended: its settings are there. */
export interface DescribedFeature {
  readonly name: string
  readonly about: string
  readonly state: 'running' | 'failed'
  readonly optional: boolean
  readonly settings?: TSchema
  readonly resources: readonly ResourceKind<never>[]
  /** `feature.verb` → what it allows, as a person reads it. */
  readonly permissions: Readonly<Record<string, string>>
  readonly routes: readonly Route<never, unknown>[]
  readonly hooks: readonly Hook[]
  /** What its facts are about. */
  readonly touches: Touches
  readonly words: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** The box at this moment. What costs something to find out (problems, figures) is found out when it is read. */
export interface Description {
  readonly features: readonly DescribedFeature[]
  /** Optional features that are switched off. */
  readonly off: readonly { readonly name: string; readonly about: string }[]
  readonly destinations: Readonly<Record<string, DestinationKind>>
  readonly actions: Readonly<Record<string, ActionKind<never>>>
  readonly problems: readonly Problem[]
  readonly applying: readonly Applying[]
  /** Name → value. */
  readonly metrics: Readonly<Record<string, number>>
  readonly safeMode: boolean
}

export function describe(host: Host): Description {
  const { destinations, actions } = host.shared
  const off = host.features.filter(feature => host.isOff(feature))
  return {
    features: host.features.filter(feature => !off.includes(feature)).map(feature => described(host, feature)),
    off: off.map(({ name, about }) => ({ name, about })),
    destinations: Object.fromEntries(destinations.all().map(({ kind, offer }) => [kind, offer])),
    actions: Object.fromEntries(actions.all().map(({ kind, offer }) => [kind, offer as unknown as ActionKind<never>])),
    get problems() {
      return host.problems()
    },
    applying: host.applier.standing(),
    get metrics() {
      return metrics(host)
    },
    safeMode: host.safeMode.length > 0,
  }
}

function described(host: Host, feature: AnyFeature): DescribedFeature {
  const running = host.running.get(feature.name)
  return {
    name: feature.name,
    about: feature.about,
    state: running ? 'running' : 'failed',
    optional: feature.optional === true,
    ...(feature.settings && { settings: feature.settings }),
    resources: feature.resources ?? [],
    permissions: permissionsOf(feature),
    routes: running?.parts.routes ?? [],
    hooks: running?.parts.hooks ?? [],
    touches: running?.parts.touches ?? {},
    words: feature.words ?? {},
  }
}

/** What a manifest declares, and the two that every feature with something to see has. */
function permissionsOf(feature: AnyFeature): Readonly<Record<string, string>> {
  const seen = feature.settings || feature.resources?.length
  const usual = seen && {
    [`${feature.name}.view`]: `See: ${feature.about}`,
    [`${feature.name}.manage`]: `Change: ${feature.about}`,
  }
  return { ...usual, ...feature.permissions }
}

function metrics(host: Host): Readonly<Record<string, number>> {
  const own = { calls_live: host.exchange.calls.size, pages_live: host.calls.pages().length }
  const told = [...host.running.values()].map(({ feature, parts }) => {
    try {
      return parts.metrics?.() ?? {}
    } catch (error) {
      host.shared.log.error('a feature could not tell its figures', { feature: feature.name, error })
      return {}
    }
  })
  return Object.assign({}, own, ...told)
}
