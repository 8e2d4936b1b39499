// G.711: µ-law and A-law, from the segment arithmetic of the ITU recommendation.

/** Static RTP payload types of RFC 3551. */
export const payloadTypes = { PCMU: 0, PCMA: 8 } as const
export type G711 = keyof typeof payloadTypes

const bias = 0x84
const clip = 32635

function muLawToLinear(byte: number): number {
  const u = ~byte & 0xff
  const magnitude = (((u & 0x0f) << 3) + bias) << ((u & 0x70) >> 4)
  return u & 0x80 ? bias - magnitude : magnitude - bias
}

function linearToMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(Math.abs(sample), clip) + bias
  const segment = 31 - Math.clz32(magnitude) - 7
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff
}

function aLawToLinear(byte: number): number {
  const a = byte ^ 0x55
  const segment = (a & 0x70) >> 4
  const step = (a & 0x0f) << 4
  const magnitude = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1)
  return a & 0x80 ? magnitude : -magnitude
}

function linearToALaw(sample: number): number {
  const positive = sample >= 0
  const magnitude = Math.min(positive ? sample : -sample - 1, 32767)
  const segment = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7
  const mantissa = segment === 0 ? magnitude >> 4 : magnitude >> (segment + 3)
  return ((positive ? 0x80 : 0) | (segment << 4) | (mantissa & 0x0f)) ^ 0x55
}

/** Samples -1 … 1 of G.711 octets. */
export function decodeG711(codec: G711, octets: Uint8Array): Float32Array {
  const toLinear = codec === 'PCMU' ? muLawToLinear : aLawToLinear
  return Float32Array.from(octets, octet => toLinear(octet) / 32768)
}

export function encodeG711(codec: G711, samples: Float32Array): Uint8Array {
  const toOctet = codec === 'PCMU' ? linearToMuLaw : linearToALaw
  return Uint8Array.from(samples, sample => toOctet(Math.round(Math.max(-1, Math.min(1, sample)) * 32767)))
}

/** Whether a packet's payload is more than silence and the noise of quantizing: a sample above about −36 dB. */
export function carriesSound(payloadType: number, payload: Uint8Array): boolean {
  const flip = payloadType === payloadTypes.PCMA ? 0x55 : 0xff
  return payload.some(byte => ((byte ^ flip) & 0x70) >> 4 >= 3)
}
