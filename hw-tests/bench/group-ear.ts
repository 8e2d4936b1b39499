// A loudspeaker in a multicast group that notes when the first sound of a page came.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { carriesSound } from '../audio/g711.ts'
import { readRtp } from '../audio/rtp.ts'
import { monotonicMs } from '../phones/phone-crowd.ts'

export class GroupEar {
  readonly #socket: Socket
  #firstSoundAt: number | undefined
  #lastPacketAt = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('message', packet => {
      const rtp = readRtp(packet)
      this.#lastPacketAt = monotonicMs()
      if (rtp && this.#firstSoundAt === undefined && carriesSound(rtp.payloadType, rtp.payload))
        this.#firstSoundAt = this.#lastPacketAt
    })
  }

  static async open(o: { group: string; port: number; host: string }): Promise<GroupEar> {
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    socket.bind(o.port, o.group)
    await once(socket, 'listening')
    socket.addMembership(o.group, o.host)
    return new GroupEar(socket)
  }

  /** Since `forget`; undefined while it is silent. */
  get firstSoundAt(): number | undefined {
    return this.#firstSoundAt
  }

  /** How long nothing has come, in milliseconds. */
  get quietFor(): number {
    return monotonicMs() - this.#lastPacketAt
  }

  forget(): void {
    this.#firstSoundAt = undefined
  }

  close(): void {
    this.#socket.close()
  }
}
