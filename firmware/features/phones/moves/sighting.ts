// What is known of where a phone was seen: the addresses that somebody stands for, and the one that it has now.

export interface Sighting {
  /** Host of its latest registration. */
  readonly address: string
  /** UTC milliseconds since when. */
  readonly since: number
  /** At these it stands where its location says: the first it was seen at, and those that were confirmed. */
  readonly confirmed: readonly string[]
  /** Revision of the device when it was seen there: whoever saved it since has looked at its place. */
  readonly rev: number
}

/** A phone with two interfaces, or two families of addresses, goes to and fro between a few. */
const CONFIRMED_AT_MOST = 8

/** Undefined: it is where it was. */
export function seenAt(
  known: Sighting | undefined,
  now: { readonly address: string; readonly at: number; readonly rev: number },
): Sighting | undefined {
  const { address, at: since, rev } = now
  if (known === undefined) return { address, since, confirmed: [address], rev }
  if (known.address === address) return undefined
  return { address, since, confirmed: agreed(known, rev), rev }
}

/** Somebody looked: it stands where its location says. */
export const confirmed = (known: Sighting, rev: number): Sighting => ({
  ...known,
  confirmed: [...known.confirmed.filter(one => one !== known.address), known.address].slice(-CONFIRMED_AT_MOST),
  rev,
})

/** Whether nobody stands for its place at the address that it has. */
export const isUnconfirmed = (known: Sighting, rev: number): boolean =>
  known.rev === rev && !known.confirmed.includes(known.address)

/** Who saved the device while it had an address stood for it. */
const agreed = (known: Sighting, rev: number): readonly string[] =>
  known.rev === rev ? known.confirmed : confirmed(known, rev).confirmed
