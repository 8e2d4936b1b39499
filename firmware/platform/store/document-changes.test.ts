// What follows from a change of the document: what goes with a deletion, undo, conflicts, and data of an earlier version.
import test from 'ava'
import type { Operation } from '../../kernel/store.ts'
import { change, device, extension, open, refusal, site, user, who, zone } from '../../testkit/small-plant.ts'

test('deleting what others need is refused with who needs it', async t => {
  const store = open()
  const s = await store.put('site', { name: 'Main' })
  await store.put('extension', { name: 'Gate', number: '201', site: s })
  const error = await refusal(change(store, { op: 'delete', kind: 'site', id: s }))
  t.is(error.code, 'store.in-use')
  t.is(error.message, 'Main is still used by extension "Gate" (site): change that first')
  t.truthy(store.get(site, s))
})

test('a deletion empties, takes memberships and takes resources along, as far as the rules say, in one change set', async t => {
  const store = open()
  const s = await store.put('site', { name: 'Main' })
  const d = await store.put('device', { name: 'Speaker', site: s })
  const inner = await store.put('zone', { name: 'Inner', members: [{ endpoint: d }] })
  const outer = await store.put('zone', { name: 'Outer', members: [{ endpoint: d }, { zone: inner }, { endpoint: d }] })
  const u = await store.put('user', { name: 'Ada', grants: [{ site: s, role: 'guard' }] })
  const e = await store.put('extension', { name: 'Gate', number: '201', user: u })
  const set = await change(store, { op: 'delete', kind: 'site', id: s })
  t.deepEqual(set.changes.map(c => c.id).sort(), [s, d, inner, outer, u].sort())
  t.is(store.get(device, d), undefined)
  t.deepEqual(store.get(zone, inner)?.members, [])
  t.deepEqual(store.get(zone, outer)?.members, [{ zone: inner }])
  t.deepEqual(store.get(user, u)?.grants, [])
  await change(store, { op: 'delete', kind: 'user', id: u })
  t.false('user' in (store.get(extension, e) ?? {}))
})

test('one undo brings back everything that a deletion took along', async t => {
  const store = open()
  const s = await store.put('site', { name: 'Main' })
  const d = await store.put('device', { name: 'Speaker', site: s })
  const z = await store.put('zone', { name: 'Inner', members: [{ endpoint: d }] })
  const set = await change(store, { op: 'delete', kind: 'site', id: s })
  const back = await store.undo(set.rev, who)
  t.is(back.undoes, set.rev)
  t.deepEqual(store.get(zone, z)?.members, [{ endpoint: d }])
  t.is(store.get(device, d)?.site, s)
  await store.undo(back.rev, who)
  t.is(store.get(site, s), undefined)
})

test('an undo names the later change that stands in its way', async t => {
  const store = open()
  const a = await store.put('extension', { name: 'A', number: '201' })
  const gone = await change(store, { op: 'delete', kind: 'extension', id: a })
  await store.put('extension', { name: 'B', number: '201' })
  const taken = await refusal(store.undo(gone.rev, who))
  t.is(taken.code, 'store.undo-blocked')
  t.is(taken.fields.blockedBy, '3')
  const s = await store.put('site', { name: 'Main' })
  const made = store.revision
  await store.put('device', { name: 'D', site: s })
  t.is((await refusal(store.undo(made, who))).fields.blockedBy, String(made + 1))
  await change(store, { op: 'put', kind: 'site', id: s, value: { name: 'Renamed' } })
  t.is((await refusal(store.undo(made, who))).fields.blockedBy, String(made + 2))
  t.is((await refusal(store.undo(99, who))).code, 'store.not-found')
})

test('writing over a newer revision is a conflict that names the fields', async t => {
  const store = open()
  const id = await store.put('extension', { name: 'A', number: '201' })
  const seen = store.revision
  await store.put('extension', { name: 'A', number: '202' }, id)
  const put: Operation = { op: 'put', kind: 'extension', id, value: { name: 'B', number: '201' } }
  const byRev = await refusal(change(store, { ...put, rev: seen }))
  t.is(byRev.code, 'store.conflict')
  t.deepEqual(Object.keys(byRev.fields), ['number'])
  const byBase = await refusal(store.change({ why: 'x', author: who, base: seen, ops: [put] }))
  t.is(byBase.status, 409)
  await change(store, { ...put, rev: store.revision })
  await change(store, { op: 'delete', kind: 'extension', id })
  t.is((await refusal(change(store, { ...put, rev: seen }))).code, 'store.conflict')
})

test('wrong data of an earlier version is set aside and shown, the rest runs, and mending it brings it back', async t => {
  const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(26, '0')}`
  const raw = (value: object, rev = 1) => ({ rev, raw: value as Record<string, unknown> })
  const store = open(
    new Map([
      ['site', new Map([[id('sit', 1), raw({ name: 'Main', climate: 'mild' })]])],
      [
        'extension',
        new Map([
          [id('ext', 1), raw({ name: 'Bad', number: 'none' })],
          [id('ext', 2), raw({ name: 'Good', number: '201' })],
          [id('ext', 3), raw({ name: 'Later', number: '201' }, 2)],
          [id('ext', 4), raw({ name: 'Lost', number: '204', site: id('sit', 9) })],
        ]),
      ],
      ['hologram', new Map([[id('hol', 1), raw({ shape: 'whale' })]])],
    ]),
  )
  t.deepEqual(
    store.all(extension).map(e => e.name),
    ['Good'],
  )
  t.is((store.get(site, id('sit', 1)) as unknown as { climate: string }).climate, 'mild')
  t.deepEqual(
    store
      .setAside()
      .map(a => a.id)
      .sort(),
    [...[1, 3, 4].map(n => id('ext', n)), id('hol', 1)],
  )
  await store.put('extension', { name: 'Mended', number: '205' }, id('ext', 1))
  await store.put('extension', { name: 'Good', number: '202' }, id('ext', 2))
  t.is(store.get(extension, id('ext', 3))?.number, '201')
  await store.put('site', { name: 'Found' }, id('sit', 9))
  t.deepEqual(
    store.setAside().map(a => a.id),
    [id('hol', 1)],
  )
})

test('observers hear of every change in order, and history is newest first', async t => {
  const store = open()
  const heard: number[] = []
  const forget = store.onChange(set => heard.push(set.rev))
  await store.put('site', { name: 'A' })
  await store.put('site', { name: 'B' })
  forget()
  await store.put('site', { name: 'C' })
  t.deepEqual(heard, [1, 2])
  t.deepEqual(
    store.history(2).map(set => set.rev),
    [3, 2],
  )
  t.deepEqual(
    store.history(9, 2).map(set => set.rev),
    [1],
  )
})

test('a refused change leaves no trace, not even among what was set aside', async t => {
  const id = (n: number) => `ext_${String(n).padStart(26, '0')}`
  const lost = { name: 'Lost', number: '204', site: `sit_${'0'.repeat(26)}` }
  const store = open(new Map([['extension', new Map([[id(1), { rev: 1, raw: lost }]])]]))
  const before = JSON.stringify([store.setAside(), store.all(extension), store.revision])
  await refusal(store.put('extension', { ...lost, name: 'Still lost' }, id(1)))
  t.is(JSON.stringify([store.setAside(), store.all(extension), store.revision]), before)
})
