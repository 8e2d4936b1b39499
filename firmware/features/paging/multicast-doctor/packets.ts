// What the ear brings: queries for groups (IGMP, RFC 3376 section 4.1), and the box's own probes. Bytes of strangers: what is
// no whole packet is nothing.

/** Somebody keeps the groups of a network alive. */
export interface Query {
  readonly kind: 'query'
  /** 0.0.0.0: a switch without an address there. */
  readonly from: string
  readonly version: 1 | 2 | 3
  /** Asks about every group, as it does over and over; otherwise about one that was left. */
  readonly general: boolean
  /** How often it asks, where it says so (version 3). */
  readonly intervalSeconds?: number
}

/** A probe that came back. */
export interface Echo {
  readonly kind: 'echo'
  readonly token: number
  /** Hops that it had left. */
  readonly ttl: number
}

const IGMP = 2
const UDP = 17
const QUERY = 0x11
const UDP_HEAD = 8
const PROBE_NAME = Buffer.from('pbxp')
const PROBE_SIZE = 12

/** What an IPv4 packet says; `undefined`: nothing that matters here, or it is damaged. */
export function readPacket(packet: Uint8Array): Query | Echo | undefined {
  const bytes = Buffer.from(packet)
  const head = ((bytes[0] ?? 0) & 0x0f) * 4
  if (bytes.length < 20 || (bytes[0] ?? 0) >> 4 !== 4 || head < 20 || bytes.length < head) return undefined
  const body = bytes.subarray(head)
  if (bytes[9] === IGMP) return readQuery(body, [...bytes.subarray(12, 16)].join('.'))
  return bytes[9] === UDP ? readEcho(body.subarray(UDP_HEAD), bytes[8] ?? 0) : undefined
}

function readQuery(body: Buffer, from: string): Query | undefined {
  if (body.length < 8 || body[0] !== QUERY || sumOf(body) !== 0xffff) return undefined
  const general = body.readUInt32BE(4) === 0
  const query = { kind: 'query', from, general } as const
  if (body.length < 12) return { ...query, version: body[1] === 0 ? 1 : 2 }
  const intervalSeconds = secondsOf(body[9] ?? 0)
  return { ...query, version: 3, ...(intervalSeconds > 0 && { intervalSeconds }) }
}

/** The querier's interval code: above 127 a small floating number (RFC 3376 section 4.1.7). */
const secondsOf = (code: number): number => (code < 128 ? code : ((code & 0x0f) | 0x10) << (((code >> 4) & 0x07) + 3))

/** The sum over a whole message with a right checksum in it is all ones (RFC 1071). */
function sumOf(body: Buffer): number {
  let sum = 0
  for (let at = 0; at < body.length; at += 2) sum += ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  return sum
}

function readEcho(payload: Buffer, ttl: number): Echo | undefined {
  if (payload.length < PROBE_SIZE || payload[1] !== 204 || !payload.subarray(8, 12).equals(PROBE_NAME)) return undefined
  return { kind: 'echo', token: payload.readUInt32BE(4), ttl }
}

/** A probe: RTCP of the kind APP (RFC 3550 section 6.7), whose sender is the token. Loudspeakers pass it over in silence. */
export function probeOf(token: number): Uint8Array {
  const bytes = Buffer.alloc(PROBE_SIZE)
  bytes[0] = 0x80
  bytes[1] = 204
  bytes.writeUInt16BE(PROBE_SIZE / 4 - 1, 2)
  bytes.writeUInt32BE(token, 4)
  bytes.set(PROBE_NAME, 8)
  return bytes
}
