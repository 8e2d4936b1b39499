// A name server of the carrier's world: Debian's dnsmasq on a port of its own, ended and started again with other records.
import { Program } from '../phones/process.ts'
import { freePort } from './free-port.ts'

/** Records as dnsmasq takes them: `srv-host=_sip._udp.carrier.example,edge.carrier.example,5060,10,1`. */
export type NameRecord = `${'srv-host' | 'naptr-record' | 'host-record'}=${string}`

export class NameServer {
  readonly host = '127.0.0.1'
  readonly port: number
  #program: Program | undefined

  private constructor(port: number) {
    this.port = port
  }

  static async start(records: readonly NameRecord[]): Promise<NameServer> {
    const server = new NameServer(await freePort())
    await server.begin(records)
    return server
  }

  /** As the settings of trunks write it. */
  get address(): string {
    return `${this.host}:${this.port}`
  }

  /** With these records, which hold for two seconds. */
  async begin(records: readonly NameRecord[]): Promise<void> {
    await this.stop()
    this.#program = await Program.start('dnsmasq', [
      ...[
        '--keep-in-foreground',
        '--log-facility=-',
        '--conf-file=/dev/null',
        '--no-resolv',
        '--no-hosts',
        '--pid-file=',
      ],
      ...[`--port=${this.port}`, `--listen-address=${this.host}`, '--bind-interfaces', '--local-ttl=2', '--user='],
      ...records.map(record => `--${record}`),
    ])
  }

  async stop(): Promise<void> {
    await this.#program?.stop()
    this.#program = undefined
  }
}
