// Bells over the whole box: at their moment, through nights when clocks change, holidays, steps of the clock, restarts.
import type { ExecutionContext } from 'ava'
import { ask, startPlant } from '../../../testkit/fresh-plant.ts'
import type { Box, ScenarioOptions } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { zoneKind } from '../zones/feature.ts'

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

interface Rung {
  readonly name: string
  readonly outcome: string
  readonly due_at: number | null
  readonly late: number | null
  readonly reached: number | null
  readonly missed: number | null
}

/** A box whose wall clock begins there; Detroit's clock is five hours behind UTC in winter. */
async function plant(t: ExecutionContext, wall: string, o: ScenarioOptions = {}): Promise<Box> {
  const box = await startPlant({ prepare: ({ clock }) => clock.setWall(Date.parse(wall) - 1000), ...o })
  t.teardown(() => box.ends())
  return box
}
const everywhere = (box: Box): string => box.store.all(zoneKind).find(zone => zone.name === 'All')?.id ?? ''
async function bell(box: Box, times: readonly string[], more: object = {}): Promise<string> {
  const id = await box.put('bell', { name: 'Shift', zones: [everywhere(box)], times, days: DAYS, ...more })
  await box.settles()
  return id
}
const minute = (at: number | null | undefined): string => new Date(Number(at)).toISOString().slice(11, 19)
/** When bells rang, UTC. */
const rungAt = (box: Box): string[] => box.facts('bell.rung').map(({ at }) => minute(at))
const leftOut = (box: Box): string[] => box.facts('bell.missed').map(({ due, why }) => `${minute(due)} ${why}`)
const history = async (box: Box): Promise<readonly Rung[]> =>
  (await ask<{ rings: readonly Rung[] }>(box, 'bells/history')).rings
const missedProblems = (box: Box): string[] =>
  box.host.problems().flatMap(one => (one.code.startsWith('bells.missed') ? [one.text] : []))
const heardOn = (box: Box): string[] => box.sip.pages.running().flatMap(page => box.sip.pages.listeners(page))

test('a bell rings at its very moment in its zones, lower than any page, and leaves who heard it', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  await bell(box, ['06:00'])
  await box.passes('59900ms')
  t.deepEqual(heardOn(box), [])
  await box.passes('100ms')
  t.is(heardOn(box).length, 5)
  t.is(box.host.calls.pages()[0]?.order.priority, 'bell')
  t.like(box.facts('bell.rung')[0], { name: 'Shift', late: 0, due: Date.parse('2026-03-02T11:00Z') })
  await box.passes('30s')
  t.like((await history(box))[0], { outcome: 'rung', late: 0, reached: 5, missed: 0 })
  const pages = await ask<{ pages: { priority: string; cause: string }[] }>(box, 'paging/history')
  t.like(pages.pages[0], { priority: 'bell', cause: 'Bell “Shift”' })
})

test('in the night of spring the bell of the hour that is skipped rings when it is skipped', async t => {
  const box = await plant(t, '2026-03-08T06:58:30Z')
  await bell(box, ['01:59', '02:30', '03:01'])
  await box.passes('160s')
  t.deepEqual(rungAt(box), ['06:59:00', '07:00:00', '07:01:00'])
  t.deepEqual(leftOut(box), [])
})

test('in the night of autumn the bell of the hour that comes twice rings once', async t => {
  const first = await plant(t, '2026-11-01T05:58:30Z')
  await bell(first, ['01:59', '02:00'])
  await first.passes('100s')
  t.deepEqual(rungAt(first), ['05:59:00'])
  const second = await plant(t, '2026-11-01T06:58:30Z')
  await bell(second, ['01:59', '02:00'])
  await second.passes('100s')
  t.deepEqual(rungAt(second), ['07:00:00'])
  t.deepEqual([...leftOut(first), ...leftOut(second)], [])
})

