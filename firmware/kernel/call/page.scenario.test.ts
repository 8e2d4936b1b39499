// Pages: everything that can be heard, each endpoint once, and one arbiter over who speaks on it.
import type { ExecutionContext } from 'ava'
import { PHONE_FEATURES } from '../../testkit/phone-features.ts'
import { type Box, scenario } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'
import { type Story, sweepBoardFaults, sweepFaults, sweepHangs, sweepRestarts } from '../../testkit/sweeps.ts'
import type { Binding, PageOrder, PageTarget, RunningPage } from './call.types.ts'

const NUMBERS = ['201', '202', '203']
const AUTO = [{ name: 'Alert-Info', value: '<http://box>;answer-after=0' }]

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ features: PHONE_FEATURES, extensions: NUMBERS })
  t.teardown(() => box.ends())
  return box
}

const phone = (box: Box, number: string): PageTarget => ({
  key: `device:${number}`,
  label: number,
  kind: 'phone',
  bindings: [box.phone(number).binding(box.clock.now())],
  headers: AUTO,
})
const stream: PageTarget = {
  key: 'stream:1',
  label: 'Hall',
  kind: 'rtp',
  listener: { id: 'x', kind: 'rtp', host: '239.192.0.1', port: 5004, codec: 'PCMU' },
}
const amplifier: PageTarget = {
  key: 'amplifier:amplifier-1',
  label: 'Gate',
  kind: 'amplifier',
  amplifier: 'amplifier-1',
}

const order = (id: string, listeners: readonly PageTarget[], o: Partial<PageOrder> = {}): PageOrder => ({
  id,
  priority: 'normal',
  source: { kind: 'playlist', playlist: { sounds: [`sound-${id}`], repeats: 2, gapMilliseconds: 0 } },
  listeners,
  caller: { number: '900', name: 'Page' },
  lane: 'new',
  patienceSeconds: 10,
  ...o,
})

const states = (page: RunningPage) => Object.fromEntries(page.deliveries().map(one => [one.label, one.state]))
const forever = { kind: 'playlist', playlist: { sounds: ['alarm'], repeats: 0, gapMilliseconds: 0 } } as const

test('a page is heard by stream, amplifier and phones, and leaves a delivery for each', async t => {
  const box = await plant(t)
  const page = box.host.calls.page(order('p', [stream, amplifier, phone(box, '201'), phone(box, '202')]))
  await box.settles()
  t.deepEqual([...box.sip.pages.listeners('p')].sort(), [
    'amplifier:amplifier-1',
    'device:201',
    'device:202',
    'stream:1',
  ])
  t.deepEqual(box.board.speakers('amplifier-1'), ['p'])
  t.true(box.phone('201').hears('sound-p'))
  await box.passes('3s')
  const { how, deliveries } = await page.ended
  t.is(how, 'done')
  t.true(deliveries.every(one => one.state === 'played' && one.wholeRounds >= 1))
  t.is(box.phone('201').call?.state, 'over')
  t.deepEqual(box.board.speakers('amplifier-1'), [])
  t.is(box.host.calls.pages().length, 0)
})

test('streams and amplifiers are started before any phone is rung, and never wait for one', async t => {
  const box = await plant(t)
  for (const number of NUMBERS) box.phone(number).manner = 'silent'
  const page = box.host.calls.page(order('p', [phone(box, '201'), stream, amplifier]))
  const names = box.sip.commands.map(command => command.name)
  t.true(names.indexOf('page') >= 0 && names.indexOf('page') < names.indexOf('invite'))
  await page.leaving
  t.deepEqual([...box.sip.pages.listeners('p')], ['stream:1', 'amplifier:amplifier-1'])
})

