// Listens to RTP on a port or in a multicast group, as a loudspeaker or a paging phone does: when the first packet
// came, who sent, what is missing, and the sound itself.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { decodeG711, payloadTypes } from './g711.ts'
import { type RtpPacket, readRtp } from './rtp.ts'
import type { Sound } from './sound.ts'

export interface RtpListenerOptions {
  /** 0 for any free one. */
  port?: number
  /** Multicast group to join; without it the listener takes what is sent to its own address. */
  group?: string
  /** Address of the interface: bound to without a group, joined on with one. Default 127.0.0.1. */
  host?: string
}

export interface RtpStream {
  ssrc: number
  payloadType: number
  from: string
  /** On the clock of `performance.now()` of this process. */
  firstPacketAt: number
  lastPacketAt: number
  packets: number
  /** Sequence numbers between first and last that never came. */
  lost: number
  /** Longest time between two packets. */
  longestGapMs: number
}

interface Heard {
  stream: RtpStream
  /** By extended sequence number. */
  payloads: Map<number, Uint8Array>
  highest: number
}

/** Ten minutes at 20 ms: nobody listens longer in a test. */
const mostPackets = 30_000

export class RtpListener {
  readonly port: number
  readonly #socket: Socket
  readonly #heard = new Map<number, Heard>()

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (message, { address, port }) => {
      const packet = readRtp(message)
      if (packet) this.#take(packet, `${address}:${port}`)
    })
  }

  /** Opens the socket and joins the group; rejects when the port is taken or the interface is not there. */
  static async open({ port = 0, group, host = '127.0.0.1' }: RtpListenerOptions): Promise<RtpListener> {
    const ipv6 = host.includes(':')
    // Several listeners may share a group's port, as several phones on one host would.
    const socket = createSocket({
      type: ipv6 ? 'udp6' : 'udp4',
      reuseAddr: group !== undefined,
      recvBufferSize: 1 << 20,
    })
    socket.bind(port, group ?? host)
    await once(socket, 'listening')
    if (group) socket.addMembership(group, host)
    return new RtpListener(socket)
  }

  /** Every sender heard so far, in order of its first packet. */
  get streams(): readonly RtpStream[] {
    return [...this.#heard.values()].map(({ stream, payloads, highest }) => {
      const first = Math.min(...payloads.keys())
      return { ...stream, lost: highest - first + 1 - payloads.size }
    })
  }

  /** The sound of one sender (default the first): G.711 decoded, lost packets as silence. Throws on other codecs. */
  sound(ssrc = this.streams[0]?.ssrc ?? 0): Sound {
    const heard = this.#heard.get(ssrc)
    if (!heard) return { rate: 8000, samples: new Float32Array() }
    const codec = heard.stream.payloadType === payloadTypes.PCMA ? 'PCMA' : 'PCMU'
    if (heard.stream.payloadType !== payloadTypes[codec]) {
      throw new Error(`payload type ${heard.stream.payloadType} is not decoded here`)
    }
    const order = [...heard.payloads.keys()].sort((a, b) => a - b)
    const first = order[0] ?? 0
    const size = heard.payloads.get(first)?.length ?? 160
    const samples = new Float32Array((heard.highest - first + 1) * size)
    for (const sequence of order) {
      const piece = decodeG711(codec, heard.payloads.get(sequence) ?? new Uint8Array())
      samples.set(piece.subarray(0, size), (sequence - first) * size)
    }
    return { rate: 8000, samples }
  }

  /** Resolves when so many packets have come from any sender (default the first); rejects after `withinSeconds`. */
  async whenHeard(packets = 1, withinSeconds = 30): Promise<void> {
    const signal = AbortSignal.timeout(withinSeconds * 1000)
    try {
      while (this.#count() < packets) await once(this.#socket, 'message', { signal })
    } catch (error) {
      if (!signal.aborted) throw error
      throw new Error(`${this.#count()} of ${packets} RTP packets came within ${withinSeconds} s`)
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #count(): number {
    return [...this.#heard.values()].reduce((sum, { stream }) => sum + stream.packets, 0)
  }

  #take(packet: RtpPacket, from: string): void {
    const now = performance.now()
    const heard = this.#heard.get(packet.ssrc) ?? this.#begin(packet, from, now)
    const { stream, payloads } = heard
    // 16 bits wrap: the nearest number to the highest so far is meant (RFC 3550 A.1).
    const sequence = heard.highest + (((packet.sequence - heard.highest) << 16) >> 16)
    heard.highest = Math.max(heard.highest, sequence)
    stream.packets++
    stream.longestGapMs = Math.max(stream.longestGapMs, now - stream.lastPacketAt)
    stream.lastPacketAt = now
    if (payloads.size < mostPackets) payloads.set(sequence, Uint8Array.from(packet.payload))
  }

  #begin({ ssrc, payloadType, sequence }: RtpPacket, from: string, now: number): Heard {
    const counted = { packets: 0, lost: 0, longestGapMs: 0 }
    const stream = { ssrc, payloadType, from, firstPacketAt: now, lastPacketAt: now, ...counted }
    const heard = { stream, payloads: new Map<number, Uint8Array>(), highest: sequence }
    this.#heard.set(ssrc, heard)
    return heard
  }
}
