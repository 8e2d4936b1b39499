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
import { Phone, until } from './phone.ts'

export interface Scene {
  readonly config: SwitchConfig
  readonly child: ChildProcess
  readonly events: SipEvent[]
  /** What a successor must know of the lines. */
  readonly credentials: readonly LineCredential[]
  phone(user: string, o?: { transport?: 'udp' | 'tcp' }): Promise<Phone>
  close(): void
}

/** Calls for help ring at the line `guard`, when there is one. */
export async function scene(users: readonly string[], guard?: string, timers: SwitchTimers = TIMERS): Promise<Scene> {
  const port = await freePort('127.0.0.1')
  const stateDirectory = mkdtempSync(join(tmpdir(), 'switch-'))
  const config: SwitchConfig = {
    listen: [
      { transport: 'udp', host: '127.0.0.1', port },
      { transport: 'tcp', host: '127.0.0.1', port },
    ],
    rtp: voicePorts(400),
    realm: 'plant',
    userAgent: 'plant-pbx test',
    stateDirectory,
    expires: { min: 30, max: 600 },
  }
  const child = fork(
    new URL('./relaying-child.ts', import.meta.url),
    [JSON.stringify(config), JSON.stringify(users), guard ?? '', JSON.stringify(timers)],
    {
      stdio: 'inherit',
    },
  )
  const events: SipEvent[] = []
  let ready = false
  child.on('message', message => {
    if (message === 'ready') ready = true
    else events.push(...(message as SipEvent[]))
  })
  await until('the child', () => ready)
  const phones: Phone[] = []
  return {
    config,
    child,
    events,
    credentials: users.map(user => credential(user, `secret-${user}`)),
    async phone(user, o = {}) {
      const phone = await Phone.open({
        server: { host: '127.0.0.1', port },
        account: { user, secret: `secret-${user}` },
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
  child.kill('SIGKILL')
  await once(child, 'exit')
}
