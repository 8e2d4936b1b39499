// The web as a browser, and as someone who means harm, meets it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { webRig } from '../../testkit/web-rig.ts'
import { openWeb } from './web-server.ts'

const ENDPOINTS = [
  ['GET', '/api/describe'],
  ['GET', '/api/problems'],
  ['GET', '/api/health'],
  ['GET', '/api/permissions'],
  ['GET', '/api/destinations'],
  ['GET', '/api/actions'],
  ['GET', '/api/changes'],
  ['POST', '/api/changes/1/undo'],
  ['GET', '/api/resources/lamp'],
  ['POST', '/api/resources/lamp'],
  ['GET', '/api/choices/lamp'],
  ['GET', '/api/resources/lamp/lmp_x'],
  ['PUT', '/api/resources/lamp/lmp_x'],
  ['DELETE', '/api/resources/lamp/lmp_x'],
  ['GET', '/api/settings/lamps'],
  ['PUT', '/api/settings/lamps'],
  ['POST', '/api/lamps/flash'],
  ['POST', '/api/session/elsewhere'],
  ['GET', '/metrics'],
] as const

test('nothing answers who is not signed in, and whoever must change the password gets nowhere else', async t => {
  const { ask } = await webRig(t)
  for (const [method, path] of ENDPOINTS) {
    const body = method === 'POST' || method === 'PUT' ? { body: {} } : {}
    t.is((await ask(method, path, body)).status, 401, `${method} ${path}`)
    if (path === '/metrics') t.is((await ask(method, path, { as: 'fresh' })).status, 401)
    else
      t.is(
        (await ask(method, path, { as: 'fresh', ...body })).body.error.code,
        'users.password-must-change',
        `${method} ${path}`,
      )
  }
})

test('each person reaches what the roles allow and is refused everything else', async t => {
  const { ask, host } = await webRig(t)
  const id = await host.store.put('lamp', { name: 'Hall' })
  const cases: [method: string, path: string, body: unknown, allowed: string[]][] = [
    ['GET', '/api/resources/lamp', undefined, ['admin', 'looker', 'keeper']],
    ['GET', `/api/resources/lamp/${id}`, undefined, ['admin', 'looker', 'keeper']],
    ['GET', '/api/choices/lamp', undefined, ['admin', 'looker', 'keeper']],
    ['PUT', `/api/resources/lamp/${id}`, { value: { name: 'Hall' } }, ['admin', 'keeper']],
    ['GET', '/api/settings/lamps', undefined, ['admin', 'looker', 'keeper']],
    ['PUT', '/api/settings/lamps', { value: {} }, ['admin', 'keeper']],
    ['POST', '/api/lamps/flash', { times: 1 }, ['admin', 'flasher']],
    ['GET', '/api/health', undefined, ['admin', 'looker']],
    ['GET', '/api/problems', undefined, ['admin', 'looker']],
    ['GET', '/api/permissions', undefined, ['admin']],
  ]
  for (const [method, path, body, allowed] of cases) {
    for (const as of ['admin', 'looker', 'keeper', 'flasher', 'nobody']) {
      const { status } = await ask(method, path, { as, ...(body === undefined ? {} : { body }) })
      t.is(status, allowed.includes(as) ? 200 : 403, `${as}: ${method} ${path}`)
    }
  }
})

test('a lamp is added, read, changed, listed, undone and deleted', async t => {
  const { ask } = await webRig(t)
  const as = 'admin'
  const made = await ask('POST', '/api/resources/lamp', { as, body: { value: { name: 'Gate 10', key: 'hush' } } })
  t.is(made.status, 201)
  t.deepEqual(made.body.value, { name: 'Gate 10', brightness: 5 })
  t.deepEqual(made.body.secrets, ['key'])
  await ask('POST', '/api/resources/lamp', { as, body: { value: { name: 'Gate 9' } } })
  const list = await ask('GET', '/api/resources/lamp?limit=10', { as })
  t.deepEqual(
    list.body.items.map((one: { value: { name: string } }) => one.value.name),
    ['Gate 9', 'Gate 10'],
  )
  t.is((await ask('GET', '/api/resources/lamp?q=gate%2010', { as })).body.total, 1)
  t.is((await ask('GET', '/api/resources/lamp?q=hush', { as })).body.total, 0)
  const path = `/api/resources/lamp/${made.body.id}`
  const changed = await ask('PUT', path, { as, body: { value: { name: 'Gate 11' }, rev: made.body.rev } })
  t.is(changed.body.value.name, 'Gate 11')
  t.deepEqual(changed.body.secrets, ['key'], 'a secret that was not sent stays')
  t.is((await ask('POST', `/api/changes/${changed.body.change}/undo`, { as, body: {} })).status, 200)
  t.is((await ask('GET', path, { as })).body.value.name, 'Gate 10')
  const cleared = await ask('PUT', path, { as, body: { value: { name: 'Gate 10', key: null } } })
  t.deepEqual(cleared.body.secrets, [])
  t.is((await ask('DELETE', path, { as })).status, 200)
  t.is((await ask('GET', path, { as })).status, 404)
  const history = await ask('GET', '/api/changes', { as })
  t.is(history.body.items[0].why, 'Lamp Gate 10 deleted')
  t.is(history.body.items[0].author.name, 'admin')
})

