// Alarms that want one endpoint: the graver first, equals in turns of a whole round each.
import type { ExecutionContext } from 'ava'
import { PHONE_FEATURES } from '../../testkit/phone-features.ts'
import { type Box, scenario } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'
import type { PageOrder, PageTarget } from './call.types.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ features: PHONE_FEATURES, extensions: ['201'] })
  t.teardown(() => box.ends())
  return box
}
const phone = (box: Box): PageTarget => ({
  key: 'device:201',
  label: '201',
  kind: 'phone',
  bindings: [box.phone('201').binding(box.clock.now())],
  headers: [{ name: 'Alert-Info', value: '<http://box>;answer-after=0' }],
})
const listener = { id: 'x', kind: 'rtp', host: '239.192.0.1', port: 5004, codec: 'PCMU' } as const
const stream: PageTarget = { key: 'stream:1', label: 'Hall', kind: 'rtp', listener }
const amplifier: PageTarget = {
  key: 'amplifier:amplifier-1',
  label: 'Gate',
  kind: 'amplifier',
  amplifier: 'amplifier-1',
}
const order = (id: string, listeners: readonly PageTarget[], o: Partial<PageOrder> = {}): PageOrder => ({
  id,
  priority: 'alarm',
  source: { kind: 'playlist', playlist: { sounds: [`sound-${id}`], repeats: 2, gapMilliseconds: 0 } },
  listeners,
  caller: { number: '900', name: 'Page' },
  lane: 'emergency',
  patienceSeconds: 10,
  ...o,
})
const forever = { kind: 'playlist', playlist: { sounds: ['alarm'], repeats: 0, gapMilliseconds: 0 } } as const

test('a graver alarm speaks at once where a lesser one spoke, which is heard again afterwards', async t => {
  const box = await plant(t)
  const lesser = box.host.calls.page(order('lesser', [stream, amplifier], { source: forever, rank: 5 }))
  await box.passes('500ms')
  const graver = box.host.calls.page(order('graver', [stream, amplifier], { rank: 6 }))
  t.deepEqual(box.sip.pages.listeners('lesser'), [])
  t.deepEqual([...box.sip.pages.listeners('graver')], ['stream:1', 'amplifier:amplifier-1'])
  t.deepEqual(box.board.speakers('amplifier-1'), ['graver'])
  await box.passes('3s')
  t.is((await graver.ended).how, 'done')
  t.deepEqual(box.board.speakers('amplifier-1'), ['lesser'])
  lesser.stop()
  await lesser.ended
})

/** Which of these pages speaks on the endpoint, looked at every 100 ms; a page as often as it began anew. */
async function turnsOn(box: Box, endpoint: string, o: { seconds: number }): Promise<string[]> {
  const turns: string[] = []
  for (let tenths = 0; tenths < o.seconds * 10; tenths++) {
    const speaking = box.sip.pages.running().filter(page => box.sip.pages.listeners(page).includes(endpoint))
    const [page = 'nobody', ...more] = speaking.map(name => name.replace(/\..*$/, ''))
    if (more.length > 0) throw new Error(`${[page, ...more].join(' and ')} speak at a time`)
    if (turns.at(-1) !== page) turns.push(page)
    await box.passes('100ms')
  }
  return turns
}

test('alarms of equal rank take turns on stream, amplifier and phone, a whole round each, three of them too', async t => {
  const box = await plant(t)
  const where = [stream, amplifier, phone(box)]
  const pages = ['a', 'b', 'c'].map(id => box.host.calls.page(order(id, where, { source: forever, rank: 7 })))
  await box.settles()
  for (const key of ['stream:1', 'amplifier:amplifier-1', 'device:201'])
    t.deepEqual((await turnsOn(box, key, { seconds: 7 })).length, 7, key)
  t.deepEqual([...new Set(await turnsOn(box, 'stream:1', { seconds: 4 }))].sort(), ['a', 'b', 'c'])
  t.is(box.phone('201').legs.length, 1, 'the phone stays on the line')
  for (const page of pages) page.stop()
  const ended = await Promise.all(pages.map(page => page.ended))
  for (const { deliveries } of ended) t.true(deliveries.every(one => one.wholeRounds >= 2 && one.packets > 0))
  t.deepEqual(box.sip.pages.running(), [])
})

test('an alarm of so many rounds that takes turns with one without end is done when its rounds are heard', async t => {
  const box = await plant(t)
  const first = box.host.calls.page(order('first', [stream], { source: forever }))
  const second = box.host.calls.page(order('second', [stream]))
  await box.passes('5s')
  const { how, deliveries } = await second.ended
  t.is(how, 'done')
  t.like(deliveries[0], { state: 'played', wholeRounds: 2 })
  t.deepEqual(await turnsOn(box, 'stream:1', { seconds: 3 }), ['first'])
  first.stop()
  await first.ended
})

test('where only some endpoints are shared, the others are spoken on without a break', async t => {
  const box = await plant(t)
  const first = box.host.calls.page(order('first', [stream, amplifier], { source: forever }))
  const second = box.host.calls.page(order('second', [stream], { source: forever }))
  await box.settles()
  t.deepEqual(await turnsOn(box, 'amplifier:amplifier-1', { seconds: 8 }), ['first'])
  t.true((await turnsOn(box, 'stream:1', { seconds: 8 })).length >= 4)
  t.deepEqual(
    new Set(box.sip.pages.log.map(({ page }) => page).filter(page => page.startsWith('first'))),
    new Set(['first']),
  )
  first.stop()
  second.stop()
  await Promise.all([first.ended, second.ended])
})

test('a switch that does not end a pass keeps nobody from the next turn', async t => {
  const box = await plant(t)
  const first = box.host.calls.page(order('first', [stream], { source: forever }))
  const second = box.host.calls.page(order('second', [stream], { source: forever }))
  await box.settles()
  box.sip.hangAt(1)
  await box.passes('3500ms')
  t.deepEqual(box.sip.pages.listeners('second'), ['stream:1'])
  first.stop()
  second.stop()
  await box.passes('5s')
  await Promise.all([first.ended, second.ended])
  t.deepEqual(box.sip.pages.running(), [])
})
