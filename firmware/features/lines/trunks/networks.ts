// Address ranges of carriers: who calls from one is the trunk that it belongs to.
import { BlockList, isIP } from 'node:net'

export interface TrunkNetwork {
  /** As the switch reads it: `address/length`. */
  readonly prefix: string
  /** One address. */
  readonly single: boolean
  holds(address: string): boolean
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** An address, or an address and a prefix length; undefined when it is neither. */
export function parseNetwork(text: string): TrunkNetwork | undefined {
  const [address = '', length, ...more] = text.trim().split('/')
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)]
  if (!most || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined
  const bits = length === undefined ? most : Number(length)
  // A whole family of addresses would be everybody.
  if (bits < 8 || bits > most) return undefined
  const list = new BlockList()
  list.addSubnet(address, bits, familyOf(address))
  return {
    prefix: `${address}/${bits}`,
    single: bits === most,
    holds: other => isIP(other) !== 0 && list.check(other, familyOf(other)),
  }
}
