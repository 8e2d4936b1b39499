// What a technician asks of trunks: how each is now, what it carries, and how that changed.
import type { Route } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Registrations } from './registration.ts'
import type { Trunk } from './settings.ts'
import type { TrunkWatch } from './watch.ts'

export function routesOf(o: {
  readonly trunks: () => readonly Stored<Trunk>[]
  readonly watch: TrunkWatch
  readonly carries: (trunk: string) => number
  readonly registered: Registrations
}): readonly Route<never, unknown>[] {
  const on = ({ trunk: id }: { readonly trunk: string }) => [{ kind: 'trunk', id }]
  return [
    {
      method: 'GET',
      path: 'trunks/state',
      about: 'How every trunk is: state, calls now, what it took lately.',
      permission: 'trunks.view',
      rows: { in: 'trunks', on },
      run: () => ({
        trunks: o.trunks().map(({ id, name, host, port, transport, channels, inService, registers }) => ({
          trunk: id,
          name,
          address: `${host}:${port} ${transport}`,
          channels,
          inService,
          carries: o.carries(id),
          ...o.watch.verdictOf(id),
          ...(registers && inService && { registration: o.registered.stateOf(id)?.state ?? 'trying' }),
          ...o.watch.countsOf(id),
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
          .flatMap(({ id, name }) => o.watch.historyOf(id).map(change => ({ trunk: id, name, ...change })))
          .sort((a, b) => b.at - a.at),
      }),
    },
  ]
}
