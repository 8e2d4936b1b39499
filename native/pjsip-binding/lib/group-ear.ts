// The ear for what networks say of multicast, on the addon's raw sockets; groups are entered and probes sent by sockets of Node's own.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { GroupEar, GroupProbe, HeardOfGroup } from '../../../firmware/kernel/call/sip-port.ts'
import { PbxError } from '../../../firmware/kernel/errors.ts'
import type { SwitchAddon } from './addon.ts'

type EarAddon = Pick<SwitchAddon, 'openGroupEar' | 'closeGroupEar' | 'tapProbes' | 'heardOfGroups'>

/** Throws PbxError `switch.no-group-ear` with the system's reason. */
export function openGroupEar(addon: EarAddon): GroupEar {
  const why = addon.openGroupEar()
  if (why !== '') throw new PbxError('switch.no-group-ear', `raw sockets are not allowed (${why})`, { status: 503 })
  return new AddonGroupEar(addon)
}

class AddonGroupEar implements GroupEar {
  readonly #addon: EarAddon
  /** One that is in the groups; it reads nothing. */
  #member: Promise<Socket> | undefined

  constructor(addon: EarAddon) {
    this.#addon = addon
  }

  heard(): readonly HeardOfGroup[] {
    return this.#addon.heardOfGroups()
  }

  async enter(group: string, address: string): Promise<void> {
    const why = this.#addon.tapProbes(true)
    if (why !== '') throw new PbxError('switch.no-probes', `packets may not be looked at (${why})`, { status: 503 })
    this.#member ??= this.#opened()
    try {
      const member = await this.#member
      member.addMembership(group, address)
    } catch (error) {
      // Two names of one interface, or one stream of two ports: it is in already.
      if (codeOf(error) === 'EADDRINUSE') return
      throw new PbxError('switch.no-probes', `${group} cannot be entered on ${address} (${codeOf(error)})`, {
        status: 503,
      })
    }
  }

  async #opened(): Promise<Socket> {
    const socket = createSocket('udp4')
    await bound(socket, '0.0.0.0')
    // An error that nobody listens for would end the process: who fails afterwards is in no group any more.
    return socket.on('error', () => this.leave())
  }

  leave(): void {
    this.#addon.tapProbes(false)
    const member = this.#member
    this.#member = undefined
    // One that could not be opened has told so to whoever wanted to enter, and is not there to be closed.
    void member?.then(
      socket => socket.close(),
      () => undefined,
    )
  }

  async probe(address: string, { group, port, ttl, payload }: GroupProbe): Promise<void> {
    const socket = createSocket('udp4')
    try {
      await bound(socket, address)
      socket.setMulticastInterface(address)
      socket.setMulticastTTL(ttl)
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.send(payload, port, group, error => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      throw new PbxError('switch.probe-not-sent', `nothing leaves by ${address} (${codeOf(error)})`, { status: 503 })
    } finally {
      socket.close()
    }
  }

  close(): void {
    this.leave()
    this.#addon.closeGroupEar()
  }
}

/** Whether an address is one of multicast (224.0.0.0/4, ff00::/8). */
export const isGroup = (host: string): boolean => /^(22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/i.test(host)

/** The address that the machine's routes give packets to a group; nothing is sent. */
export async function wayTo(group: string): Promise<string | undefined> {
  const socket = createSocket(group.includes(':') ? 'udp6' : 'udp4')
  try {
    socket.connect(DISCARD, group)
    await once(socket, 'connect')
    return socket.address().address
  } catch (error) {
    // Whatever the system says against it (no route, no address of that family): there is no way now.
    if (codeOf(error) === NO_CODE) throw error
    return undefined
  } finally {
    socket.close()
  }
}

/** A port where nothing is said (RFC 863). */
const DISCARD = 9

/** A socket of its own port, so that it hears nothing that is meant for others. */
async function bound(socket: Socket, address: string): Promise<Socket> {
  socket.bind(0, address)
  await once(socket, 'listening')
  return socket
}

const NO_CODE = 'failed'
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : NO_CODE)
