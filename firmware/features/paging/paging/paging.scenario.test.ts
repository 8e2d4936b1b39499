// Announcements over the whole box: by phone, by screen, by stream; what was not ready, what a crash cut short.
import type { ExecutionContext } from 'ava'
import type { Stored } from '../../../kernel/store.ts'
import { ask, startPlant } from '../../../testkit/fresh-plant.ts'
import type { Box, ScenarioOptions } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { deviceKind } from '../../phones/devices/feature.ts'
import { messageKind } from '../messages/feature.ts'
import { streamKind, type Zone, zoneKind } from '../zones/feature.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await startPlant(o)
  t.teardown(() => box.ends())
  return box
}
const everywhere = (box: Box): Stored<Zone> => {
  const [zone] = box.store.all(zoneKind)
  if (zone === undefined) throw new Error('there is no zone')
  return zone
}
const messageOf = (box: Box, name: string): string =>
  box.store.all(messageKind).find(one => one.name === name)?.id ?? ''
const heardOn = (box: Box): string[] =>
  box.sip.pages
    .running()
    .flatMap(page => box.sip.pages.listeners(page))
    .sort()

test('a text typed at a screen is spoken everywhere, each endpoint once, and leaves a delivery for each', async t => {
  const box = await plant(t)
  const zone = everywhere(box)
  const { page } = await ask<{ page: string }>(box, 'paging/start', { zone: zone.id, text: 'Lunch is ready.' })
  await box.settles()
  t.is(heardOn(box).length, 5)
  t.is(new Set(heardOn(box)).size, 5)
  const { pages } = await ask<{ pages: { id: string; deliveries: object[] }[] }>(box, 'paging/status')
  t.is(pages[0]?.deliveries.length, 5)
  await box.passes('1m')
  t.deepEqual(heardOn(box), [])
  const { deliveries } = await ask<{ deliveries: { state: string }[] }>(box, 'paging/deliveries', { page })
  t.deepEqual(
    deliveries.map(one => one.state),
    ['not-verified', 'not-verified', 'not-verified', 'played', 'played'],
    'two amplifiers and a stream tell nobody; two phones answered',
  )
  const history = await ask<{ pages: { outcome: string; zone_name: string }[] }>(box, 'paging/history')
  t.like(history.pages[0], { outcome: 'done', zone_name: 'All' })
})

test('an announcement can be stopped, and stopping it twice is told', async t => {
  const box = await plant(t)
  const zone = everywhere(box)
  const start = { zone: zone.id, messages: [messageOf(box, 'Tornado')], repeats: 0 }
  const { page } = await ask<{ page: string }>(box, 'paging/start', start)
  await box.passes('5m')
  t.is(heardOn(box).length, 5)
  await ask(box, 'paging/stop', { page })
  await box.settles()
  t.deepEqual(heardOn(box), [])
  await t.throwsAsync(async () => ask(box, 'paging/stop', { page }), { message: /is over/ })
})

test('whoever dials the number of a zone speaks to it, and his own phone stays silent', async t => {
  const box = await plant(t)
  const zone = everywhere(box)
  await box.put('zone', { ...zone, number: '700' }, zone.id)
  const call = box.phone('201').dials('700')
  await box.settles()
  t.is(call.state, 'talking')
  const own = `device:${box.deviceOf('201')}`
  t.deepEqual(heardOn(box), [
    'amplifier:amplifier-1',
    'amplifier:amplifier-2',
    `device:${box.deviceOf('202')}`,
    'stream:239.192.0.1:5004',
  ])
  t.false(heardOn(box).includes(own))
  t.true(box.phone('202').hears('201'))
  box.phone('201').hangsUp()
  await box.passes('3s')
  t.deepEqual(heardOn(box), [])
  t.is(box.facts('call.ended').at(-1)?.cause, 'answered')
})

