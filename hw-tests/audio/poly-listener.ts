// Listens to group paging as a phone of Poly's make does: wakes at an alert, plays what is transmitted on its channel, stops at
// an end. Written from the layout in Poly's own advisory, not from what sends here.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { decodeG711 } from './g711.ts'
import type { Sound } from './sound.ts'

const OPERATIONS = { 15: 'alert', 16: 'transmit', 255: 'end' } as const
const HEAD = 20
const AUDIO_HEAD = 6
const FRAME = 160

export interface PolyPacket {
  readonly operation: 'alert' | 'transmit' | 'end'
  readonly channel: number
  readonly serial: number
  readonly caller: string
  /** Of a transmit packet: code of its codec, count of samples, and frames, the newest last. */
  readonly audio?: { readonly codec: number; readonly samples: number; readonly frames: readonly Uint8Array[] }
}

/** `undefined` for what is no whole packet of the kind. */
export function readPoly(bytes: Buffer): PolyPacket | undefined {
  const operation = OPERATIONS[bytes[0] as keyof typeof OPERATIONS]
  if (operation === undefined || bytes.length < HEAD || bytes[6] !== 13) return undefined
  const caller = bytes.subarray(7, HEAD).toString('latin1').replace(/\0+$/, '')
  const head = { operation, channel: bytes[1] ?? 0, serial: bytes.readUInt32BE(2), caller }
  if (operation !== 'transmit') return bytes.length === HEAD ? head : undefined
  const speech = bytes.subarray(HEAD + AUDIO_HEAD)
  if (speech.length === 0 || speech.length % FRAME !== 0) return undefined
  const frames = Array.from({ length: speech.length / FRAME }, (_, i) => speech.subarray(i * FRAME, (i + 1) * FRAME))
  return { ...head, audio: { codec: bytes[HEAD] ?? 0, samples: bytes.readUInt32BE(HEAD + 2), frames } }
}

export class PolyListener {
  readonly port: number
  readonly packets: PolyPacket[] = []
  /** Datagrams that no phone could read. */
  strange = 0
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', bytes => {
      const packet = readPoly(bytes)
      if (packet === undefined) this.strange += 1
      else this.packets.push(packet)
    })
  }

  /** On any free port of the group, entered on the interface with this address. */
  static async open({ group, host }: { group: string; host: string }): Promise<PolyListener> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.bind(0, group)
    await once(socket, 'listening')
    socket.addMembership(group, host)
    return new PolyListener(socket)
  }

  count(operation: PolyPacket['operation']): number {
    return this.packets.filter(packet => packet.operation === operation).length
  }

  /** What is heard of G.711 µ-law where each of these packets is lost: its frame comes again in the next one. */
  sound(isLost: (index: number) => boolean = () => false): Sound {
    const frames = new Map<number, Uint8Array>()
    const spoken = this.packets.flatMap(packet => packet.audio ?? [])
    for (const { samples, frames: of } of spoken.filter((_, index) => !isLost(index)))
      for (const [i, frame] of of.entries()) frames.set(samples - (of.length - 1 - i) * FRAME, frame)
    const all = new Float32Array(spoken.length * FRAME)
    for (const [at, frame] of frames) all.set(decodeG711('PCMU', frame), at)
    return { rate: 8000, samples: all }
  }

  close(): void {
    this.#socket.close()
  }
}
