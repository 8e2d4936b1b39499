// What a technician asks of trunks: how each is now, what it carries, and how that changed.
import type { Route } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Connections } from './connections.ts'
import type { DialParts } from './dial.ts'
import type { Registrations } from './registration.ts'
import type { Trunk } from './settings.ts'
import type { Whereabouts } from './whereabouts.ts'

export function routesOf(o: {
  readonly trunks: () => readonly Stored<Trunk>[]
  readonly parts: Pick<DialParts, 'watch' | 'carries' | 'addresses'>
  readonly registered: Registrations
  readonly whereabouts: Whereabouts
  readonly connections: Connections
}): readonly Route<never, unknown>[] {
  const { watch, carries, addresses } = o.parts
  const on = ({ trunk: id }: { readonly trunk: string }) => [{ kind: 'trunk', id }]
  return [
    {
      method: 'GET',
      path: 'trunks/state',
      about: 'How every trunk is: state, calls now, what it took lately.',
      permission: 'trunks.view',
      rows: { in: 'trunks', on },
      run: () => ({
        trunks: o.trunks().map(trunk => ({
          trunk: trunk.id,
          name: trunk.name,
          address: spoken(trunk),
          channels: trunk.channels,
          inService: trunk.inService,
          carries: carries(trunk.id),
          ...watch.verdictOf(trunk.id),
          nameState: o.whereabouts.stateOf(trunk).state,
          addresses: addresses.steady(trunk).map(spot => ({
            address: `${spot.host.includes(':') ? `[${spot.host}]` : spot.host}:${spot.port}`,
            silent: addresses.isSilent(trunk, spot),
            ...connected(o.connections.stateOf(trunk, spot)),
          })),
          ...(trunk.registers &&
            trunk.inService && { registration: o.registered.stateOf(trunk.id)?.state ?? 'trying' }),
          ...watch.countsOf(trunk.id),
        })),
      }),
    },
    {
      method: 'GET',
      path: 'trunks/history',
      about: 'When trunks changed their state and why, the newest first.',
      permission: 'trunks.view',
      rows: { in: 'changes', on },
      run: () => ({
        changes: o
          .trunks()
          .flatMap(({ id, name }) => watch.historyOf(id).map(change => ({ trunk: id, name, ...change })))
          .sort((a, b) => b.at - a.at),
      }),
    },
  ]
}

const connected = (state?: { readonly up: boolean }) => (state === undefined ? {} : { connected: state.up })

/** As it was entered. */
const spoken = ({ host, port, transport }: Trunk): string =>
  `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`} ${transport}`
