// The rules of the document: what may be saved, what is refused, and in which words.
import test from 'ava'
import {
  change,
  type Device,
  device,
  extension,
  open,
  plan,
  refusal,
  registry,
  site,
  who,
} from '../../testkit/small-plant.ts'

test('a saved resource is read back with its defaults, its identity and its revision, and cannot be written into', async t => {
  const store = open()
  const id = await store.put('extension', { name: 'Gate', number: '201' })
  const saved = store.get(extension, id)
  t.deepEqual(saved, { name: 'Gate', number: '201', patienceSeconds: 20, id, rev: 1 })
  t.throws(() => Object.assign(saved ?? {}, { number: '911' }), { instanceOf: TypeError })
  t.deepEqual(store.owner('201'), { kind: 'extension', id })
  t.is(store.find(extension, 'number', '201')?.id, id)
})

test('what is wrong is said per field, in words, with the remedy, and nothing is applied', async t => {
  const store = open()
  const id = store.newId('extension')
  const value = { name: ' ', number: '2O1', patienceSeconds: 900, site: 'Hall 3', also: ['7', 'x'] }
  const error = await refusal(change(store, { op: 'put', kind: 'extension', id, value }))
  t.is(error.code, 'store.invalid')
  t.deepEqual(error.fields, {
    name: 'is empty: fill it in',
    number: 'is not a number one can dial: use 1 to 16 digits, * or #',
    patienceSeconds: 'is too large: at most 300 s',
    site: 'must name one site: pick it from the list',
    'also.1': 'is not a number one can dial: use 1 to 16 digits, * or #',
  })
  t.is(store.revision, 0)
  t.deepEqual(store.all(extension), [])
})

test('a missing field and a check over the whole value name their field', async t => {
  const store = open()
  t.deepEqual((await refusal(store.put('extension', { name: 'x' }))).fields, { number: 'is missing: fill it in' })
  t.deepEqual((await refusal(store.put('extension', { name: 'nobody', number: '1' }))).fields, {
    name: 'is a word of ours: choose another',
  })
})

test('two owners of one number are refused with both named, whatever their kinds', async t => {
  const store = open()
  await store.put('zone', { name: 'Paint shop', number: '600', members: [] })
  const error = await refusal(store.put('extension', { name: 'Gate', number: '201', also: ['600'] }))
  t.is(error.code, 'store.number-taken')
  t.is(error.message, '600 belongs to zone "Paint shop" and cannot be given to extension "Gate" too: choose another')
  t.deepEqual(Object.keys(error.fields), ['also.0'])
})

test('a number moves from one to another in one change set', async t => {
  const store = open()
  const a = await store.put('extension', { name: 'A', number: '201' })
  const b = await store.put('extension', { name: 'B', number: '202' })
  await change(
    store,
    { op: 'put', kind: 'extension', id: a, value: { name: 'A', number: '202' } },
    { op: 'put', kind: 'extension', id: b, value: { name: 'B', number: '201' } },
  )
  t.is(store.owner('201')?.id, b)
  t.is(store.owner('202')?.id, a)
})

test('emergency numbers and what begins them belong to nobody; a longer number is a warning', async t => {
  const store = open()
  const early = await store.put('extension', { name: 'Early', number: '933' })
  t.deepEqual(store.reserveNumbers(['911', '9911', '933'], 'emergency'), [
    { number: '933', kind: 'extension', id: early },
  ])
  for (const number of ['911', '91', '9', '9911'])
    t.is((await refusal(store.put('extension', { name: 'x', number }))).code, 'store.number-taken', number)
  await store.put('extension', { name: 'Long', number: '9115' })
  t.deepEqual(store.overlaps(), [{ number: '911', begins: '9115' }])
})

test('a unique name is refused with its owner named, and composed and decomposed letters are one name', async t => {
  const store = open()
  await store.put('site', { name: 'Werk Süd' })
  const error = await refusal(store.put('site', { name: 'Werk Su\u0308d' }))
  t.deepEqual(error.fields, { name: 'is already used by site "Werk Süd": choose another' })
})

