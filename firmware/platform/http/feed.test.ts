// The live feed over a real socket: who sees what, and coming back after a gap.

import test, { type ExecutionContext } from 'ava'
import { io, type Socket } from 'socket.io-client'
import type { Feature } from '../../kernel/feature.ts'
import { feature } from '../../kernel/feature.ts'
import { createWebHost, openTestWeb, type WebHost } from '../../testkit/web-host.ts'
import { FactRing, type NumberedFact } from './fact-ring.ts'
import type { Accounts, Session } from './ports.ts'
import type { WebServer } from './web-server.ts'

test('a ring gives what came after a number, and says so when some of it is gone', t => {
  const ring = new FactRing(3)
  t.deepEqual(ring.after(ring.epoch, 0), [])
  for (const name of ['a', 'b', 'c', 'd']) ring.add({ feature: 'f', name, fact: {} })
  const names = (after: number) => ring.after(ring.epoch, after)?.map(fact => fact.name)
  t.deepEqual(names(1), ['b', 'c', 'd'])
  t.deepEqual(names(3), ['d'])
  t.deepEqual(names(4), [])
  t.is(names(0), undefined, 'number 1 is gone')
  t.is(names(5), undefined, 'from the future')
  t.is(ring.after('another run', 3), undefined)
})

const plain = (name: string) =>
  feature<unknown, undefined>({ name, about: name, permissions: { [`${name}.view`]: 'See' }, start: () => ({}) })
const rights = feature<unknown, undefined>({
  name: 'rights',
  about: 'rights',
  start: () => ({
    grantsOf: who =>
      who.by === 'user'
        ? [{ scope: 'everything', permissions: who.name === 'all' ? ['*'] : [`${who.name}.view`] }]
        : [],
  }),
})

class TokenAccounts implements Accounts {
  readonly observers = new Set<(id: string) => void>()
  session(token: string): Session | undefined {
    if (token === 'nobody') return undefined
    const who = { by: 'user', id: `usr_${token}`, name: token } as const
    return { id: token, who, signIn: token, mustChangePassword: token === 'fresh', roles: [] }
  }
  verify = async (): Promise<undefined> => undefined
  signIn = async (): Promise<undefined> => undefined
  signOut = (token: string): void => {
    for (const observer of this.observers) observer(token)
  }
  signOutElsewhere = (): number => 0
  changePassword = async (): Promise<void> => {}
  hash = async (): Promise<string> => ''
  onEnded(observer: (id: string) => void): () => void {
    this.observers.add(observer)
    return () => this.observers.delete(observer)
  }
}

interface Hello {
  readonly epoch: string
  readonly newest: number
  readonly resumed: boolean
}
interface Reader {
  readonly socket: Socket
  readonly hello: Hello
  readonly facts: NumberedFact[]
  /** Resolves once a fact of this name came. */
  came(name: string): Promise<void>
}

async function rig(t: ExecutionContext): Promise<{ host: WebHost; web: WebServer; accounts: TokenAccounts }> {
  const features = [rights, plain('alarms'), plain('live-calls')] as Feature<never, unknown>[]
  const clock = {
    now: () => Date.now(),
    since: () => performance.now(),
    trusted: true,
    after: (milliseconds: number, run: () => void) => {
      const timer = setTimeout(run, milliseconds)
      return () => clearTimeout(timer)
    },
    every: () => () => {},
    sleep: () => new Promise<void>(() => {}),
  }
  const host = await createWebHost({ features, clock })
  const accounts = new TokenAccounts()
  const web = await openTestWeb(host, accounts)
  t.teardown(() => web.close())
  return { host, web, accounts }
}

async function read(
  t: ExecutionContext,
  web: WebServer,
  o: { as: string; from?: { epoch: string; after: number } },
): Promise<Reader> {
  const socket = io(`https://127.0.0.1:${web.port}`, {
    path: '/feed',
    transports: ['websocket'],
    ca: web.authority,
    reconnection: false,
    forceNew: true,
    extraHeaders: { cookie: `__Host-pbx=${o.as}` },
    ...(o.from ? { auth: o.from } : {}),
  })
  t.teardown(() => socket.disconnect())
  const facts: NumberedFact[] = []
  const waiting = new Map<string, () => void>()
  socket.on('facts', (more: NumberedFact[]) => {
    facts.push(...more)
    for (const fact of more) waiting.get(fact.name)?.()
  })
  const hello = await new Promise<Hello>((resolve, reject) => {
    socket.on('hello', resolve)
    socket.on('connect_error', reject)
  })
  const came = (name: string) =>
    facts.some(fact => fact.name === name)
      ? Promise.resolve()
      : new Promise<void>(resolve => waiting.set(name, resolve))
  return { socket, hello, facts, came }
}

test('each reader sees the facts that the roles allow, and everybody that something changed', async t => {
  const { host, web } = await rig(t)
  const all = await read(t, web, { as: 'all' })
  const safety = await read(t, web, { as: 'alarms' })
  const calls = await read(t, web, { as: 'live-calls' })
  host.emit('alarms', 'alarm.raised', { id: 'alm_1' })
  host.emit('kernel', 'call.began', { call: 'c1' })
  host.emit('kernel', 'problems.changed', { count: 1 })
  for (const reader of [all, safety, calls]) await reader.came('problems.changed')
  const names = (reader: Reader) => reader.facts.map(fact => fact.name)
  t.deepEqual(names(all), ['alarm.raised', 'call.began', 'problems.changed'])
  t.deepEqual(names(safety), ['alarm.raised', 'problems.changed'])
  t.deepEqual(names(calls), ['call.began', 'problems.changed'])
})

test('who was away for a moment gets what was missed, once and in order; who was away too long is told to fetch anew', async t => {
  const { host, web } = await rig(t)
  const first = await read(t, web, { as: 'all' })
  t.false(first.hello.resumed)
  host.emit('alarms', 'one', {})
  await first.came('one')
  first.socket.disconnect()
  host.emit('alarms', 'two', {})
  host.emit('alarms', 'three', {})
  const again = await read(t, web, {
    as: 'all',
    from: { epoch: first.hello.epoch, after: first.facts.at(-1)?.sequence ?? 0 },
  })
  t.true(again.hello.resumed)
  await again.came('three')
  t.deepEqual(
    again.facts.map(fact => fact.name),
    ['two', 'three'],
  )
  t.false((await read(t, web, { as: 'all', from: { epoch: 'of another start', after: 1 } })).hello.resumed)
  for (let index = 0; index < 2_100; index += 1) host.emit('alarms', 'flood', { index })
  t.false((await read(t, web, { as: 'all', from: { epoch: first.hello.epoch, after: 1 } })).hello.resumed)
})

test('nobody reads without a session, nor before the first password was changed, nor after signing out', async t => {
  const { web, accounts } = await rig(t)
  await t.throwsAsync(read(t, web, { as: 'nobody' }), { message: 'not-signed-in' })
  await t.throwsAsync(read(t, web, { as: 'fresh' }), { message: 'not-signed-in' })
  const reader = await read(t, web, { as: 'all' })
  const over = new Promise<string>(resolve => reader.socket.on('disconnect', resolve))
  accounts.signOut('all')
  t.truthy(await over)
})
