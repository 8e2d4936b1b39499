// Who holds a role in one place only, over every kind and every verb of the product: what is there, and nothing else.
import test from 'ava'
import { plant, type Reply } from '../../testkit/two-sites.ts'
import { describe } from './describe.ts'

const names = (reply: Reply): readonly string[] =>
  reply.body.items.map(
    (item: { name?: string; authName?: string; label?: string }) => item.name ?? item.authName ?? item.label,
  )

test('lists, pickers and single things of every kind: who holds a site sees what stands there, and is refused the rest', async t => {
  const { box, ask, id } = await plant(t)
  const kinds = describe(box.host).features.flatMap(one => one.resources)
  t.true(kinds.length >= 10)
  const here = new Set(
    Object.entries(id)
      .filter(([key]) => key.startsWith('north'))
      .map(([, one]) => one),
  )
  for (const { kind } of kinds) {
    const seen = (await ask('GET', `/api/resources/${kind}?limit=500`, { as: 'north' })).body.items as { id: string }[]
    const all = box.store.all({ kind } as never) as readonly { id: string }[]
    t.deepEqual(new Set(seen.map(one => one.id)), new Set(all.map(one => one.id).filter(one => here.has(one))), kind)
    const { items } = (await ask('GET', `/api/choices/${kind}`, { as: 'north' })).body as { items: { id: string }[] }
    t.deepEqual(items.map(one => one.id).sort(), seen.map(one => one.id).sort(), kind)
    for (const one of all.slice(0, 5)) {
      const path = `/api/resources/${kind}/${one.id}`
      t.is((await ask('GET', path, { as: 'north' })).status, here.has(one.id) ? 200 : 403, path)
      t.is((await ask('GET', path, { as: 'nobody' })).status, 403, path)
      if (!here.has(one.id)) t.is((await ask('DELETE', path, { as: 'north' })).status, 403, path)
    }
    t.is((await ask('GET', `/api/resources/${kind}`, { as: 'nobody' })).status, 403, kind)
    t.is((await ask('POST', `/api/resources/${kind}`, { as: 'nobody', body: { value: {} } })).status, 403, kind)
    const named = (await ask('GET', `/api/choices/${kind}?ids=${id.southSite},${id.southPhone}`, { as: 'north' })).body
    t.deepEqual(named.items, [], kind)
  }
})

test('every verb of every feature: nobody gets one without a grant, and who holds a place only is answered of that place alone', async t => {
  const { box, ask, id } = await plant(t)
  const routes = describe(box.host).features.flatMap(one => one.routes)
  t.true(routes.length > 30)
  const answered: string[] = []
  for (const { method, path, rows } of routes) {
    const body = method === 'GET' ? {} : { body: {} }
    t.is((await ask(method, `/api/${path}`, { as: 'nobody', ...body })).status, 403, path)
    const reply = await ask(method, `/api/${path}`, { as: 'north', ...body })
    if (reply.status !== 200) t.true(reply.status === 403 || reply.status === 400, `${path}: ${reply.status}`)
    else {
      answered.push(path)
      t.is(method, 'GET', path)
      t.true(Array.isArray(reply.body[rows?.in ?? '']), path)
      t.false(JSON.stringify(reply.body).includes('south'), path)
    }
  }
  t.deepEqual(
    NARROWED.filter(path => !answered.includes(path)),
    [],
  )
  const { lines } = (await ask('GET', '/api/registrar/phones', { as: 'north' })).body
  t.deepEqual(
    lines.map((one: { line: string }) => one.line),
    [id.northLine],
  )
  for (const path of ['health', 'problems', 'permissions', 'settings/paging'])
    t.is((await ask('GET', `/api/${path}`, { as: 'north' })).status, 403, path)
})

/** Lists of which who holds a place gets the rows of that place. */
const NARROWED = [
  'alarms/history',
  'alarms/live',
  'call-records/search',
  'calls/live',
  'drills/live',
  'emergency-call-backs/leases',
  'emergency-calls/history',
  'emergency-calls/live',
  'notifications/history',
  'paging/history',
  'paging/status',
  'panic-buttons/state',
  'panic-buttons/tests',
  'quality/live',
  'quality/search',
  'recording/list',
  'registrar/phones',
]