test('a page to phones alone begins when the first answers; a late one joins and still hears it whole', async t => {
  const box = await plant(t)
  box.phone('202').answersPages = false
  const page = box.host.calls.page(order('p', [phone(box, '201'), phone(box, '202')]))
  await box.passes('1500ms')
  box.phone('202').answers()
  await box.passes('5s')
  const { deliveries } = await page.ended
  t.deepEqual(
    deliveries.map(one => one.state),
    ['played', 'played'],
  )
  t.true((deliveries[1]?.wholeRounds ?? 0) >= 1)
})

test('busy, silent and unregistered phones leave deliveries with their causes', async t => {
  const box = await plant(t)
  box.phone('201').manner = 'busy'
  box.phone('202').manner = 'silent'
  const nowhere = { ...phone(box, '203'), bindings: [] } as PageTarget
  const page = box.host.calls.page(order('p', [phone(box, '201'), phone(box, '202'), nowhere]))
  await box.passes('10s')
  const { how, deliveries } = await page.ended
  t.is(how, 'failed')
  t.deepEqual(
    deliveries.map(one => [one.label, one.state, one.cause]),
    [
      ['201', 'busy', 'busy'],
      ['202', 'failed', 'no-answer'],
      ['203', 'failed', 'unregistered'],
    ],
  )
})

test('an alarm rings a busy phone again for as long as it speaks elsewhere', async t => {
  const box = await plant(t)
  box.phone('201').manner = 'busy'
  const page = box.host.calls.page(order('p', [stream, phone(box, '201')], { priority: 'alarm', source: forever }))
  await box.settles()
  t.is(states(page)['201'], 'busy')
  box.phone('201').manner = 'rings'
  await box.passes('3s')
  t.true(box.phone('201').hears('alarm'))
  await box.passes('2s')
  page.stop()
  t.is((await page.ended).how, 'stopped')
  t.deepEqual(states(page), { Hall: 'played', '201': 'played' })
})

test('what speaks with less right is silenced at once, and heard again when it lasts longer', async t => {
  const box = await plant(t)
  const music = box.host.calls.page(
    order('music', [stream, phone(box, '201')], {
      priority: 'music',
      source: { ...forever, playlist: { ...forever.playlist, sounds: ['music'] } },
    }),
  )
  await box.settles()
  t.true(box.phone('201').hears('music'))
  const calls = box.phone('201').legs.length
  const alarm = box.host.calls.page(order('alarm', [stream, phone(box, '201')], { priority: 'alarm' }))
  await box.settles()
  t.true(box.phone('201').hears('sound-alarm'))
  t.false(box.phone('201').hears('music'))
  t.is(box.phone('201').legs.length, calls, 'the phone stays on the line')
  t.deepEqual(box.sip.pages.listeners('music'), [])
  t.deepEqual(states(music), { Hall: 'dropped', '201': 'dropped' })
  await box.passes('3s')
  t.is((await alarm.ended).how, 'done')
  t.true(box.phone('201').hears('music'))
  t.deepEqual([...box.sip.pages.listeners('music')].sort(), ['device:201', 'stream:1'])
  music.stop()
  await music.ended
})

test('of two pages with equal right the later waits for the endpoint, then is heard whole', async t => {
  const box = await plant(t)
  const first = box.host.calls.page(order('first', [stream]))
  const second = box.host.calls.page(order('second', [stream, phone(box, '201')]))
  await box.settles()
  t.deepEqual(box.sip.pages.listeners('second'), ['device:201'])
  t.deepEqual(box.sip.pages.listeners('first'), ['stream:1'])
  await box.passes('2s')
  await first.ended
  await box.passes('4s')
  const { how, deliveries } = await second.ended
  t.is(how, 'done')
  t.true(deliveries.every(one => one.state === 'played'))
})

test('a bell that found no free endpoint while it made sense is pre-empted; it is not rung an hour later', async t => {
  const box = await plant(t)
  const alarm = box.host.calls.page(order('alarm', [stream], { priority: 'alarm', source: forever }))
  const bell = box.host.calls.page(order('bell', [stream], { priority: 'bell' }))
  await box.passes('10s')
  t.deepEqual(box.sip.pages.running(), ['alarm'])
  t.is((await bell.ended).how, 'pre-empted')
  alarm.stop()
  await alarm.ended
})

