import type { ExecutionContext } from 'ava'
import { describe } from '../../../platform/http/describe.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import type { CallRecord } from './records.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202'] })
  t.teardown(() => box.ends())
  return box
}

async function search(box: Box, input: object = {}): Promise<{ calls: readonly CallRecord[]; next?: string }> {
  const found = describe(box.host)
    .features.flatMap(one => one.routes)
    .find(one => one.path === 'call-records/search')
  if (!found) throw new Error('no search of call records')
  return (await found.run(input as never, { by: 'console', name: 'test' })) as { calls: CallRecord[]; next?: string }
}

async function talk(box: Box): Promise<void> {
  box.phone('201').dials('202')
  await box.passes('3s')
  box.phone('202').answers()
  await box.passes('20s')
  box.phone('202').hangsUp()
  await box.settles()
}

test('a call that was answered has one record with who, when, how long and how it sounded', async t => {
  const box = await plant(t)
  await talk(box)
  const { calls, next } = await search(box)
  t.is(calls.length, 1)
  t.is(next, undefined)
  const [call] = calls
  t.like(call, { from_number: '201', dialled: '202', answered_by: 'Post 202 202', cause: 'answered', emergency: 0 })
  t.is((call?.ended_at ?? 0) - (call?.answered_at ?? 0), 20_000)
  t.is(Object.keys(JSON.parse(call?.quality ?? '{}')).length, 2)
})

test('a call that nobody took has its cause, and no answer', async t => {
  const box = await plant(t)
  box.phone('202').manner = 'busy'
  box.phone('201').dials('202')
  await box.settles()
  t.like((await search(box)).calls[0], { cause: 'busy', answered_at: null, answered_by: null })
})

test('records are found by a part of either side, by cause and by time', async t => {
  const box = await plant(t)
  await talk(box)
  const began = (await search(box)).calls[0]?.began_at ?? 0
  t.is((await search(box, { q: 'post 20' })).calls.length, 1)
  t.is((await search(box, { q: '%' })).calls.length, 0)
  t.is((await search(box, { cause: 'busy' })).calls.length, 0)
  t.is((await search(box, { since: began, until: began + 1 })).calls.length, 1)
  t.is((await search(box, { since: began + 1 })).calls.length, 0)
  t.is((await search(box, { emergency: true })).calls.length, 0)
})

test('older calls are reached page by page, also while new ones come', async t => {
  const box = await plant(t)
  for (let count = 0; count < 4; count += 1) await talk(box)
  const all = (await search(box)).calls.map(call => call.id)
  const first = await search(box, { limit: 3 })
  t.deepEqual(
    first.calls.map(call => call.id),
    all.slice(0, 3),
  )
  await talk(box)
  const second = await search(box, { limit: 3, cursor: first.next })
  t.deepEqual(
    second.calls.map(call => call.id),
    all.slice(3),
  )
  t.is(second.next, undefined)
  await t.throwsAsync(search(box, { cursor: 'yesterday' }), { code: 'history.bad-cursor' })
})

test('a call that goes on through a crash keeps its record open, and what was known of it', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  await box.restarts()
  await box.passes('15s')
  t.is((await search(box)).calls[0]?.cause, null)
  box.phone('201').hangsUp()
  await box.settles()
  t.like((await search(box)).calls[0], { cause: 'answered', answered_by: 'Post 202 202' })
})

test('a call that a power cut ended is closed as interrupted', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  await box.restarts({ lost: 'power' })
  await box.passes('15s')
  t.is((await search(box)).calls[0]?.cause, 'interrupted')
})

test('old records are deleted after the days that the settings say', async t => {
  const box = await plant(t)
  await box.configure('call-records', { keepDays: 1 })
  await talk(box)
  for (let hour = 0; hour < 26; hour += 1) await box.passes('1h')
  t.is((await search(box)).calls.length, 0)
})
