// Sends sound as RTP in real time, to an address or a multicast group.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { encodeG711, type G711, payloadTypes } from './g711.ts'
import { formatRtp } from './rtp.ts'
import { resample, type Sound } from './sound.ts'

export interface RtpSenderOptions {
  to: string
  port: number
  /** Address of the interface to send from; default 127.0.0.1. */
  host?: string
  codec?: G711
  /** Default 1. */
  ttl?: number
}

const packetMs = 20
const packetSamples = 160

/** The packets of a sound, 20 ms each, the last filled up with silence. */
export function rtpPackets(sound: Sound, codec: G711, ssrc: number): Uint8Array[] {
  const { samples } = resample(sound, 8000)
  return Array.from({ length: Math.ceil(samples.length / packetSamples) }, (_, i) => {
    const piece = new Float32Array(packetSamples)
    piece.set(samples.subarray(i * packetSamples, (i + 1) * packetSamples))
    return formatRtp({
      payloadType: payloadTypes[codec],
      marker: i === 0,
      sequence: i & 0xffff,
      timestamp: i * packetSamples,
      ssrc,
      payload: encodeG711(codec, piece),
    })
  })
}

/** Sends a sound at its own speed and resolves after the last packet. */
export async function sendRtp(sound: Sound, options: RtpSenderOptions): Promise<void> {
  const { to, port, host = '127.0.0.1', codec = 'PCMU', ttl = 1 } = options
  const socket = createSocket(to.includes(':') ? 'udp6' : 'udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  if (/^(22[4-9]|23\d)\./.test(to)) {
    socket.setMulticastInterface(host)
    socket.setMulticastTTL(ttl)
    socket.setMulticastLoopback(true)
  }
  const packets = rtpPackets(sound, codec, Math.floor(Math.random() * 2 ** 32))
  try {
    await pace(packets, packet => send(socket, packet, { to, port }))
  } finally {
    socket.close()
  }
}

/** Calls `each` every 20 ms by the clock, catching up after a late timer instead of drifting. */
function pace(packets: readonly Uint8Array[], each: (packet: Uint8Array) => Promise<void>): Promise<void> {
  const begun = performance.now()
  let sent = 0
  return new Promise((resolve, reject) => {
    const turn = () => {
      const due = Math.floor((performance.now() - begun) / packetMs) + 1
      const batch = packets.slice(sent, due)
      sent += batch.length
      Promise.all(batch.map(each)).then(() => {
        if (sent < packets.length) setTimeout(turn, Math.max(0, begun + sent * packetMs - performance.now()))
        else resolve()
      }, reject)
    }
    turn()
  })
}

function send(socket: Socket, packet: Uint8Array, { to, port }: { to: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(packet, port, to, error => (error ? reject(error) : resolve()))
  })
}