test('a lesser alarm waits for the endpoint as long as it takes, and says since when', async t => {
  const box = await plant(t)
  const first = box.host.calls.page(order('first', [stream], { priority: 'alarm', source: forever, rank: 6 }))
  const second = box.host.calls.page(order('second', [stream], { priority: 'alarm', rank: 5 }))
  const since = box.clock.since()
  await box.passes('1h')
  t.deepEqual(box.sip.pages.listeners('second'), [])
  t.is(second.deliveries()[0]?.waitingSince, since)
  first.stop()
  await box.passes('5s')
  t.is((await second.ended).how, 'done')
})

test('somebody speaks live: the page ends when he hangs up', async t => {
  const box = await plant(t)
  const done = box.host.calls.place(
    {
      to: [{ binding: box.phone('203').binding(box.clock.now()), party: { number: '203', name: '', trust: 'line' } }],
      from: { number: '900', name: '', trust: 'line' },
      patienceSeconds: 10,
      why: 'test',
    },
    async leg => {
      const page = box.host.calls.page(order('live', [stream, phone(box, '201')], { source: { kind: 'leg', leg } }))
      const { how } = await page.ended
      t.is(how, 'done')
      t.deepEqual(states(page), { Hall: 'played', '201': 'played' })
      return 'answered'
    },
  )
  await box.settles()
  box.phone('203').answers()
  await box.passes('2s')
  t.true(box.phone('201').hears('203'))
  box.phone('203').hangsUp()
  t.is(await done, 'answered')
})

test('one who hangs up on a page is not rung again', async t => {
  const box = await plant(t)
  const page = box.host.calls.page(order('p', [stream, phone(box, '201')], { priority: 'alarm', source: forever }))
  await box.settles()
  box.phone('201').hangsUp()
  await box.passes('30s')
  t.is(box.phone('201').legs.length, 1)
  page.stop()
  await page.ended
})

test('an alarm goes on for a phone that waits to be tried again when the only one who heard it hangs up', async t => {
  const box = await plant(t)
  box.phone('202').manner = 'busy'
  const targets = [phone(box, '201'), phone(box, '202')]
  const page = box.host.calls.page(order('p', targets, { priority: 'alarm', source: forever }))
  await box.settles()
  box.phone('201').hangsUp()
  await box.passes('20s')
  t.deepEqual(box.host.calls.pages(), [page])
  box.phone('202').manner = 'rings'
  await box.passes('3s')
  t.true(box.phone('202').hears('alarm'))
  t.is(box.phone('201').legs.length, 1)
  await box.passes('2s')
  page.stop()
  t.is((await page.ended).how, 'stopped')
  t.is(states(page)['202'], 'played')
  t.deepEqual(box.sip.pages.running(), [])
})

test('an alarm whose rounds are done tries once more who was missed, and then is over', async t => {
  const box = await plant(t)
  for (const number of ['201', '202']) box.phone(number).manner = 'busy'
  const targets = [stream, phone(box, '201'), phone(box, '202')]
  const page = box.host.calls.page(order('p', targets, { priority: 'alarm' }))
  await box.passes('2500ms')
  t.deepEqual(box.sip.pages.running(), [])
  box.phone('201').manner = 'rings'
  await box.passes('10s')
  t.is((await page.ended).how, 'done')
  t.deepEqual(states(page), { Hall: 'played', '201': 'played', '202': 'busy' })
  t.is(box.phone('202').legs.length, 3, 'at once, while 201 heard its round, and a last time')
})

