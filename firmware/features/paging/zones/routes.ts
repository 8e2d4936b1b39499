// What forms and the doctor ask about networks.
import type { Route } from '../../../kernel/feature.ts'
import type { NetworksNow } from './networks-now.ts'

/** The routes of this feature. */
export const routesOf = (networks: NetworksNow): readonly Route<never, unknown>[] => [
  {
    method: 'GET',
    path: 'zones/networks',
    about: 'The networks of this box that a multicast stream may leave by.',
    permission: 'zones.view',
    run: () => ({
      networks: networks
        .all()
        .filter(({ loopback }) => !loopback)
        .map(({ name, carrier, addresses }) => ({
          name,
          carrier,
          addresses: addresses.map(({ address, prefix }) => `${address}/${prefix}`),
        })),
    }),
  },
]
