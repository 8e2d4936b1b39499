// IP prefixes of both families: parsed at the edge, compared as numbers, never as strings.

/** `10.1.0.0/16` or `fd00:1::/64` as numbers. */
export interface Prefix {
  readonly family: 4 | 6
  readonly network: bigint
  readonly length: number
}

/** The address as a number; `undefined` when it is none. A mapped IPv4 address (`::ffff:10.0.0.1`) counts as IPv4. */
export function addressOf(text: string): { readonly family: 4 | 6; readonly value: bigint } | undefined {
  const bare = text.split('%')[0] ?? ''
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1]
  const four = quadOf(mapped ?? bare)
  if (four !== undefined) return { family: 4, value: four }
  const six = hextetsOf(bare)
  return six === undefined ? undefined : { family: 6, value: six }
}

/** Reads a prefix; a bare address is a prefix of full length; `undefined` when it is none or has bits set behind its length. */
export function prefixOf(text: string): Prefix | undefined {
  const [host = '', mask, rest] = text.trim().split('/')
  const address = addressOf(host)
  if (address === undefined || rest !== undefined) return undefined
  const bits = address.family === 4 ? 32 : 128
  if (mask !== undefined && !/^\d{1,3}$/.test(mask)) return undefined
  const length = mask === undefined ? bits : Number(mask)
  if (length > bits) return undefined
  const below = (1n << BigInt(bits - length)) - 1n
  return (address.value & below) === 0n ? { family: address.family, network: address.value, length } : undefined
}

/** Whether the address lies within the prefix. */
export function contains(prefix: Prefix, address: { readonly family: 4 | 6; readonly value: bigint }): boolean {
  if (prefix.family !== address.family) return false
  const shift = BigInt((prefix.family === 4 ? 32 : 128) - prefix.length)
  return address.value >> shift === prefix.network >> shift
}

function quadOf(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0n
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = (value << 8n) | BigInt(part)
  }
  return value
}

function hextetsOf(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [front, back] = halves.map(half => (half === '' ? [] : half.split(':')))
  if (front === undefined) return undefined
  const missing = 8 - front.length - (back?.length ?? 0)
  if (back === undefined ? missing !== 0 : missing < 1) return undefined
  const all = back === undefined ? front : [...front, ...Array<string>(missing).fill('0'), ...back]
  let value = 0n
  for (const part of all) {
    if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined
    value = (value << 16n) | BigInt(`0x${part}`)
  }
  return value
}
