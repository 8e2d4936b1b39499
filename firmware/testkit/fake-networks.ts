// The networks of the fake switch, and what is heard there of multicast: a test says who speaks.
import type { GroupEar, GroupProbe, HeardOfGroup, Network } from '../kernel/call/sip-port.ts'
import { PbxError } from '../kernel/errors.ts'
import { WatchCommands } from './fake-watchers.ts'

const network = (name: string, address: string): Network => ({
  name,
  carrier: true,
  loopback: false,
  multicast: true,
  addresses: [{ address, prefix: 24 }],
})

export class FakeNetworks {
  /** The phones of a scenario stand in the first. */
  list: readonly Network[] = [network('eth0', '10.0.0.5'), network('eth1', '192.168.7.5')]
  /** Whether the system lets the box listen. */
  allowed = true
  /** Those that a probe which leaves by the key comes back on. */
  bridged: Readonly<Record<string, readonly string[]>> = {}
  /** Nothing leaves by these. */
  mute: readonly string[] = []
  /** The box's address where no network was chosen. */
  routed: string | undefined = '10.0.0.5'
  readonly entered: string[] = []
  readonly probes: (GroupProbe & { readonly by: string })[] = []
  readonly #heard: HeardOfGroup[] = []

  /** Something comes in on an interface. */
  hears(name: string, packet: Uint8Array): void {
    this.#heard.push({ interface: name, packet })
  }

  ear(): GroupEar {
    if (!this.allowed) throw new PbxError('switch.no-group-ear', 'raw sockets are not allowed (EPERM)', { status: 503 })
    return {
      heard: () => this.#heard.splice(0, 64),
      enter: async (group, address) => void this.entered.push(`${group} ${this.#nameOf(address)}`),
      leave: () => void this.entered.splice(0),
      probe: async (address, probe) => this.#probe(this.#nameOf(address), probe),
      close: () => {},
    }
  }

  #probe(by: string, probe: GroupProbe): void {
    if (this.mute.includes(by)) throw new PbxError('switch.probe-not-sent', `nothing leaves by ${by} (ENETUNREACH)`)
    this.probes.push({ by, ...probe })
    for (const other of this.bridged[by] ?? []) this.hears(other, datagram(probe))
  }

  #nameOf(address: string): string {
    return this.list.find(one => one.addresses.some(own => own.address === address))?.name ?? address
  }
}

/** The probe as an IPv4 datagram. */
function datagram({ group, ttl, port, payload }: GroupProbe): Uint8Array {
  const head = Buffer.alloc(28)
  head[0] = 0x45
  head.writeUInt16BE(28 + payload.length, 2)
  head[8] = ttl
  head[9] = 17
  head.set(group.split('.').map(Number), 16)
  head.writeUInt16BE(port, 22)
  return Buffer.concat([head, payload])
}

/** The commands of the port that are about networks. */
export abstract class NetworkCommands extends WatchCommands {
  readonly network = new FakeNetworks()

  networks(): readonly Network[] {
    return this.network.list
  }

  async wayTo(): Promise<string | undefined> {
    return this.network.routed
  }

  openGroupEar(): GroupEar {
    return this.network.ear()
  }
}