test('what is set aside is shown with what is wrong, mended in its form, or deleted, by who may', async t => {
  const [dim, odd] = [`lmp_${'0'.repeat(25)}1`, `hol_${'0'.repeat(25)}2`]
  const collections = new Map<string, Map<string, { rev: number; raw: Record<string, unknown> }>>([
    ['lamp', new Map([[dim, { rev: 1, raw: { name: 'Gate', brightness: 99 } }]])],
    ['hologram', new Map([[odd, { rev: 1, raw: { shape: 'whale' } }]])],
  ])
  const { ask } = await webRig(t, [], { collections })
  const listed = await ask('GET', '/api/aside', { as: 'admin' })
  t.is(listed.body.total, 2)
  const [lamp, hologram] = listed.body.items
  t.like(lamp, { kind: 'lamp', id: dim, label: 'Gate', known: true, manage: true })
  t.deepEqual(Object.keys(lamp.faults), ['brightness'])
  t.like(hologram, { kind: 'hologram', known: false, manage: true, value: { shape: 'whale' } })
  const looked = await ask('GET', '/api/aside', { as: 'looker' })
  t.deepEqual(
    looked.body.items.map((one: { manage: boolean; value?: object }) => [one.manage, one.value !== undefined]),
    [
      [false, true],
      [false, false],
    ],
    'of what nobody knows only who may do everything sees more than that it is there',
  )
  t.is((await ask('GET', '/api/aside', { as: 'flasher' })).status, 403)
  const form = await ask('GET', `/api/resources/lamp/${dim}`, { as: 'admin' })
  t.deepEqual(Object.keys(form.body.aside.faults), ['brightness'])
  t.is((await ask('DELETE', `/api/aside/lamp/${dim}`, { as: 'looker' })).status, 403)
  const body = { value: { ...form.body.value, brightness: 9 }, rev: form.body.rev }
  const mended = await ask('PUT', `/api/resources/lamp/${dim}`, { as: 'admin', body })
  t.is(mended.status, 200)
  t.is(mended.body.value.name, 'Gate')
  t.is((await ask('DELETE', `/api/aside/lamp/${dim}`, { as: 'admin' })).status, 404)
  t.is((await ask('DELETE', `/api/aside/hologram/${odd}`, { as: 'admin' })).status, 200)
  t.is((await ask('GET', '/api/aside', { as: 'admin' })).body.total, 0)
})

test('no secret is ever told: neither in lists, nor in settings, nor in the history', async t => {
  const { ask } = await webRig(t)
  const as = 'admin'
  const value = { name: 'One', key: 'hush-1', bus: { token: 'hush-2' } }
  const made = await ask('POST', '/api/resources/lamp', { as, body: { value } })
  t.deepEqual(made.body.secrets, ['key', 'bus.token'])
  const set = await ask('PUT', '/api/settings/lamps', { as, body: { value: { volume: 4, pin: 'hush-3' } } })
  t.deepEqual(set.body.secrets, ['pin'])
  t.deepEqual(set.body.value, { volume: 4 })
  for (const path of [
    '/api/resources/lamp',
    `/api/resources/lamp/${made.body.id}`,
    '/api/settings/lamps',
    '/api/changes',
    '/api/describe',
  ]) {
    const { text } = await ask('GET', path, { as })
    t.notRegex(text, /hush|sec_/, path)
  }
})

