// Who calls from outside: the trunk by the address that the call comes from, the caller by the number that it tells.
import type { Arrival, Party } from '../../../kernel/call/call.types.ts'
import type { Address } from '../../../kernel/call/sip-port.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Spot } from './locate.ts'
import { parseNetwork } from './networks.ts'
import { spelled } from './outside-number.ts'
import type { Trunk } from './settings.ts'

/** Where a trunk is reached. */
export type SpotsOf = (trunk: Stored<Trunk>) => readonly Spot[]

/** Every network that calls of a trunk come from, all of its own addresses among them. */
export const networksOf = (trunk: Stored<Trunk>, spotsOf: SpotsOf) =>
  [...new Set([...spotsOf(trunk).map(({ host }) => host), trunk.host, ...trunk.networks])].flatMap(
    text => parseNetwork(text) ?? [],
  )

/** How calls from a trunk's networks are sealed, where that is not as they come. */
export const sealedNetworks = (trunk: Stored<Trunk>, spotsOf: SpotsOf) =>
  trunk.encryption === 'when-offered'
    ? []
    : networksOf(trunk, spotsOf).map(({ prefix }) => ({ network: prefix, encryption: trunk.encryption }))

/**
 * The trunk that this address belongs to; the narrowest network that holds it decides. What comes by the connection that the
 * box keeps to a trunk is that one's.
 */
export function trunkAt(
  trunks: readonly Stored<Trunk>[],
  spotsOf: SpotsOf,
  { host, peer }: Pick<Address, 'host' | 'peer'>,
): Stored<Trunk> | undefined {
  const known = peer === undefined ? undefined : trunks.find(({ id }) => id === peer)
  if (known) return known
  const holding = trunks.flatMap(trunk =>
    networksOf(trunk, spotsOf)
      .filter(network => network.holds(host))
      .map(network => ({ trunk, bits: Number(network.prefix.split('/')[1]) })),
  )
  return holding.sort((a, b) => b.bits - a.bits)[0]?.trunk
}

/** The party at the far side of a trunk; `country` is that of the trunk's site. */
export function callerOf(arrival: Arrival, trunk: Stored<Trunk>, country: string): Party {
  const { source } = arrival
  const { id, site, believesCaller } = trunk
  const from =
    believesCaller && arrival.told?.asserted
      ? { user: arrival.told.asserted.number, name: arrival.told.asserted.name }
      : arrival.from
  return {
    trunk: id,
    // Who asks not to be named is named to nobody, in records neither.
    number: arrival.told?.withheld ? 'anonymous' : spelled(from.user, country),
    name: arrival.told?.withheld ? 'Anonymous' : from.name,
    source,
    trust: 'trunk',
    ...(site !== undefined && { site }),
  }
}