test('holidays are silent, and a shift calendar says which bells belong to a day', async t => {
  const box = await plant(t, '2026-12-24T10:59Z')
  const days = [{ name: 'Christmas', date: '2026-12-24', until: '2026-12-25', from: '00:00', to: '24:00', word: 'off' }]
  const calendar = await box.put('calendar', { name: 'Holidays', days })
  const hours = [{ word: 'early', days: DAYS, from: '06:00', to: '14:00' }]
  const schedule = await box.put('schedule', { name: 'Shifts', hours, otherwise: 'closed', calendars: [] })
  await bell(box, ['06:00'], { name: 'Never on holidays', calendars: [calendar] })
  await bell(box, ['06:00:10', '05:00'], { name: 'Early shift', schedule, words: ['early'] })
  await t.throwsAsync(bell(box, ['07:00'], { name: 'Wrong', schedule, words: ['late'] }), { message: /early, closed/ })
  await box.passes('2m')
  t.deepEqual(
    box.facts('bell.rung').map(({ name, at }) => [name, minute(at)]),
    [['Early shift', '11:00:10']],
  )
  const { bells } = await ask<{ bells: { name: string; next: { local: string }[] }[] }>(box, 'bells/state')
  t.deepEqual(
    bells.map(({ name, next }) => [name, next[0]?.local]),
    [
      ['Never on holidays', 'Sat 26 Dec 06:00'],
      ['Early shift', 'Fri 25 Dec 06:00'],
    ],
  )
  t.deepEqual(missedProblems(box), [])
})

test('a schedule that was set by hand silences the bell at its moment', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  const hours = [{ word: 'early', days: DAYS, from: '06:00', to: '14:00' }]
  const schedule = await box.put('schedule', { name: 'Shifts', hours, otherwise: 'closed', calendars: [] })
  await bell(box, ['06:00', '06:02'], { schedule, words: ['early'] })
  await ask(box, 'schedules/override', { schedule, word: 'closed' })
  await box.passes('90s')
  t.deepEqual(rungAt(box), [])
  await ask(box, 'schedules/override', { schedule })
  await box.passes('2m')
  t.deepEqual(rungAt(box), ['11:02:00'])
})

test('a clock that is set forward over a bell leaves it out and says so; set back again, the bell rings in its time', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  await bell(box, ['06:00'])
  await box.passes('30s')
  box.clock.setWall(box.clock.now() + 3_600_000)
  await box.passes('11s')
  t.deepEqual(leftOut(box), ['11:00:00 clock-forward'])
  t.regex(missedProblems(box)[0] ?? '', /“Shift” of .*06:00 did not ring: the clock was set forward/)
  t.is((await history(box))[0]?.outcome, 'clock-forward')
  box.clock.setWall(box.clock.now() - 3_600_000)
  await box.passes('20s')
  t.deepEqual(rungAt(box), ['11:00:00'])
  t.deepEqual(missedProblems(box), [], 'it rang: nothing is owed any more')
})

test('a clock that is set back over a bell does not double it, and says that it did not ring again', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  await bell(box, ['06:00'])
  await box.passes('90s')
  t.deepEqual(rungAt(box), ['11:00:00'])
  box.clock.setWall(box.clock.now() - 3_600_000)
  await box.passes('15s')
  box.clock.setWall(Date.parse('2026-03-02T10:59:40Z'))
  await box.passes('30s')
  t.deepEqual(rungAt(box), ['11:00:00'])
  t.deepEqual(leftOut(box), ['11:00:00 clock-back'])
  t.regex(missedProblems(box)[0] ?? '', /rung already/)
})

test('a bell whose moment passed while the box was off is told, not rung late; seen, it goes away', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  const id = await bell(box, ['06:00', '06:00:20'])
  await box.passes('30s')
  box.dies()
  await box.clock.advance('2m')
  await box.startsAgain({ lost: 'power' })
  await box.passes('1m')
  t.deepEqual(rungAt(box), [])
  t.deepEqual(leftOut(box), ['11:00:00 off', '11:00:20 off'])
  t.regex(missedProblems(box)[0] ?? '', /did not ring 2 times.*the box was off/)
  t.deepEqual((await history(box)).map(({ outcome, due_at }) => `${minute(due_at)} ${outcome}`).sort(), [
    '11:00:00 off',
    '11:00:20 off',
  ])
  await ask(box, 'bells/seen', { bell: id })
  t.deepEqual(missedProblems(box), [])
})

