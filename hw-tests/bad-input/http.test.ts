// Bodies that break the schemas of the API, over everything it offers; and a flood of sign-ins beside a press.
import { Agent, request } from 'node:https'
import test, { type ExecutionContext } from 'ava'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { seeded } from '../../native/pjsip-binding/test/mutations.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { openPinsWitness } from '../witness/pins.ts'
import { armed } from '../witness/plant.ts'

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly cookie: string | undefined
}
interface Asked {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly cookie?: string
}
interface Described {
  readonly features: readonly {
    readonly name: string
    readonly settings?: TSchema
    readonly resources: readonly { readonly kind: string; readonly schema: TSchema }[]
    readonly routes: readonly { readonly method: string; readonly path: string; readonly input?: TSchema }[]
  }[]
}
type Ask = (asked: Asked) => Promise<Answer>

function client(t: ExecutionContext, box: TestBox): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 40, rejectUnauthorized: false })
  t.teardown(() => agent.destroy())
  return ({ method, path, body, cookie }) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
      const headers = {
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(cookie === undefined ? {} : { cookie }),
      }
      const asked = request({ host: box.host, port: box.webPort, path, method, headers, agent }, answer => {
        let said = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
        answer.on('end', () => {
          const set = answer.headers['set-cookie']?.[0]?.split(';')[0]
          resolve({ status: answer.statusCode ?? 0, body: parsed(said), cookie: set })
        })
      })
      asked.on('error', reject)
      asked.end(text)
    })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Signs in with the password that the box printed, and chooses another. */
async function administrator(t: ExecutionContext, box: TestBox, ask: Ask): Promise<string> {
  const [, signIn, password] = /Sign in as (\S+) with the first password (\S+)/.exec(box.output) ?? []
  const opened = await ask({ method: 'POST', path: '/api/session', body: { signIn, password } })
  t.is(opened.status, 200)
  const cookie = opened.cookie ?? ''
  const next = 'a long password of nobody'
  const changed = await ask({
    method: 'POST',
    path: '/api/session/password',
    body: { current: password, next },
    cookie,
  })
  t.is(changed.status, 200, JSON.stringify(changed.body))
  return changed.cookie ?? cookie
}

const ODD: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  '',
  'x'.repeat(10_000),
  '\u0000',
  '../../etc/passwd',
  "'; drop table call_records_call; --",
  true,
  [],
  {},
  [null],
  { toString: 1 },
  ['ext_1', 7],
]

/** A value with odd things in some of its fields. */
function broken(schema: TSchema, random: () => number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const properties = (schema as { properties?: Record<string, TSchema> }).properties
  if (properties === undefined || random() < 0.15) return pick(ODD)
  const fields = Object.keys(properties).filter(() => random() < 0.6)
  const body: Record<string, unknown> = Object.fromEntries(fields.map(field => [field, pick(ODD)]))
  if (random() < 0.2) body[pick(['__proto__', 'constructor', 'no-such-field', ''])] = pick(ODD)
  return body
}

/** The box fills in what has a default before it judges; `null` takes a secret away. */
const breaks = (schema: TSchema, body: unknown): boolean => {
  type Fields = Record<string, { default?: unknown; 'x-secret'?: boolean }>
  const properties = (schema as { properties?: Fields }).properties ?? {}
  const preset = Object.entries(properties).flatMap(([name, field]) =>
    field.default === undefined ? [] : [[name, field.default]],
  )
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return !Value.Check(schema, body)
  const left = Object.entries(body).filter(([name, value]) => value !== null || properties[name]?.['x-secret'] !== true)
  return !Value.Check(schema, Object.fromEntries([...preset, ...left]))
}

interface Told {
  readonly error?: { readonly code?: string; readonly message?: string; readonly fields?: Record<string, string> }
}

