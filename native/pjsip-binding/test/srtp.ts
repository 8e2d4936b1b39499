// SRTP as a foreign phone has it (RFC 3711, AES_CM_128_HMAC_SHA1_80), from Node's ciphers alone: what it understands of the
// box is not the box's own opinion of itself.
import { createCipheriv, createHmac, randomBytes } from 'node:crypto'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'
const TAG = 10

/** One direction. */
export class SrtpStream {
  readonly #cipher: Buffer
  readonly #auth: Buffer
  readonly #salt: Buffer

  constructor(master: Buffer) {
    const [key, salt] = [master.subarray(0, 16), master.subarray(16, 30)]
    const derived = (label: number, size: number): Buffer => {
      const iv = Buffer.concat([salt, Buffer.alloc(2)])
      iv[7] = (iv[7] ?? 0) ^ label
      return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(size))
    }
    this.#cipher = derived(0, 16)
    this.#auth = derived(1, 20)
    this.#salt = derived(2, 14)
  }

  #coded(packet: Buffer, rollover: number): Buffer {
    const iv = Buffer.concat([this.#salt, Buffer.alloc(2)])
    const place = Buffer.alloc(16)
    packet.copy(place, 4, 8, 12)
    place.writeUInt32BE(rollover, 8)
    packet.copy(place, 12, 2, 4)
    for (const [i, byte] of place.entries()) iv[i] = (iv[i] ?? 0) ^ byte
    const coded = createCipheriv('aes-128-ctr', this.#cipher, iv).update(packet.subarray(12))
    return Buffer.concat([packet.subarray(0, 12), coded])
  }

  #tag(sealed: Buffer, rollover: number): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(rollover)
    return createHmac('sha1', this.#auth).update(sealed).update(count).digest().subarray(0, TAG)
  }

  seal(packet: Buffer, rollover = 0): Buffer {
    const coded = this.#coded(packet, rollover)
    return Buffer.concat([coded, this.#tag(coded, rollover)])
  }

  /** What the packet says; nothing when it was not made with this key. */
  open(sealed: Buffer, rollover = 0): Buffer | undefined {
    const coded = sealed.subarray(0, -TAG)
    if (!this.#tag(coded, rollover).equals(sealed.subarray(-TAG))) return undefined
    return this.#coded(coded, rollover).subarray(12)
  }
}

export const randomKey = (): Buffer => randomBytes(30)

export const cryptoLine = (key: Buffer, o: { tag?: number; suite?: string; more?: string } = {}): string =>
  `a=crypto:${o.tag ?? 1} ${o.suite ?? SUITE} inline:${key.toString('base64')}${o.more ?? ''}`

/** The keys that a description offers or answers, under their tags. */
export const cryptoOf = (sdp: string): readonly { tag: number; suite: string; key: Buffer }[] =>
  [...sdp.matchAll(/^a=crypto:(\d+) (\S+) inline:(\S+)/gm)].map(([, tag, suite, key]) => ({
    tag: Number(tag),
    suite: suite ?? '',
    key: Buffer.from(key ?? '', 'base64'),
  }))

/** What carries the audio: RTP/AVP or RTP/SAVP. */
export const protoOf = (sdp: string): string => /^m=audio \d+ (\S+)/m.exec(sdp)?.[1] ?? ''

/** The same description with a key. `proto`: RTP/SAVP unless said. */
export const sealedSdp = (sdp: string, lines: readonly string[], proto = 'RTP/SAVP'): string =>
  `${sdp.replace('RTP/AVP', proto)}${lines.map(line => `${line}\r\n`).join('')}`

/** A voice packet of a test phone. */
export function voice(sequence: number, byte: number): Buffer {
  const packet = Buffer.alloc(172, byte)
  packet.writeUInt16BE(0x8008, 0)
  packet.writeUInt16BE(sequence, 2)
  packet.writeUInt32BE(sequence * 160, 4)
  packet.writeUInt32BE(0x11223344, 8)
  return packet
}
