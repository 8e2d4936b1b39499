// What the fake switch is told of trunks: their networks, and connections to those that speak TLS.
import { X509Certificate } from 'node:crypto'
import type { Peer, SipEvent, SipPort } from '../kernel/call/sip-port.ts'
import { PbxError } from '../kernel/errors.ts'
import { EncryptedCommands } from './fake-encryption.ts'
import type { VirtualPhone } from './virtual-phone.ts'

export abstract class TrunkCommands extends EncryptedCommands {
  abstract readonly phones: ReadonlyMap<string, VirtualPhone>
  trunks: Parameters<SipPort['setTrunks']>[0] = { networks: [], contacts: [] }
  peers: readonly Peer[] = []

  abstract emit(event: SipEvent): void

  setTrunks(o: Parameters<SipPort['setTrunks']>[0]): void {
    this.give('setTrunks', [o], () => {
      this.trunks = o
    })
  }

  keepConnections(peers: readonly Peer[]): void {
    checkPeers(peers)
    this.give('keepConnections', [peers], () => {
      const before = this.peers
      this.peers = peers
      for (const peer of peers) if (!before.some(one => isSame(one, peer))) this.emit(connectionTo(this.phones, peer))
    })
  }
}

/** As the real switch reads authorities: before anything counts. */
function checkPeers(peers: readonly Peer[]): void {
  for (const { authorities, address } of peers) {
    if (address.transport !== 'tls') throw new TypeError('address.transport must be tls')
    try {
      if (authorities !== undefined) new X509Certificate(authorities)
    } catch (cause) {
      throw new PbxError('switch.bad-authority', 'no authority can be read', { status: 400, cause })
    }
  }
}

const isSame = (a: Peer, b: Peer): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Whoever stands at the address is who he is to be, until a test says otherwise. */
function connectionTo(phones: ReadonlyMap<string, VirtualPhone>, { address }: Peer): SipEvent {
  const told = { type: 'connection-changed', with: address } as const
  const stands = [...phones.values()].some(({ source, manner }) => source.host === address.host && manner !== 'silent')
  return stands ? { ...told, up: true } : { ...told, up: false, why: 'unreachable', text: 'Connection refused' }
}
