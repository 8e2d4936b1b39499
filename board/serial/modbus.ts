// Modbus RTU as reporting modules speak it: "read discrete inputs" (function 2) asked, answers and their checksums read.

const READ_DISCRETE_INPUTS = 2
/** What one request may ask for, by the specification. */
export const MOST_REGISTERS = 2000

/** CRC-16 of Modbus (polynomial 0xA001, reflected, start 0xFFFF). */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return crc
}

/** The bytes with their checksum, low byte first. */
export function sealed(bytes: readonly number[]): Buffer {
  const crc = crc16(Uint8Array.from(bytes))
  return Buffer.from([...bytes, crc & 0xff, crc >> 8])
}

export function readRequest(o: { address: number; first: number; count: number }): Buffer {
  const { address, first, count } = o
  return sealed([address, READ_DISCRETE_INPUTS, first >> 8, first & 0xff, count >> 8, count & 0xff])
}

export type Answer =
  /** More bytes are to come. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'inputs'; readonly values: readonly boolean[] }
  /** The module understood and refused: its exception code. */
  | { readonly kind: 'refused'; readonly code: number }
  /** Not an answer to this request, or damaged on the line. */
  | { readonly kind: 'damaged' }

/** What the bytes received since the request mean. */
export function readAnswer(bytes: Uint8Array, o: { address: number; count: number }): Answer {
  if (bytes.length < 3) return { kind: 'unfinished' }
  const refused = bytes[1] === (READ_DISCRETE_INPUTS | 0x80)
  const length = refused ? 5 : 5 + Math.ceil(o.count / 8)
  const expected = bytes[0] === o.address && (refused || (bytes[1] === READ_DISCRETE_INPUTS && bytes[2] === length - 5))
  if (!expected) return { kind: 'damaged' }
  if (bytes.length < length) return { kind: 'unfinished' }
  const frame = bytes.subarray(0, length)
  if (crc16(frame.subarray(0, -2)) !== (frame.at(-2) ?? 0) + ((frame.at(-1) ?? 0) << 8)) return { kind: 'damaged' }
  if (refused) return { kind: 'refused', code: frame[2] ?? 0 }
  const values = Array.from({ length: o.count }, (_, i) => (((frame[3 + (i >> 3)] ?? 0) >> (i & 7)) & 1) === 1)
  return { kind: 'inputs', values }
}
