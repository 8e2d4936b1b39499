// RTP as it comes to an amplifier (RFC 3550 section 5.1): only what a player needs.

export interface RtpPacket {
  readonly payloadType: number
  readonly sequence: number
  readonly ssrc: number
  readonly payload: Uint8Array
}

/** Undefined for anything that is not a whole RTP packet. */
export function readRtp(bytes: Uint8Array): RtpPacket | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.byteLength < 12) return undefined
  const first = view.getUint8(0)
  if (first >> 6 !== 2) return undefined
  let start = 12 + 4 * (first & 0x0f)
  if (first & 0x10) {
    if (bytes.byteLength < start + 4) return undefined
    start += 4 + 4 * view.getUint16(start + 2)
  }
  const padding = first & 0x20 ? view.getUint8(bytes.byteLength - 1) : 0
  const end = bytes.byteLength - padding
  if (start >= end) return undefined
  return {
    payloadType: view.getUint8(1) & 0x7f,
    sequence: view.getUint16(2),
    ssrc: view.getUint32(8),
    payload: bytes.subarray(start, end),
  }
}
