// A call for help is told to everybody who must know, also when the supervisor dies while it tells; and to nobody twice.
import type { ExecutionContext } from 'ava'
import { askRoute } from '../../../testkit/ask-route.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { emergencyPlanKind } from './feature.ts'

/** Post 202 calls, guard 500 answers; the screens of 500 and 501 are told. */
async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({
    extensions: ['202', '500', '501'],
    document: async one => {
      await one.put('site', { name: 'Flint', country: 'US' })
      const { store } = one
      const devices = store.all({ kind: 'device' } as never) as readonly { id: string; name: string }[]
      const screens = devices.filter(device => /50[01]$/.test(device.name)).map(device => device.id)
      const answeringPoints = [store.owner('500')?.id]
      await one.put(emergencyPlanKind.kind, { name: 'Gate', answeringPoints, screens })
    },
  })
  t.teardown(() => box.ends())
  return box
}

/** The supervisor dies, and this happens before its successor starts. */
async function diesAnd(box: Box, meanwhile: () => void): Promise<void> {
  box.dies()
  meanwhile()
  await box.restarts()
}

const noticesOf = async (box: Box) => {
  const { calls } = await askRoute<{ calls: { notices: { result: string }[] }[] }>(box, 'emergency-calls/history')
  return calls.map(({ notices }) => notices.map(({ result }) => result).sort())
}

for (const [when, connect] of [
  ['rings', false],
  ['was answered', true],
] as const) {
  test(`a screen that was not told yet when the supervisor died is told by its successor: the call ${when}`, async t => {
    const box = await plant(t)
    box.phone('501').manner = 'silent'
    box.phone('202').dials('911')
    await box.settles()
    if (connect) box.phone('500').answers()
    await box.settles()
    t.is(box.phone('500').texts.length, 1)
    // It acknowledged nothing: nobody knows whether it shows it.
    t.is(box.phone('501').texts.length, 1)
    await diesAnd(box, () => (box.phone('501').manner = 'rings'))
    await box.settles()
    t.is(box.phone('500').texts.length, 1, 'who was told is not told twice')
    t.is(box.phone('501').texts.length, 2)
    t.deepEqual(await noticesOf(box), [['shown', 'shown']])
  })
}

test('who calls for help and is cut off with the supervisor is told of all the same', async t => {
  const box = await plant(t)
  box.phone('501').manner = 'silent'
  box.phone('202').dials('911')
  await box.settles()
  await diesAnd(box, () => {
    box.phone('202').hangsUp()
    box.phone('501').manner = 'rings'
  })
  await box.settles()
  t.is(box.phone('501').texts.length, 2)
  t.deepEqual(await noticesOf(box), [['shown', 'shown']])
})

test('a second restart tells nobody anything again', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  await box.restarts()
  await box.restarts()
  t.is(box.phone('500').texts.length, 1)
  t.is(box.phone('501').texts.length, 1)
  t.deepEqual(await noticesOf(box), [['shown', 'shown']])
})

test('what the records did not hold yet when the supervisor died, its successor writes, and once', async t => {
  const box = await plant(t)
  box.records.hang()
  box.phone('202').dials('911')
  await box.settles()
  box.phone('500').answers()
  await box.settles()
  box.phone('202').hangsUp()
  await box.settles()
  await diesAnd(box, () => {})
  await box.settles()
  // Again, before the disk takes anything.
  await diesAnd(box, () => box.records.recover())
  await box.settles()
  const { calls } = await askRoute<{ calls: { answered_by: string; ended_at: number; notices: object[] }[] }>(
    box,
    'emergency-calls/history',
  )
  t.is(calls.length, 1)
  t.regex(calls[0]?.answered_by ?? '', /500/)
  t.truthy(calls[0]?.ended_at)
  t.is(calls[0]?.notices.length, 2)
})

test('what was not kept yet when the supervisor died but the call itself, is told anew', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  await diesAnd(box, () => {
    for (const name of ['told', 'call', 'unwritten']) {
      const kept = box.live.collection(`emergency-calls.${name}`, { keep: 'restart' })
      for (const id of kept.all().keys()) kept.delete(id)
    }
  })
  await box.settles()
  box.phone('500').answers()
  await box.settles()
  box.phone('202').hangsUp()
  await box.settles()
  t.is(box.phone('500').texts.length, 2, 'late is better than never')
  const { calls } = await askRoute<{ calls: { answered_by: string; ended_at: number }[] }>(
    box,
    'emergency-calls/history',
  )
  t.is(calls.length, 1)
  t.regex(calls[0]?.answered_by ?? '', /500/)
  t.truthy(calls[0]?.ended_at)
})
