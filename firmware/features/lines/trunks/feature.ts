// Trunks: how the box reaches the outside world and is reached from it.
import type { Leg, RememberedWay, RingFailure } from '../../../kernel/call/call.types.ts'
import { feature } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Thing } from '../../../kernel/things.ts'
import { sites } from '../../places/sites/feature.ts'
import { Addresses } from './addresses.ts'
import { callerOf, networksOf, sealedNetworks, trunkAt } from './caller.ts'
import { Connections } from './connections.ts'
import { type DialOrder, dial } from './dial.ts'
import { figuresOf } from './figures.ts'
import { Heartbeat } from './heartbeat.ts'
import { type HelpOrder, rememberedWays, type WayForHelp, waysForHelp } from './help.ts'
import { problemsOf } from './problems.ts'
import { Registrations } from './registration.ts'
import { routesOf } from './routes.ts'
import { type Trunk, TrunkSettings, trunkKind } from './settings.ts'
import { TrunkWatch } from './watch.ts'
import { floorOf, Whereabouts } from './whereabouts.ts'
import { words } from './words.en.ts'

import './facts.ts'

export type { DialOrder } from './dial.ts'
export { NUMBER_CLASSES, type NumberClass, type OutsideNumber, outsideNumber } from './outside-number.ts'
export { E164, type Trunk, trunkKind } from './settings.ts'

/** What other features ask of trunks. */
export interface Trunks {
  /** Those in service. */
  inService(): readonly Stored<Trunk>[]
  /** Rings a number outside until somebody answers, refuses, or no trunk is left to try. */
  dial(caller: Leg, order: DialOrder): Promise<Leg | RingFailure>
  /** Trunks that carry calls for help, the best first: those of the caller's site, those that work. */
  waysForHelp(caller: Leg, o: HelpOrder): readonly WayForHelp[]
  /** The same as data, to be kept for when nobody asks this feature: for each number as dialled, with what is sent. */
  rememberedForHelp(numbers: readonly { readonly dialled: string; readonly sent: string }[]): readonly RememberedWay[]
  /** The country in which numbers of this trunk, or of the box, are written. */
  countryOf(trunk?: string): string
}

export const trunks = feature<TrunkSettings, Trunks>({
  name: 'trunks',
  about: 'Carriers, gateways and other boxes: how calls leave the plant and come in.',
  needs: [sites],
  settings: TrunkSettings,
  resources: [trunkKind],
  permissions: { 'trunks.view': words['trunks.view'], 'trunks.manage': words['trunks.manage'] },
  words: { en: words },
  start(ctx) {
    const all = () => ctx.store.all(trunkKind)
    const inService = () => all().filter(trunk => trunk.inService)
    const carries = (trunk: string) =>
      ctx.calls.live().reduce((sum, call) => sum + call.legs.filter(({ party }) => party.trunk === trunk).length, 0)
    const countryOf = (trunk?: string) => {
      const site = trunk === undefined ? undefined : ctx.store.get(trunkKind, trunk)?.site
      return ctx.use(sites).of(site)?.country ?? 'US'
    }
    const watch = new TrunkWatch(ctx)
    const whereabouts = new Whereabouts(ctx, inService, () => tell())
    const addresses = new Addresses(ctx, whereabouts)
    const spotsOf = (trunk: Stored<Trunk>) => addresses.all(trunk)
    const known = { ctx, watch, trunks: inService, carries, addresses }
    const registered = new Registrations(known)
    const parts = { ...known, serviceRoutes: (trunk: string) => registered.serviceRoutes(trunk) }
    const connections = new Connections(parts)
    const heartbeat = new Heartbeat(parts, connections)
    let before = inService()
    const tell = () => {
      registered.adjust(before)
      before = inService()
      const networks = before.flatMap(trunk => networksOf(trunk, spotsOf)).map(({ prefix }) => prefix)
      ctx.sip.setTrunks({
        networks: [...new Set(networks)],
        contacts: registered.contacts,
        media: before.flatMap(trunk => sealedNetworks(trunk, spotsOf)),
      })
      const ids = new Set(all().map(({ id }) => id))
      for (const kept of [watch, whereabouts]) kept.keepOnly(ids)
      addresses.keepOnly(before)
      connections.adjust()
      for (const trunk of before) watch.floor(trunk.id, 'name', floorOf(whereabouts.stateOf(trunk)))
    }
    tell()
    whereabouts.look()
    ctx.on('call.began', ({ from }) => {
      if (from.trust === 'trunk' && from.trunk !== undefined) watch.counted(from.trunk, 'in')
    })
    return {
      api: {
        inService,
        countryOf,
        waysForHelp: (caller, order) => waysForHelp(parts, caller, order),
        rememberedForHelp: numbers => rememberedWays(parts, numbers),
        dial: (caller, order) => dial(parts, caller, order),
      },
      phases: {
        identify(arrival) {
          // Who calls for help is known by where he stands.
          const trunk =
            arrival.line === undefined && !arrival.emergency ? trunkAt(inService(), spotsOf, arrival.source) : undefined
          return trunk && callerOf(arrival, trunk, countryOf(trunk.id))
        },
        admit({ from: { trunk, trust } }) {
          if (trust !== 'trunk' || trunk === undefined) return undefined
          return carries(trunk) > (ctx.store.get(trunkKind, trunk)?.channels ?? 0) ? 'overloaded' : undefined
        },
      },
      sip: {
        observe(event) {
          heartbeat.observe(event)
          registered.observe(event)
          connections.observe(event)
        },
      },
      routes: routesOf({ trunks: all, parts, registered, whereabouts, connections }),
      touches: { 'trunk.health-changed': trunkOf, 'trunk.passed-over': trunkOf },
      apply: tell,
      problems: () => problemsOf(parts, all(), { whereabouts, connections }),
      metrics: () => figuresOf(parts, all(), whereabouts),
    }
  },
})
export default trunks

const trunkOf = ({ trunk }: { readonly trunk: string }): readonly Thing[] => [{ kind: 'trunk', id: trunk }]
