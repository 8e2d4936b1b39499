// The networks that multicast leaves by: what the machine has now, and what it had since the box started, as cables come back.
import type { Network, SipPort } from '../../../kernel/call/sip-port.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { EACH_NETWORK, type MulticastStream } from './settings.ts'

/** How often the machine is asked, milliseconds: a page itself reads memory only. */
const LOOK_EVERY = 10_000

export class NetworksNow {
  readonly #sip: Pick<SipPort, 'networks'>
  #networks: readonly Network[] = []
  readonly #seen = new Set<string>()

  constructor(o: { sip: Pick<SipPort, 'networks'>; clock: Clock }) {
    this.#sip = o.sip
    // A machine that cannot tell now has the networks that it told of last.
    o.clock.every(LOOK_EVERY, () => this.#look())
    o.clock.after(0, () => this.#look())
  }

  /** As they were a few seconds ago at most. */
  all(): readonly Network[] {
    return this.#networks
  }

  get(name: string): Network | undefined {
    return this.all().find(network => network.name === name)
  }

  /** By which a stream to each network leaves: also those that are away at the moment. */
  each(): readonly string[] {
    for (const network of this.all()) if (carriesStreams(network)) this.#seen.add(network.name)
    return [...this.#seen].sort()
  }

  /** Whether anything of a stream can leave at the moment: by the network that it names, or by one at least. */
  leaves({ network }: Pick<MulticastStream, 'network'>): boolean {
    if (network === undefined || this.#networks.length === 0) return true
    const by = network === EACH_NETWORK ? this.each() : [network]
    return by.some(name => this.get(name)?.carrier === true)
  }

  #look(): void {
    this.#networks = this.#sip.networks()
    this.each()
  }
}

/** Whether a network of the box is one that people could hear a stream in. */
const carriesStreams = ({ loopback, multicast, addresses }: Network): boolean =>
  multicast && !loopback && addresses.some(({ address }) => address.includes('.'))