test('what does not fit is refused with the field and the remedy, never with a failure of the box', async t => {
  const { ask } = await webRig(t)
  const as = 'admin'
  const bad: [method: string, path: string, body: unknown, field: string | undefined][] = [
    ['POST', '/api/resources/lamp', { value: { name: '', brightness: 5 } }, 'name'],
    ['POST', '/api/resources/lamp', { value: {} }, 'name'],
    ['POST', '/api/resources/lamp', { value: { name: 'x', brightness: 12 } }, 'brightness'],
    ['POST', '/api/resources/lamp', { value: { name: 'x', bus: { speed: 'fast' } } }, 'bus.speed'],
    ['POST', '/api/resources/lamp', { value: { name: 'x', room: 'rom_nowhere' } }, 'room'],
    ['POST', '/api/resources/lamp', { value: { name: 'x', key: 7 } }, 'key'],
    ['POST', '/api/resources/lamp', { value: 'text' }, 'value'],
    ['POST', '/api/resources/lamp', [], undefined],
    ['POST', '/api/resources/lamp', null, undefined],
    ['PUT', '/api/settings/lamps', { value: { volume: 99 } }, 'volume'],
    ['POST', '/api/lamps/flash', { times: 0 }, 'times'],
    ['POST', '/api/lamps/flash', { times: 1, more: 1 }, 'more'],
    ['POST', '/api/session', { signIn: 'x' }, 'password'],
    ['GET', '/api/resources/lamp?limit=many', undefined, 'limit'],
  ]
  for (const [method, path, body, field] of bad) {
    const reply = await ask(method, path, { as, ...(body === undefined ? {} : { body }) })
    t.true(reply.status >= 400 && reply.status < 500, `${path} ${JSON.stringify(body)} → ${reply.status}`)
    if (field)
      t.regex(
        reply.body.error.fields[field] ?? JSON.stringify(reply.body),
        /\w+ .*[:\w]/,
        `${path} ${JSON.stringify(body)}`,
      )
    if (field) t.truthy(reply.body.error.fields[field], `${path} ${JSON.stringify(body)} ${reply.text}`)
  }
  t.is((await ask('POST', '/api/lamps/flash', { as, raw: '{"times":' })).status, 400)
  t.is((await ask('POST', '/api/lamps/flash', { as, raw: '' })).status, 400)
  t.is((await ask('POST', '/api/lamps/flash', { as, raw: `{"times":"${'x'.repeat(3_200_000)}"}` })).status, 413)
  t.is((await ask('POST', '/api/resources/lamp', { as, raw: `{"value":"${'x'.repeat(300_000)}"}` })).status, 413)
  t.is(
    (await ask('POST', '/api/lamps/flash', { as, raw: 'times=1', headers: { 'content-type': 'text/plain' } })).status,
    415,
  )
  const unknown = await ask('GET', '/api/nowhere', { as })
  t.deepEqual([unknown.status, unknown.body.error.code], [404, 'web.unknown-route'])
  t.is((await ask('GET', '/nowhere')).body.error.code, 'web.unknown-route')
})

test('a failure inside the box tells nothing of its inside and is logged', async t => {
  const { ask, host } = await webRig(t)
  const reply = await ask('GET', '/api/lamps/broken', { as: 'flasher' })
  t.is(reply.status, 500)
  t.notRegex(reply.text, /etc/)
  t.true(host.log.some(line => line.includes('/etc/box')))
})

test('writing over something newer is a conflict that names the fields, and deleting what others use names them', async t => {
  const { ask } = await webRig(t)
  const as = 'admin'
  const hall = await ask('POST', '/api/resources/room', { as, body: { value: { name: 'Hall' } } })
  const made = await ask('POST', '/api/resources/lamp', { as, body: { value: { name: 'L', room: hall.body.id } } })
  const path = `/api/resources/lamp/${made.body.id}`
  await ask('PUT', path, { as, body: { value: { name: 'L', room: hall.body.id, brightness: 7 }, rev: made.body.rev } })
  const late = await ask('PUT', path, { as, body: { value: { name: 'M', brightness: 1 }, rev: made.body.rev } })
  t.is(late.status, 409)
  t.deepEqual([late.body.error.code, Object.keys(late.body.error.fields)], ['store.conflict', ['brightness']])
  const refused = await ask('DELETE', `/api/resources/room/${hall.body.id}`, { as })
  t.is(refused.status, 409)
  t.is(refused.body.error.uses[0].label, 'L')
  t.is((await ask('GET', `/api/resources/room/${hall.body.id}`, { as })).body.uses[0].field, 'room')
})

