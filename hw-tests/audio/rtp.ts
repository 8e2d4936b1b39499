// RTP packets (RFC 3550): just enough to send sound and to judge what arrives.

export interface RtpPacket {
  payloadType: number
  marker: boolean
  sequence: number
  timestamp: number
  ssrc: number
  payload: Uint8Array
}

/** Reads a packet; undefined when it is not RTP version 2 or is cut short. */
export function readRtp(packet: Uint8Array): RtpPacket | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  if (packet.length < 12 || view.getUint8(0) >> 6 !== 2) return undefined
  const first = view.getUint8(0)
  let start = 12 + 4 * (first & 0x0f)
  if (first & 0x10) {
    if (start + 4 > packet.length) return undefined
    start += 4 + 4 * view.getUint16(start + 2)
  }
  const padding = first & 0x20 ? view.getUint8(packet.length - 1) : 0
  if (start + padding > packet.length) return undefined
  return {
    payloadType: view.getUint8(1) & 0x7f,
    marker: (view.getUint8(1) & 0x80) !== 0,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: packet.subarray(start, packet.length - padding),
  }
}

export function formatRtp({ payloadType, marker, sequence, timestamp, ssrc, payload }: RtpPacket): Uint8Array {
  const packet = new Uint8Array(12 + payload.length)
  const view = new DataView(packet.buffer)
  view.setUint8(0, 0x80)
  view.setUint8(1, payloadType | (marker ? 0x80 : 0))
  view.setUint16(2, sequence)
  view.setUint32(4, timestamp >>> 0)
  view.setUint32(8, ssrc >>> 0)
  packet.set(payload, 12)
  return packet
}
