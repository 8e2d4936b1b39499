// Who calls from outside: the trunk by the address that the call comes from, the caller by the number that it tells.
import type { Arrival, Party } from '../../../kernel/call/call.types.ts'
import type { Stored } from '../../../kernel/store.ts'
import { parseNetwork } from './networks.ts'
import { spelled } from './outside-number.ts'
import type { Trunk } from './settings.ts'

/** Every network that calls of a trunk come from, its own address among them. */
export const networksOf = ({ host, networks }: Trunk) => [host, ...networks].flatMap(text => parseNetwork(text) ?? [])

/** The trunk that this address belongs to; the narrowest network that holds it decides. */
export function trunkAt(trunks: readonly Stored<Trunk>[], address: string): Stored<Trunk> | undefined {
  const holding = trunks.flatMap(trunk =>
    networksOf(trunk)
      .filter(network => network.holds(address))
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