test('a phone that registers while an alarm speaks is rung at the contact that it has by then', async t => {
  const box = await plant(t)
  const contacts: Binding[] = []
  const absent = { ...phone(box, '201'), bindings: [], bindingsNow: () => contacts } as PageTarget
  const page = box.host.calls.page(order('p', [stream, absent], { priority: 'alarm', source: forever }))
  await box.passes('7s')
  t.is(page.deliveries()[1]?.cause, 'unregistered')
  contacts.push(box.phone('201').binding(box.clock.now()))
  await box.passes('3s')
  t.true(box.phone('201').hears('alarm'))
  page.stop()
  await page.ended
})

test('a phone that lost its network while an alarm spoke on it is rung again', async t => {
  const box = await plant(t)
  const page = box.host.calls.page(order('p', [stream, phone(box, '201')], { priority: 'alarm', source: forever }))
  await box.settles()
  box.sip.farEnded(box.phone('201').call?.leg ?? '', 408)
  await box.settles()
  t.is(states(page)['201'], 'failed')
  await box.passes('3s')
  t.is(box.phone('201').legs.length, 2)
  t.true(box.phone('201').hears('alarm'))
  page.stop()
  await page.ended
})

test('the end of a pass that was given up ends no newer pass of its page', async t => {
  const box = await plant(t)
  box.phone('201').manner = 'silent'
  box.sip.hangAt(1)
  const page = box.host.calls.page(order('p', [stream, phone(box, '201')], { priority: 'alarm', source: forever }))
  await box.passes('5s')
  t.deepEqual(box.sip.pages.running(), ['p.1'])
  box.sip.emit({ type: 'page-ended', page: 'p', complete: false, delivered: [] })
  await box.settles()
  t.is(states(page).Hall, 'answered')
  await box.passes('1m')
  t.deepEqual(box.sip.pages.listeners('p.1'), ['stream:1'])
  page.stop()
  await page.ended
})

test('a message without end is over when the last who listened has hung up', async t => {
  const box = await plant(t)
  const page = box.host.calls.page(order('p', [phone(box, '201')], { source: forever }))
  await box.settles()
  box.phone('201').hangsUp()
  await box.settles()
  t.is((await page.ended).deliveries[0]?.cause, 'hung up')
  t.deepEqual(box.sip.pages.running(), [])
})

test('a message without end that the switch will not stop is stopped as soon as it will', async t => {
  const box = await plant(t)
  const page = box.host.calls.page(order('p', [stream], { priority: 'alarm', source: forever }))
  await box.settles()
  box.sip.failAt(1)
  page.stop()
  await box.passes('5s')
  t.is((await page.ended).how, 'stopped')
  t.deepEqual(box.sip.pages.running(), [])
})

test('an amplifier that the board does not offer is a failed delivery; an alarm tries again until it is there', async t => {
  const box = await plant(t)
  const absent: PageTarget = { ...amplifier, key: 'amplifier:9', label: 'Gone', amplifier: 'amplifier-9' } as PageTarget
  const page = box.host.calls.page(order('p', [stream, absent], { priority: 'alarm' }))
  await box.passes('5s')
  const { deliveries } = await page.ended
  t.deepEqual(
    deliveries.map(one => one.state),
    ['played', 'failed'],
  )
})

const story: Story = {
  title: 'an alarm to all kinds of endpoint while music plays',
  box: { features: PHONE_FEATURES, extensions: NUMBERS },
  steps: [
    box => void box.host.calls.page(order('music', [stream, phone(box, '201')], { priority: 'music' })),
    box =>
      void box.host.calls.page(
        order('alarm', [stream, amplifier, phone(box, '201'), phone(box, '202')], { priority: 'alarm' }),
      ),
    box => box.passes('20s'),
    box => {
      for (const page of box.host.calls.pages()) page.stop()
    },
  ],
}
test.sweep('nothing is left of pages, whichever command to the switch fails', t => sweepFaults(t, story))
test.sweep('nothing is left of pages, whichever command to the switch is swallowed', t => sweepHangs(t, story))
test.sweep('nothing is left of pages, wherever the supervisor dies', t => sweepRestarts(t, story))
test.sweep('nothing is left of pages, whichever command to the board fails', t => sweepBoardFaults(t, story))