test('a phone that listens to the stream is not called; when the stream is doubted it is', async t => {
  const box = await plant(t)
  const [stream] = box.store.all(streamKind)
  const zone = everywhere(box)
  const say = async () => {
    const { page } = await ask<{ page: string }>(box, 'paging/start', {
      zone: zone.id,
      messages: [messageOf(box, 'Fire')],
    })
    await box.settles()
    const heard = heardOn(box)
    await ask(box, 'paging/stop', { page })
    await box.passes('1s')
    return heard
  }
  await box.put('multicast-stream', { ...stream, listeners: [box.deviceOf('202')] }, stream?.id ?? '')
  t.false((await say()).includes(`device:${box.deviceOf('202')}`))
  await box.put('multicast-stream', { ...stream, listeners: [box.deviceOf('202')], doubted: true }, stream?.id ?? '')
  t.true((await say()).includes(`device:${box.deviceOf('202')}`))
})

test('a page to a location reaches the phone that stands there now, not where it used to', async t => {
  const box = await plant(t)
  const [hall, yard] = box.store.all({ kind: 'location' } as never) as readonly { id: string }[]
  const device = box.store.get(deviceKind, box.deviceOf('202'))
  await box.put('device', { ...device, location: yard?.id }, device?.id ?? '')
  const zone = await box.put('zone', { name: 'Yard', locations: [yard?.id] })
  await ask(box, 'paging/start', { zone, text: 'Truck at gate two.' })
  await box.settles()
  t.deepEqual(heardOn(box), [`device:${box.deviceOf('202')}`])
  await box.passes('1m')
  await box.put('device', { ...device, location: hall?.id }, device?.id ?? '')
  await t.throwsAsync(async () => ask(box, 'paging/start', { zone, text: 'Truck at gate two.' }), { message: /Yard/ })
})

test('a phone that registers while an alarm speaks hears it', async t => {
  const box = await plant(t)
  box.phone('202').unregisters()
  await box.settles()
  const start = { zone: everywhere(box).id, messages: [messageOf(box, 'Fire')], repeats: 0, priority: 'alarm' }
  const { page } = await ask<{ page: string }>(box, 'paging/start', start)
  await box.passes('10s')
  const late = `device:${box.deviceOf('202')}`
  t.false(heardOn(box).includes(late))
  box.phone('202').registers()
  await box.passes('4s')
  t.true(heardOn(box).includes(late))
  await ask(box, 'paging/stop', { page })
  await box.passes('5s')
})

test('an announcement that a crash cut short is made again from its beginning', async t => {
  const box = await plant(t)
  const start = { zone: everywhere(box).id, messages: [messageOf(box, 'Fire')], repeats: 3 }
  await ask(box, 'paging/start', start)
  await box.passes('1s')
  await box.restarts()
  await box.passes('2s')
  t.is(heardOn(box).length, 5)
  await box.passes('2m')
  const { pages } = await ask<{ pages: { outcome: string }[] }>(box, 'paging/history')
  t.deepEqual(pages.map(page => page.outcome).sort(), ['done', 'interrupted'])
})

test('a zone cannot hold itself, and a number has one owner', async t => {
  const box = await plant(t)
  const zone = everywhere(box)
  const inner = await box.put('zone', { name: 'Inner', zones: [zone.id] })
  await t.throwsAsync(box.put('zone', { ...zone, zones: [inner] }, zone.id), { message: /circle/ })
  await t.throwsAsync(box.put('zone', { ...zone, number: '201' }, zone.id), { message: /201/ })
})

test('a zone without anything to hear it, and one with a foreign amplifier, are problems', async t => {
  const box = await plant(t)
  await box.put('zone', { name: 'Empty' })
  await box.put('zone', { name: 'Foreign', amplifiers: ['amplifier-7'] })
  const codes = box.host.problems().map(problem => problem.code.split(':')[0])
  t.true(codes.includes('zones.empty') && codes.includes('zones.no-amplifier'))
})