test('a restart over the moment of a bell rings it within its limit, and one after it does not ring it again', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  await bell(box, ['06:00', '06:05'])
  await box.passes('58s')
  box.dies()
  await box.clock.advance('5s')
  await box.startsAgain()
  await box.passes('1s')
  t.like(box.facts('bell.rung')[0], { due: Date.parse('2026-03-02T11:00Z'), late: 3000 })
  await box.passes('296s')
  t.is(box.facts('bell.rung').length, 2)
  await box.restarts()
  await box.passes('30s')
  t.is(box.facts('bell.rung').length, 2)
  t.deepEqual(heardOn(box), [])
  t.deepEqual(leftOut(box), [])
})

test('a bell gives way to whoever speaks, and does not come when that lasts', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  await bell(box, ['06:00'])
  const { page } = await ask<{ page: string }>(box, 'paging/start', {
    zone: everywhere(box),
    text: 'Hello',
    repeats: 0,
  })
  await box.passes('80s')
  t.is((await history(box))[0]?.outcome, 'gave-way')
  await ask(box, 'paging/stop', { page })
  await box.passes('1m')
  t.deepEqual(heardOn(box), [])
  t.deepEqual(missedProblems(box), [])
})

test('silent today: a bell, or a zone of it, until midnight there; by hand it rings all the same', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  const yard = await box.put('zone', { name: 'Yard', devices: [box.deviceOf('202')] })
  const id = await bell(box, ['06:00', '06:01', '06:02'], { zones: [yard, everywhere(box)] })
  await ask(box, 'bells/silence', { zone: yard, today: true })
  await box.passes('61s')
  t.is(box.host.calls.pages().length, 1, 'the yard is silent')
  await box.passes('30s')
  await ask(box, 'bells/silence', { bell: id, today: true })
  await box.passes('30s')
  t.is((await history(box))[0]?.outcome, 'silenced')
  t.is(rungAt(box).length, 1)
  await ask(box, 'bells/ring', { bell: id })
  t.like(box.facts('bell.rung').at(-1), { who: 'Kari' })
  await box.passes('30s')
  await ask(box, 'bells/silence', { bell: id, today: false })
  await box.passes('30s')
  t.deepEqual(rungAt(box).at(-1), '11:02:00')
  await t.throwsAsync(async () => ask(box, 'bells/silence', { today: true }), { message: /either a bell or a zone/ })
})

test('what belongs to two zones of a bell rings once', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  const yard = await box.put('zone', { name: 'Yard', devices: [box.deviceOf('202')] })
  await bell(box, ['06:00'], { zones: [yard, everywhere(box)] })
  await box.passes('61s')
  t.is(new Set(heardOn(box)).size, 5)
  t.is(heardOn(box).length, 5)
})

test('while nobody believes the clock, bells are silent and the box says so', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  await bell(box, ['06:00'])
  box.clock.trusted = false
  t.true(box.host.problems().some(one => one.code === 'bells.not-believed'))
  await box.passes('61s')
  t.deepEqual(rungAt(box), [])
  t.deepEqual(leftOut(box), ['11:00:00 not-believed'])
})

test('a bell that is changed rings by its new times; one that is deleted owes nothing', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  const id = await bell(box, ['06:00'])
  await box.passes('30s')
  await box.put('bell', { name: 'Shift', zones: [everywhere(box)], times: ['05:58', '06:01'], days: DAYS }, id)
  await box.passes('2m')
  t.deepEqual(rungAt(box), ['11:01:00'])
  box.clock.setWall(box.clock.now() + 24 * 3_600_000)
  await box.passes('11s')
  t.is(missedProblems(box).length, 1)
  await box.remove('bell', id)
  await box.passes('1s')
  t.deepEqual(missedProblems(box), [])
})

test('a bell with nowhere to ring, and one that never comes, are problems', async t => {
  const box = await plant(t, '2026-03-02T10:59Z')
  const nowhere = await box.put('zone', { name: 'Nowhere' })
  await bell(box, ['06:00'], { zones: [nowhere] })
  const days = [{ name: 'Closed', date: '2026-01-01', until: '2027-01-01', from: '00:00', to: '24:00', word: 'closed' }]
  const calendar = await box.put('calendar', { name: 'Closed for ever', days })
  await bell(box, ['06:00'], { name: 'Never', calendars: [calendar] })
  t.true(box.host.problems().some(one => one.code.startsWith('bells.never')))
  await box.passes('61s')
  t.deepEqual(leftOut(box), ['11:00:00 nobody'])
})