test('a pointer must point at something of its kind, which may come in the same change set', async t => {
  const store = open()
  const s = store.newId(site)
  const wrong = await store.put('zone', { name: 'Z', members: [] })
  t.deepEqual((await refusal(store.put('device', { name: 'D', site: s }))).fields, {
    site: 'points at a site that does not exist: pick another',
  })
  t.is((await refusal(store.put('device', { name: 'D', site: wrong }))).code, 'store.invalid')
  const d = store.newId(device)
  await change(
    store,
    { op: 'put', kind: 'device', id: d, value: { name: 'D', site: s } },
    { op: 'put', kind: 'site', id: s, value: { name: 'Main' } },
  )
  t.deepEqual(store.uses(s), [{ kind: 'device', id: d, label: 'D', field: 'site' }])
})

test('a secret goes to the vault: neither document nor history hold it, and a saved reference keeps it', async t => {
  const store = open()
  const s = await store.put('site', { name: 'Main' })
  const id = store.newId(device)
  const value = { name: 'D', site: s, login: { authName: '201' }, pin: '4711' }
  await change(store, { op: 'put', kind: 'device', id, value, secrets: { 'login.secret': 'correct horse' } })
  const saved = store.get(device, id) as unknown as Device & { pin: string }
  t.is(store.secret(saved.login?.secret ?? ''), 'correct horse')
  t.is(store.secret(saved.pin), '4711')
  t.false(JSON.stringify([saved, store.history(9)]).match(/horse|4711/) !== null)
  await change(store, { op: 'put', kind: 'device', id, value: { ...saved, name: 'E' } })
  t.is(store.get(device, id)?.login?.secret, saved.login?.secret)
  const stolen = { name: 'F', site: s, pin: saved.login?.secret }
  t.is(
    (await refusal(store.put('device', stolen))).fields.pin,
    'refers to a secret of something else: type the secret itself',
  )
  t.regex((await refusal(store.put('device', { ...stolen, pin: '47' }))).fields.pin ?? '', /form/)
  const changed = await change(store, { op: 'put', kind: 'device', id, value: { ...saved, pin: '0815' } })
  await store.undo(changed.rev, who)
  t.is(store.secret((store.get(device, id) as unknown as { pin: string }).pin), '4711')
})

test('destinations and actions are asked of the registry, point like references, and are kept when unknown', async t => {
  const store = open()
  store.useRegistry(registry)
  const z = await store.put('zone', { name: 'Hall', members: [] })
  const e = await store.put('extension', { name: 'A', number: '201' })
  await store.put('extension', { name: 'B', number: '202', forward: { kind: 'extension', id: e } })
  await store.put('extension', { name: 'C', number: '203', forward: { kind: 'hologram', id: 'x' } })
  t.is((await refusal(change(store, { op: 'delete', kind: 'extension', id: e }))).code, 'store.in-use')
  const dead = { kind: 'extension', id: store.newId(extension) }
  t.is((await refusal(store.put('extension', { name: 'D', number: '204', forward: dead }))).code, 'store.invalid')
  const nobody = await refusal(
    store.put('extension', { name: 'D', number: '204', forward: { kind: 'extension', id: '' } }),
  )
  t.deepEqual(nobody.fields, { forward: 'names nobody: pick one' })
  const steps = [{ do: { kind: 'page', params: { zone: z, token: 'hush' } } }, { do: { kind: 'laser', params: {} } }]
  const p = await store.put('plan', { name: 'Fire', steps })
  t.is(store.secret(String(store.get(plan, p)?.steps[0]?.do.params.token)), 'hush')
  t.is((await refusal(change(store, { op: 'delete', kind: 'zone', id: z }))).code, 'store.in-use')
  const lacking = { name: 'Flood', steps: [{ do: { kind: 'page', params: {} } }] }
  t.deepEqual(Object.keys((await refusal(store.put('plan', lacking))).fields), ['steps.0.do.params.zone'])
})

test('settings come with their defaults, are checked, and their pointers count', async t => {
  const store = open()
  t.deepEqual(store.settings('bells'), { volume: 7 })
  const z = await store.put('zone', { name: 'Hall', members: [] })
  await store.configure('bells', { zone: z })
  t.deepEqual(store.settings('bells'), { volume: 7, zone: z })
  t.is((await refusal(store.configure('bells', { volume: 11 }))).code, 'store.invalid')
  t.is((await refusal(change(store, { op: 'delete', kind: 'zone', id: z }))).code, 'store.in-use')
  t.is((await refusal(store.configure('jukebox', {}))).code, 'store.unknown-kind')
})