test('the verbs that the page is told of are those that answer, and those alone', async t => {
  const { box, ask } = await plant(t)
  const told = (await ask('GET', '/api/describe', { as: 'north' })).body as {
    features: { routes: { method: string; path: string }[] }[]
  }
  const known = new Set(told.features.flatMap(one => one.routes.map(({ method, path }) => `${method} ${path}`)))
  for (const path of NARROWED) t.true(known.has(`GET ${path}`), path)
  for (const verb of [
    'paging/start',
    'paging/stop',
    'alarms/acknowledge',
    'alarms/clear',
    'emergency-calls/acknowledge',
  ])
    t.true(known.has(`POST ${verb}`), verb)
  for (const { method, path, on, rows, input } of describe(box.host).features.flatMap(one => one.routes)) {
    const placed = on !== undefined || rows !== undefined
    if (input === undefined && !placed) t.false(known.has(`${method} ${path}`), path)
  }
})

test('who may speak in one zone speaks there, and is told what is missing elsewhere', async t => {
  const { ask, id } = await plant(t)
  const speak = (zone: string | undefined) =>
    ask('POST', '/api/paging/start', { as: 'speaker', body: { zone, text: 'Hello.' } })
  t.not((await speak(id.northZone)).status, 403)
  for (const zone of [id.southZone, id.bothZone]) {
    const { status, body } = await speak(zone)
    t.is(status, 403)
    t.regex(body.error.message, /paging\.speak/)
  }
  t.deepEqual(names(await ask('GET', '/api/choices/zone', { as: 'speaker' })), ['Zone north'])
})

test('things are changed where one may, and moved neither out nor in; a look changes nothing', async t => {
  const { ask, id } = await plant(t)
  const put = (as: string, phone: string | undefined, value: object) =>
    ask('PUT', `/api/resources/device/${phone}`, { as, body: { value } })
  const north = { name: 'Renamed', location: id.northHall }
  t.is((await put('north', id.northPhone, north)).status, 200)
  const moved = await put('north', id.northPhone, { ...north, location: id.southHall })
  t.is(moved.status, 403)
  t.regex(moved.body.error.message, /devices\.manage for Device “Renamed”/)
  t.is((await put('north', id.southPhone, north)).status, 403)
  t.is((await put('north', id.northPhone, { name: 'Nowhere' })).status, 403)
  t.is((await put('looker', id.northPhone, north)).status, 403)
  const add = (location: string | undefined) =>
    ask('POST', '/api/resources/device', { as: 'north', body: { value: { name: 'New', location } } })
  t.is((await add(id.northRoom)).status, 201)
  t.is((await add(id.southRoom)).status, 403)
  const zone = { name: 'Zone north', locations: [id.northHall], amplifiers: ['amplifier-1'] }
  const enlarged = await ask('PUT', `/api/resources/zone/${id.northZone}`, { as: 'north', body: { value: zone } })
  t.is(enlarged.status, 403, 'a zone is what a grant may be limited to')
  t.is((await ask('DELETE', `/api/resources/line/${id.northLine}`, { as: 'north' })).status, 200)
  t.is((await ask('DELETE', `/api/resources/line/${id.southLine}`, { as: 'north' })).status, 403)
})

test('the history shows what one may see, and only that is taken back', async t => {
  const { ask, id } = await plant(t)
  const rename = async (phone: string | undefined, hall: string | undefined) => {
    const value = { name: `Renamed ${phone}`, location: hall }
    return (await ask('PUT', `/api/resources/device/${phone}`, { as: 'admin', body: { value } })).body.change as number
  }
  const south = await rename(id.southPhone, id.southHall)
  const north = await rename(id.northPhone, id.northHall)
  const { items } = (await ask('GET', '/api/changes', { as: 'north' })).body as { items: { rev: number }[] }
  t.true(items.some(one => one.rev === north))
  t.false(items.some(one => one.rev === south))
  t.is((await ask('POST', `/api/changes/${south}/undo`, { as: 'north', body: {} })).status, 403)
  t.is((await ask('POST', `/api/changes/${north}/undo`, { as: 'looker', body: {} })).status, 403)
  t.is((await ask('POST', `/api/changes/${north}/undo`, { as: 'north', body: {} })).status, 200)
})
