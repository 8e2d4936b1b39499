// A switch on loopback with its phones: what every loopback test starts from, and the check that nothing is left.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type {
  Binding,
  LineCredential,
  SipEvent,
  SipPort,
  SwitchConfig,
} from '../../../firmware/kernel/call/sip-port.ts'
import { freePort } from '../../../hw-tests/lab/free-port.ts'
import { createSwitch, type SwitchTimers } from '../lib/index.ts'
import { Phone, until } from './phone.ts'

export type Happened<T extends SipEvent['type']> = Extract<SipEvent, { type: T }>

/** Short transaction timers: whatever is left of a call is gone within two seconds. */
export const TIMERS = { t1: 50, t2: 200, t4: 50, td: 1500 }

const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex')

export function credential(user: string, secret: string): LineCredential {
  return {
    line: `lin_${user}`,
    authName: user,
    ha1Md5: hash('md5', `${user}:plant:${secret}`),
    ha1Sha256: hash('sha256', `${user}:plant:${secret}`),
  }
}

/** Where a switch of a test has its voices: below the ports that the kernel gives to whoever asks for any. */
export function voicePorts(count = 2000): { from: number; to: number } {
  const from = 10_000 + Math.floor(Math.random() * 200) * 100
  return { from, to: from + count }
}

/** A switch for one test, stopped with it. */
export async function benchOf(t: ExecutionContext, o: Parameters<typeof Bench.start>[0] = {}): Promise<Bench> {
  const bench = await Bench.start(o)
  t.teardown(() => bench.stop())
  return bench
}

export class Bench {
  readonly sip: SipPort
  readonly events: SipEvent[] = []
  readonly host: string
  readonly port: number
  readonly config: SwitchConfig
  readonly tlsPort: number
  readonly phones: Phone[] = []

  static async start(
    o: {
      host?: string
      port?: number
      transports?: readonly ('udp' | 'tcp' | 'tls')[]
      expires?: { min: number; max: number }
      timers?: SwitchTimers
    } = {},
  ): Promise<Bench> {
    const host = o.host ?? '127.0.0.1'
    const port = o.port ?? (await freePort(host))
    const tlsPort = o.transports?.includes('tls') === true ? await freePort(host) : 0
    const bench = new Bench({
      sip: createSwitch({ timers: o.timers ?? TIMERS }),
      config: {
        listen: (o.transports ?? ['udp']).map(transport => ({
          transport,
          host,
          port: transport === 'tls' ? tlsPort : port,
        })),
        rtp: voicePorts(),
        realm: 'plant',
        userAgent: 'plant-pbx test',
        stateDirectory: mkdtempSync(join(tmpdir(), 'switch-')),
        expires: o.expires ?? { min: 30, max: 600 },
      },
    })
    await bench.sip.start(bench.config)
    bench.sip.setLines(['201', '202', '203', '204'].map(user => credential(user, `secret-${user}`)))
    return bench
  }

  constructor(o: { sip: SipPort; config: SwitchConfig }) {
    this.sip = o.sip
    this.config = o.config
    this.host = o.config.listen[0]?.host ?? '127.0.0.1'
    this.port = o.config.listen[0]?.port ?? 5060
    this.tlsPort = o.config.listen.find(one => one.transport === 'tls')?.port ?? 5061
    this.sip.on(events => this.events.push(...events))
  }

  async phone(
    user: string,
    o: { secret?: string } & Partial<Omit<Parameters<typeof Phone.open>[0], 'server' | 'account'>> = {},
  ): Promise<Phone> {
    const phone = await Phone.open({
      server: { host: this.host, port: o.transport === 'tls' ? this.tlsPort : this.port },
      account: { user, secret: o.secret ?? `secret-${user}` },
      ...(o.host === undefined ? {} : { host: o.host }),
      ...(o.transport === undefined ? {} : { transport: o.transport }),
      ...(o.trust === undefined ? {} : { trust: o.trust }),
    })
    this.phones.push(phone)
    return phone
  }

  /** A phone that has registered, with the binding that the switch told of. */
  async registered(user: string, o: Parameters<Bench['phone']>[1] = {}): Promise<{ phone: Phone; binding: Binding }> {
    const phone = await this.phone(user, o)
    await phone.register()
    const { binding } = await this.event(
      'registered',
      e => e.binding.line === `lin_${user}` && e.binding.contact.includes(String(phone.sipPort)),
    )
    return { phone, binding }
  }

  /** The next event of this kind that fits, taken out of the list. */
  event<T extends SipEvent['type']>(
    type: T,
    fits: (event: Happened<T>) => boolean = () => true,
    patience?: number,
  ): Promise<Happened<T>> {
    return until(
      `event ${type}`,
      () => {
        const at = this.events.findIndex(event => event.type === type && fits(event as Happened<T>))
        return at < 0 ? undefined : (this.events.splice(at, 1)[0] as Happened<T>)
      },
      patience,
    )
  }

  /** Waits until nothing is up any more; what stays is named in the error. */
  async settled(o: { bindings?: number } = {}): Promise<void> {
    const left = (): string => {
      const d = this.sip.dump()
      const counts = {
        legs: d.legs.length,
        dialogs: d.dialogs,
        transactions: d.transactions,
        pools: d.pools,
        mediaPorts: d.mediaPorts,
        players: d.players,
        recorders: d.recorders,
        mixes: d.mixes,
        pages: d.pages,
      }
      return Object.entries(counts)
        .flatMap(([name, n]) => (n > 0 ? [`${name} ${n}`] : []))
        .join(', ')
    }
    try {
      await until('nothing to be left', () => left() === '', 30_000)
    } catch {
      throw new Error(`left in the switch: ${left()}; ${JSON.stringify(this.sip.dump().counters)}`)
    }
    if (o.bindings !== undefined && this.sip.dump().bindings !== o.bindings)
      throw new Error(`bindings: ${this.sip.dump().bindings}`)
  }

  async stop(): Promise<void> {
    await this.sip.stop()
    for (const phone of this.phones) phone.close()
    rmSync(this.config.stateDirectory, { recursive: true, force: true })
  }
}