test.serial(
  'no body that breaks a schema is taken, each is answered with what is wrong, and nobody without a session gets in',
  async t => {
    const box = await TestBox.start()
    t.teardown(() => box.stop())
    const ask = client(t, box)
    const cookie = await administrator(t, box, ask)
    const { features } = (await ask({ method: 'GET', path: '/api/describe', cookie })).body as Described
    const random = seeded(911)
    const targets = features.flatMap(feature => [
      ...feature.routes.flatMap(({ method, path, input }) =>
        input === undefined || method !== 'POST' ? [] : [{ method, path: `/api/${path}`, schema: input, wrap: false }],
      ),
      ...feature.resources.map(({ kind, schema }) => ({
        method: 'POST',
        path: `/api/resources/${kind}`,
        schema,
        wrap: true,
      })),
      ...(feature.settings === undefined
        ? []
        : [{ method: 'PUT', path: `/api/settings/${feature.name}`, schema: feature.settings, wrap: true }]),
    ])
    t.true(targets.length > 30)
    const faults: string[] = []
    let asked = 0
    for (const { method, path, schema, wrap } of targets) {
      for (let n = 0; n < 25; n++) {
        const value = broken(schema, random)
        if (!breaks(schema, value)) continue
        const body = wrap ? { value } : value
        asked++
        const answer = await ask({ method, path, body, cookie })
        const what = `${method} ${path} ${JSON.stringify(body).slice(0, 200)}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`
        const { error } = (answer.body ?? {}) as Told
        if (answer.status < 400 || answer.status >= 500) faults.push(what)
        else if (error?.message === undefined) faults.push(`no reason: ${what}`)
        else if (typeof value === 'object' && value !== null && !Array.isArray(value) && answer.status === 400)
          if (Object.keys(error.fields ?? {}).length === 0 && !/request/.test(error.message))
            faults.push(`no field: ${what}`)
      }
      for (const text of ['{', '[[[[', '"', '\u0000', '{"value":']) {
        const { status } = await ask({ method, path, body: text, cookie })
        if (status < 400 || status >= 500) faults.push(`${method} ${path} ${text}: ${status}`)
      }
      const stranger = await ask({ method, path, body: wrap ? { value: {} } : {} })
      if (stranger.status !== 401 && stranger.status !== 403)
        faults.push(`a stranger: ${method} ${path}: ${stranger.status}`)
    }
    for (const { method, path } of features.flatMap(feature => feature.routes.filter(one => one.method === 'GET'))) {
      const stranger = await ask({ method, path: `/api/${path}` })
      if (stranger.status !== 401 && stranger.status !== 403)
        faults.push(`a stranger: ${method} ${path}: ${stranger.status}`)
      const odd = await ask({
        method,
        path: `/api/${path}?limit=NaN&offset=-1&q=%00&from=x&${'a'.repeat(2000)}=1`,
        cookie,
      })
      if (odd.status >= 500)
        faults.push(`${method} ${path} with an odd query: ${odd.status} ${JSON.stringify(odd.body).slice(0, 200)}`)
    }
    t.log(`${targets.length} routes, ${asked} broken bodies`)
    t.true(asked > 300)
    t.deepEqual(faults, [])
  },
)

test.serial('ten thousand wrong sign-ins do not slow a press', async t => {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  await armed(box)
  const pins = openPinsWitness({ run: box.run })
  t.teardown(() => pins.close())
  const ask = client(t, box)
  const answers = new Map<number, number>()
  let left = 10_000
  const guess = async () => {
    while (left-- > 0) {
      const body = { signIn: 'admin', password: `guess ${left}` }
      const { status } = await ask({ method: 'POST', path: '/api/session', body })
      answers.set(status, (answers.get(status) ?? 0) + 1)
    }
  }
  const guessing = Promise.all(Array.from({ length: 40 }, guess))
  while (left > 8000) await new Promise(resolve => setTimeout(resolve, 20))
  const pressed = pins.move('in-1', 'press')
  const seen = await pins.waitFor('strobe-1', { on: true, since: pressed.at, milliseconds: 20_000 })
  t.log(`strobe after ${(seen.at - pressed.at).toFixed(1)} ms, with ${left} sign-ins still to come`)
  const alarm = async () => (await box.ask<{ alarms: object[] }>('alarms/live')).alarms.length
  await until('the alarm is raised', async () => (await alarm()) === 1)
  t.true(left > 0, 'while sign-ins are still to come')
  pins.move('in-1', 'release')
  await guessing
  t.is(await alarm(), 1)
  t.deepEqual(
    [...answers.keys()].filter(status => status !== 401 && status !== 429),
    [],
  )
  t.true((answers.get(429) ?? 0) > 9000)
})