test('guessing passwords is slowed by source, whatever name is tried, and a right one after the wait gets in', async t => {
  const { ask, clock } = await webRig(t)
  const tries = (signIn: string, password: string) => ask('POST', '/api/session', { body: { signIn, password } })
  for (const name of ['a', 'b', 'c', 'd', 'e']) t.is((await tries(name, 'wrong')).status, 401)
  const slowed = await tries('admin', 'right')
  t.is(slowed.status, 429)
  t.is(slowed.headers['retry-after'], '2')
  clock.elapsed += 2_001
  const got = await tries('admin', 'right')
  t.is(got.status, 200)
  const cookie = String(got.headers['set-cookie'])
  for (const part of ['__Host-pbx=admin', 'HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/'])
    t.true(cookie.includes(part), part)
})

test('a page of another site cannot act in the name of who is signed in', async t => {
  const { ask, web } = await webRig(t)
  const flash = (headers: Record<string, string>) =>
    ask('POST', '/api/lamps/flash', { as: 'admin', body: { times: 1 }, headers })
  t.is((await flash({ origin: 'https://evil.example' })).body.error.code, 'web.foreign-origin')
  t.is((await flash({ origin: 'null' })).status, 403)
  t.is((await flash({ 'sec-fetch-site': 'cross-site' })).status, 403)
  t.is((await flash({ origin: `https://127.0.0.1:${web.port}` })).status, 200)
})

test('signing out ends the session and removes the cookie', async t => {
  const { ask } = await webRig(t)
  t.is((await ask('GET', '/api/session', { as: 'admin' })).body.session.user.name, 'admin')
  const out = await ask('DELETE', '/api/session', { as: 'admin' })
  t.regex(String(out.headers['set-cookie']), /__Host-pbx=;/)
  t.is((await ask('GET', '/api/describe', { as: 'admin' })).status, 401)
  t.is((await ask('GET', '/api/session', { as: 'admin' })).body.session, null)
})

test('what a person may is told with the session, and the description holds only what he may see', async t => {
  const { ask } = await webRig(t)
  t.deepEqual((await ask('GET', '/api/session', { as: 'keeper' })).body.session.permissions, [
    'lamps.view',
    'lamps.manage',
  ])
  const described = await ask('GET', '/api/describe', { as: 'flasher' })
  t.deepEqual(
    described.body.features.map((one: { name: string }) => one.name),
    ['lamps'],
  )
  t.deepEqual(described.body.features[0].resources, [])
  const keeper = await ask('GET', '/api/describe', { as: 'keeper' })
  t.is(keeper.body.features[0].resources[1].schema.properties.room['x-ref'], 'room')
})

test('metrics are Prometheus text for a collector that signs in by name and password', async t => {
  const { ask } = await webRig(t)
  const basic = (text: string) => ({ headers: { authorization: `Basic ${Buffer.from(text).toString('base64')}` } })
  const reply = await ask('GET', '/metrics', basic('looker:right'))
  t.is(reply.status, 200)
  t.regex(reply.text, /^pbx_lamps_lit 2$/m)
  t.regex(reply.text, /^pbx_problems\{severity="danger"\} 0$/m)
  t.is((await ask('GET', '/metrics', basic('looker:wrong'))).status, 401)
  t.is((await ask('GET', '/metrics', basic('flasher:right'))).status, 401)
})

test('every answer carries the headers that keep a browser strict', async t => {
  const { ask } = await webRig(t)
  for (const path of ['/api/session', '/nowhere', '/authority.crt']) {
    const { headers } = await ask('GET', path)
    t.regex(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/, path)
    t.is(headers['x-content-type-options'], 'nosniff')
    t.is(headers['strict-transport-security'], undefined)
  }
})

test('a taken port is said with the option to change', async t => {
  const { host, web, accounts } = await webRig(t)
  const keys = await mkdtemp(join(tmpdir(), 'web-keys-'))
  t.teardown(() => rm(keys, { recursive: true }))
  const options = { host: '127.0.0.1', port: web.port, names: ['localhost'], keys }
  const error = await t.throwsAsync(openWeb(host.box, accounts, options))
  t.is((error as { code?: string }).code, 'web.port-taken')
  t.truthy((error as { fields?: Record<string, string> }).fields?.port)
})
