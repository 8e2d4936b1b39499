// Name servers as scenarios have them: a zone in memory that can be changed, be silent, or never answer.
import { PbxError } from '../kernel/errors.ts'
import type { HostAddress, NameServers, Names, NamingRule, ServiceHost } from '../kernel/names.ts'

export class FakeNames implements Names {
  /** Names in lower case → what they lead to. */
  readonly rules = new Map<string, readonly NamingRule[]>()
  readonly services = new Map<string, readonly ServiceHost[]>()
  readonly addresses = new Map<string, readonly string[]>()
  ttlSeconds = 60
  manner: 'answers' | 'silent' | 'hangs' = 'answers'
  /** Questions so far, such as `SRV _sip._udp.carrier.example`. */
  readonly asked: string[] = []
  servers: readonly string[] = []

  askedOf(servers: readonly string[]): NameServers {
    this.servers = servers
    return {
      rules: name => this.#answer(`NAPTR ${name}`, this.rules.get(name.toLowerCase()) ?? []),
      services: name => this.#answer(`SRV ${name}`, this.services.get(name.toLowerCase()) ?? []),
      addresses: (name, family) => {
        const own = (this.addresses.get(name.toLowerCase()) ?? []).filter(one => one.includes(':') === (family === 6))
        const found = own.map((address): HostAddress => ({ address, ttlSeconds: this.ttlSeconds }))
        return this.#answer(`${family === 4 ? 'A' : 'AAAA'} ${name}`, found)
      },
    }
  }

  #answer<T>(question: string, found: readonly T[]): Promise<readonly T[]> {
    this.asked.push(question)
    if (this.manner === 'hangs') return new Promise(() => {})
    if (this.manner === 'answers') return Promise.resolve(found)
    return Promise.reject(new PbxError('names.silent', `no name server answers (${question})`, { status: 504 }))
  }
}
