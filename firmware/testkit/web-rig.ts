// A web on a host of lamps and rooms: what tests of the web ask, in the name of people with few rights or many.
import { request } from 'node:https'
import type { ExecutionContext } from 'ava'
import type { Clock } from '../kernel/clock.ts'
import { PbxError } from '../kernel/errors.ts'
import { type Feature, feature, type Hook, type Route } from '../kernel/feature.ts'
import { DialNumber, Name, Ref, Secret, Type } from '../kernel/schema.ts'
import type { ResourceKind } from '../kernel/store.ts'
import type { Accounts, Session } from '../platform/http/ports.ts'
import type { WebServer } from '../platform/http/web-server.ts'
import type { Collections } from '../platform/store/editor.ts'
import { createWebHost, openTestWeb, type WebHost } from './web-host.ts'

const Room = Type.Object({ name: Name({ title: 'Name' }), number: Type.Optional(DialNumber()) })
const Lamp = Type.Object({
  name: Name(),
  room: Type.Optional(Ref('room')),
  key: Type.Optional(Secret()),
  brightness: Type.Integer({ minimum: 1, maximum: 9, default: 5 }),
  bus: Type.Optional(Type.Object({ token: Type.Optional(Secret()), speed: Type.Integer({ default: 9600 }) })),
})
const room: ResourceKind<never> = {
  kind: 'room',
  prefix: 'rom',
  title: ['Room', 'Rooms'],
  schema: Room,
  label: 'name' as never,
}
const lamp: ResourceKind<never> = {
  kind: 'lamp',
  prefix: 'lmp',
  title: ['Lamp', 'Lamps'],
  schema: Lamp,
  label: 'name' as never,
}

const flash: Route<{ times: number }, object> = {
  method: 'POST',
  path: 'lamps/flash',
  about: 'Flashes.',
  permission: 'lamps.flash',
  input: Type.Object({ times: Type.Integer({ minimum: 1, maximum: 9 }) }, { additionalProperties: false }),
  run: ({ times }, who) => ({ times, who }),
}
const broken: Route<never, object> = {
  method: 'GET',
  path: 'lamps/broken',
  about: 'Fails.',
  permission: 'lamps.flash',
  run: () => {
    throw new Error('secret inside /etc/box')
  },
}
/** Answers what it was asked. */
const echo: Hook = {
  path: 'echo',
  about: 'Answers what it was asked.',
  run: async ({ method, rest, query, headers, body }) => {
    if (query.key !== 'right') throw new PbxError('lamps.wrong-key', 'the key is not right', { status: 401 })
    return { method, rest, type: headers['content-type'] ?? '', body }
  },
}
const lamps = feature<unknown, undefined>({
  name: 'lamps',
  about: 'Lamps for tests.',
  settings: Type.Object({ volume: Type.Integer({ minimum: 0, maximum: 9, default: 3 }), pin: Type.Optional(Secret()) }),
  resources: [room, lamp],
  permissions: { 'lamps.view': 'See', 'lamps.manage': 'Change', 'lamps.flash': 'Flash' },
  start: () => ({
    routes: [flash as Route<never, unknown>, broken],
    hooks: [echo],
    metrics: () => ({ 'lamps-lit': 2 }),
  }),
})
const health = feature<unknown, undefined>({
  name: 'health',
  about: 'x',
  permissions: { 'health.view': 'See' },
  start: () => ({}),
})
const rights = feature<unknown, undefined>({
  name: 'rights',
  about: 'Permissions by the name of the person.',
  start: () => ({
    grantsOf: who => [{ scope: 'everything', permissions: PERMISSIONS[who.by === 'user' ? who.name : ''] ?? [] }],
  }),
})
const PERMISSIONS: Record<string, string[]> = {
  admin: ['*'],
  looker: ['lamps.view', 'health.view'],
  keeper: ['lamps.manage'],
  flasher: ['lamps.flash'],
}

/** A clock that stands still until told to move; timers are kept and never run. */
const standing = () => {
  const clock = {
    at: Date.now(),
    elapsed: 1_000,
    now: () => clock.at,
    since: () => clock.elapsed,
    trusted: true,
    after: () => () => {},
    every: () => () => {},
    sleep: () => new Promise<void>(() => {}),
  }
  return clock
}

/** Everybody's password is `right`; the token is the name. */
export class TestAccounts implements Accounts {
  readonly ended = new Set<(id: string) => void>()
  readonly gone = new Set<string>()
  async verify(o: { signIn: string; password: string }): Promise<Session['who'] | undefined> {
    return o.password === 'right' ? { by: 'user', id: `usr_${o.signIn}`, name: o.signIn } : undefined
  }
  async signIn(o: { signIn: string; password: string }) {
    const who = await this.verify(o)
    const session = who && this.session(who.name)
    return who && session ? { token: who.name, session } : undefined
  }
  session(token: string): Session | undefined {
    if (this.gone.has(token)) return undefined
    const who = { by: 'user', id: `usr_${token}`, name: token } as const
    return { id: `ses_${token}`, who, signIn: token, mustChangePassword: token === 'fresh', roles: [] }
  }
  signOut(token: string): void {
    this.gone.add(token)
    for (const observer of this.ended) observer(`ses_${token}`)
  }
  signOutElsewhere = (): number => 2
  changePassword = async (): Promise<void> => {}
  hash = async (password: string): Promise<string> => `hash of ${password}`
  onEnded(observer: (id: string) => void): () => void {
    this.ended.add(observer)
    return () => this.ended.delete(observer)
  }
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked at field by field
  readonly body: any
}
interface Asked {
  readonly as?: string
  readonly body?: unknown
  readonly raw?: string
  readonly headers?: Record<string, string>
}
export interface WebRig {
  readonly host: WebHost
  readonly web: WebServer
  readonly accounts: TestAccounts
  readonly clock: ReturnType<typeof standing>
  ask(method: string, path: string, o?: Asked): Promise<Reply>
}

/** A web of lamps for four kinds of people, and how to ask it. */
export async function webRig(
  t: ExecutionContext,
  more: readonly Feature<never, unknown>[] = [],
  o: { readonly collections?: Collections } = {},
): Promise<WebRig> {
  const clock = standing()
  const host = await createWebHost({
    features: [rights, health, lamps, ...more] as Feature<never, unknown>[],
    clock: clock as Clock,
    ...o,
  })
  const accounts = new TestAccounts()
  const web = await openTestWeb(host, accounts)
  t.teardown(() => web.close())
  return { host, web, accounts, clock, ask: (method, path, o = {}) => ask(web, { method, path, ...o }) }
}

function ask(web: WebServer, o: Asked & { method: string; path: string }): Promise<Reply> {
  const payload = o.raw ?? (o.body === undefined ? undefined : JSON.stringify(o.body))
  const headers = {
    ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    ...(o.as ? { cookie: `__Host-pbx=${o.as}` } : {}),
    ...o.headers,
  }
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: web.port, method: o.method, path: o.path, headers, ca: web.authority, agent: false },
      reply => {
        let text = ''
        reply.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        reply.on('end', () => {
          const json = reply.headers['content-type']?.includes('json')
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            text,
            body: json ? JSON.parse(text) : undefined,
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(payload)
  })
}
