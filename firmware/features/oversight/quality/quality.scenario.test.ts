import type { ExecutionContext } from 'ava'
import type { LegQuality } from '../../../kernel/call/sip-port.ts'
import { problemsOf } from '../../../kernel/problems.ts'
import { describe } from '../../../platform/http/describe.ts'
import { measure } from '../../../testkit/leg-quality.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import type { Moment } from './measure.ts'
import type { QualityRecord } from './records.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202'] })
  t.teardown(() => box.ends())
  return box
}

async function ask<A>(box: Box, path: string, input: object = {}): Promise<A> {
  const routes = describe(box.host).features.flatMap(one => one.routes)
  const found = routes.find(one => one.path === path)
  if (!found) throw new Error(`no route ${path}`)
  return (await found.run(input as never, { by: 'console', name: 'test' })) as A
}

const search = async (box: Box, input: object = {}) =>
  (await ask<{ legs: readonly QualityRecord[] }>(box, 'quality/search', input)).legs

async function talking(box: Box): Promise<void> {
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
}

/** So much came from a phone since its leg began, and so much of it did not. */
const counted = (expected: number, missing: number): Partial<LegQuality> => ({
  packetsReceived: expected - missing,
  packetsExpected: expected,
  packetsLost: missing,
  lossRuns: missing,
  packetsSent: expected,
})

/** The switch tells of the leg of a phone, some intervals on end. */
async function sounds(box: Box, number: string, intervals: readonly Partial<LegQuality>[]): Promise<void> {
  for (const interval of intervals) {
    await box.passes('5s')
    const leg = box.phone(number).call?.leg
    if (leg !== undefined) measure(box.sip, leg, interval)
    await box.settles()
  }
}

const told = (box: Box) => problemsOf(box.host).filter(({ code }) => code.startsWith('quality.'))
const growing = (count: number, o: { from?: number; missing: number; before?: number }) =>
  Array.from({ length: count }, (_, i) => {
    const expected = (o.from ?? 0) + (i + 1) * 250
    return counted(expected, (o.before ?? 0) + (i + 1) * o.missing)
  })

test('a call has a record for each side, with its loss, what it hears and its worst moment', async t => {
  const box = await plant(t)
  await talking(box)
  const report = { reports: 1, lost: 5, expected: 250, jitterMilliseconds: 4, roundTripMilliseconds: 12 }
  await sounds(box, '201', [counted(250, 0), { ...counted(500, 25), report }, { ...counted(750, 25), report }])
  await sounds(box, '202', [counted(750, 0)])
  box.phone('201').hangsUp()
  await box.settles()
  const legs = await search(box)
  t.deepEqual(legs.map(({ number }) => number).sort(), ['201', '202'])
  const caller = legs.find(({ number }) => number === '201')
  t.is(Math.round((caller?.says_loss ?? 0) * 10), 33)
  t.is(caller?.hears_loss, 2)
  t.is(caller?.round_trip, 12)
  t.true((caller?.worst_opinion ?? 5) < (caller?.says_opinion ?? 0))
  t.is(caller?.poor, 1)
  t.is((await search(box, { poor: true })).length, 1)
  t.is((await search(box, { call: caller?.call })).length, 2)
})

test('a phone that loses what it hears is a problem after three bad intervals, which ends by itself', async t => {
  const box = await plant(t)
  await talking(box)
  const hearing = (i: number, lost: number) => ({
    ...counted(i * 250, 0),
    report: { reports: i, lost, expected: i * 250, jitterMilliseconds: 3 },
  })
  await sounds(box, '202', [hearing(1, 20), hearing(2, 40)])
  t.deepEqual(told(box), [])
  await sounds(box, '202', [hearing(3, 60)])
  t.like(told(box)[0], { severity: 'warning' })
  t.regex(told(box)[0]?.text ?? '', /^Post 202 202 loses up to 8 % of what it hears, since \d\d:\d\d\.$/)
  await sounds(
    box,
    '202',
    Array.from({ length: 12 }, (_, i) => hearing(4 + i, 60)),
  )
  t.deepEqual(told(box), [])
})

test('what was measured before the process was killed is not lost, and counted once', async t => {
  const box = await plant(t)
  await talking(box)
  await sounds(box, '201', growing(2, { missing: 25 }))
  await box.restarts()
  // The process after it counts from nothing.
  await sounds(box, '201', [counted(100, 0)])
  box.phone('201').hangsUp()
  await box.settles()
  const caller = (await search(box)).find(({ number }) => number === '201')
  t.is(Math.round((caller?.says_loss ?? 0) * 100), Math.round((50 / 600) * 10_000))
})

test('after a power cut nothing is shown of the calls that it ended, and no phone stands accused', async t => {
  const box = await plant(t)
  await talking(box)
  await sounds(box, '201', growing(2, { missing: 25 }))
  await box.restarts({ lost: 'power' })
  await box.passes('15s')
  t.deepEqual(told(box), [])
  t.is((await ask<{ legs: readonly object[] }>(box, 'quality/live')).legs.length, 0)
})

test('the sides of a running call are shown with their last minutes', async t => {
  const box = await plant(t)
  await talking(box)
  await sounds(box, '201', growing(70, { missing: 0 }))
  const { legs } = await ask<{ legs: readonly { number: string; moments: readonly Moment[] }[] }>(box, 'quality/live')
  t.is(legs.length, 2)
  const caller = legs.find(({ number }) => number === '201')
  t.is(caller?.moments.length, 60)
  t.true((caller?.moments.at(-1)?.says?.opinion ?? 0) > 4.3)
})
