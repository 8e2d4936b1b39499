// A switch in a process of its own that may be killed, its phones, and what a successor is started with.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LineCredential, SipEvent, SwitchConfig } from '../../../firmware/kernel/call/sip-port.ts'
import { freePort } from '../../../hw-tests/lab/free-port.ts'
import type { SwitchTimers } from '../lib/index.ts'
import { credential, TIMERS, voicePorts } from './bench.ts'
import type { Identity } from './identity.ts'
import { Phone, until } from './phone.ts'
import type { Ordered } from './relaying-child.ts'

export interface Scene {
  readonly config: SwitchConfig
  readonly child: ChildProcess
  readonly events: SipEvent[]
  readonly stateDirectory: string
  /** What a successor must know of the lines. */
  readonly credentials: readonly LineCredential[]
  phone(user: string, o?: { transport?: 'udp' | 'tcp' | 'tls' }): Promise<Phone>
  /** Has the switch do something; resolves when it was told. */
  orders(order: Ordered): Promise<void>
  close(): void
}

export interface SceneOptions {
  /** The line at which calls for help ring. */
  readonly guard?: string
  readonly timers?: SwitchTimers
  /** Phones may come in over TLS. */
  readonly own?: Identity
  /** Ports for voices. */
  readonly voices?: number
  /** Sees the directory of the records before the switch does. */
  readonly prepare?: (stateDirectory: string) => void
}

export async function scene(
  users: readonly string[],
  { guard = '', timers = TIMERS, own, voices = 400, prepare }: SceneOptions = {},
): Promise<Scene> {
  const port = await freePort('127.0.0.1')
  const tlsPort = own ? await freePort('127.0.0.1') : 0
  const stateDirectory = mkdtempSync(join(tmpdir(), 'switch-'))
  prepare?.(stateDirectory)
  const config: SwitchConfig = {
    listen: [
      { transport: 'udp', host: '127.0.0.1', port },
      { transport: 'tcp', host: '127.0.0.1', port },
      ...(own ? [{ transport: 'tls', host: '127.0.0.1', port: tlsPort } as const] : []),
    ],
    rtp: voicePorts(voices),
    realm: 'plant',
    userAgent: 'plant-pbx test',
    stateDirectory,
    expires: { min: 30, max: 600 },
  }
  const child = fork(
    new URL('./relaying-child.ts', import.meta.url),
    [JSON.stringify(config), JSON.stringify(users), guard, JSON.stringify(timers)],
    {
      stdio: 'inherit',
    },
  )
  const events: SipEvent[] = []
  let ready = false
  let done = 0
  child.on('message', message => {
    if (message === 'ready') ready = true
    else if (message === 'done') done += 1
    else events.push(...(message as SipEvent[]))
  })
  await until('the child', () => ready)
  const orders = async (order: Ordered): Promise<void> => {
    const before = done
    child.send(order)
    await until(`${order.name} to be told`, () => done > before)
  }
  if (own) await orders({ name: 'setEncryption', words: [own.encryption] })
  const phones: Phone[] = []
  return {
    config,
    child,
    events,
    stateDirectory,
    credentials: users.map(user => credential(user, `secret-${user}`)),
    orders,
    async phone(user, o = {}) {
      const phone = await Phone.open({
        server: { host: '127.0.0.1', port: o.transport === 'tls' ? tlsPort : port },
        account: { user, secret: `secret-${user}` },
        ...(own && { trust: { ca: own.authority.certificate } }),
        ...o,
      })
      phones.push(phone)
      await phone.register()
      return phone
    },
    close() {
      child.kill('SIGKILL')
      for (const phone of phones) phone.close()
      rmSync(stateDirectory, { recursive: true, force: true })
    },
  }
}

/** Ends the process as a fault would. */
export async function dies(child: ChildProcess): Promise<void> {
  if (child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
