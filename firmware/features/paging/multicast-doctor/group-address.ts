// What is known of a multicast group by its address alone.

/** Why a group may not be heard, or is heard by more than it should; `undefined`: nothing speaks against it. */
export type Doubt = 'link-local' | 'reserved' | 'source-specific' | 'flooded'

/** Of IPv4; of IPv6 nothing is said. */
export function doubtOf(group: string): Doubt | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
  if (group.includes(':') || group === POLY_GROUP) return undefined
  // Never passed on by a router, and sent to every port by switches (RFC 5771 section 4, RFC 4541 section 2.1.2).
  if (a === 224 && b === 0 && c === 0) return 'link-local'
  if (a === 224 && b === 0 && c === 1) return 'reserved'
  if (a === 232) return 'source-specific'
  // Ethernet keeps 23 bits of the address (RFC 1112 section 6.4): these share theirs with a group that is never snooped.
  return (b & 0x7f) === 0 && c === 0 && d <= 255 ? 'flooded' : undefined
}

/** The one that phones of Poly's make listen to. */
export const POLY_GROUP = '224.0.1.116'

/** Whether two groups look the same to a switch (RFC 1112 section 6.4). */
export function looksLike(one: string, other: string): boolean {
  const seen = (group: string) => {
    const [, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return ((b & 0x7f) << 16) | (c << 8) | d
  }
  return one !== other && ![one, other].some(group => group.includes(':')) && seen(one) === seen(other)
}

/** Whether an IPv4 address lies in the network of another. */
export function sameNetwork(address: string, own: { readonly address: string; readonly prefix: number }): boolean {
  if (address.includes(':') || own.address.includes(':')) return false
  const number = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - own.prefix)
  return Math.floor(number(address) / size) === Math.floor(number(own.address) / size)
}
