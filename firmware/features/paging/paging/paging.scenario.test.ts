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

test('a listener that has signed off, or does not answer, is called instead of being trusted to the stream', async t => {
  const box = await plant(t)
  const [stream] = box.store.all(streamKind)
  const device = box.deviceOf('202')
  await box.put('multicast-stream', { ...stream, listeners: [device] }, stream?.id ?? '')
  const zone = await box.put('zone', { name: 'Stream', streams: [stream?.id] })
  const say = async () => {
    const start = { zone, messages: [messageOf(box, 'Fire')], repeats: 0, priority: 'alarm' }
    const { page } = await ask<{ page: string }>(box, 'paging/start', start)
    await box.settles()
    return { page, heard: () => heardOn(box), stop: async () => void (await ask(box, 'paging/stop', { page })) }
  }
  const trusted = await say()
  t.deepEqual(trusted.heard(), ['stream:239.192.0.1:5004'])
  await trusted.stop()
  await box.passes('3s')
  const [contact] = [...box.sip.bindings.values()].filter(one => one.line === box.lineOf('202')).map(one => one.contact)
  box.sip.emit({ type: 'qualified', line: box.lineOf('202'), contact: contact ?? '', reachable: false })
  await box.settles()
  const silent = await say()
  t.deepEqual(silent.heard(), [`device:${device}`, 'stream:239.192.0.1:5004'])
  await silent.stop()
  await box.passes('3s')
  box.phone('202').unregisters()
  await box.settles()
  const gone = await say()
  t.deepEqual(gone.heard(), ['stream:239.192.0.1:5004'])
  box.phone('202').registers()
  await box.passes('4s')
  t.deepEqual(gone.heard(), [`device:${device}`, 'stream:239.192.0.1:5004'])
  await gone.stop()
  await box.passes('3s')
})

test('a loudspeaker without a line is trusted to its stream: nothing could call it', async t => {
  const box = await plant(t)
  const [stream] = box.store.all(streamKind)
  const horn = await box.put('device', { name: 'Horn', kind: 'speaker' })
  await box.put('multicast-stream', { ...stream, listeners: [horn] }, stream?.id ?? '')
  const zone = await box.put('zone', { name: 'Stream', streams: [stream?.id] })
  await ask(box, 'paging/start', { zone, messages: [messageOf(box, 'Fire')] })
  await box.settles()
  t.deepEqual(heardOn(box), ['stream:239.192.0.1:5004'])
  await box.passes('1m')
})

test('a stream leaves by the network that it names, or by each; one without cable or that is gone is a problem', async t => {
  const box = await plant(t)
  const [stream] = box.store.all(streamKind)
  const id = stream?.id ?? ''
  const zone = await box.put('zone', { name: 'Stream', streams: [id] })
  const leaves = async (network: string) => {
    await box.put('multicast-stream', { ...stream, network }, id)
    const { page } = await ask<{ page: string }>(box, 'paging/start', { zone, messages: [messageOf(box, 'Fire')] })
    await box.passes('1m')
    return box.sip.pages.log.flatMap(one =>
      one.page === page && one.listener.kind === 'rtp' ? one.listener.interface : [],
    )
  }
  t.deepEqual(await leaves('eth1'), ['eth1'])
  t.deepEqual(await leaves('each'), ['eth0', 'eth1'])
  const [first, second] = box.sip.network.list
  if (first === undefined || second === undefined) throw new Error('there are two networks')
  box.sip.network.list = [{ ...first, carrier: false }]
  await box.passes('10s')
  // Cables come back: what was there is spoken to still.
  t.deepEqual(await leaves('each'), ['eth0', 'eth1'])
  await box.put('multicast-stream', { ...stream, network: 'each', listeners: [box.deviceOf('202')] }, id)
  await ask(box, 'paging/start', { zone, messages: [messageOf(box, 'Fire')] })
  await box.settles()
  t.true(heardOn(box).includes(`device:${box.deviceOf('202')}`))
  await box.passes('1m')
  const codes = box.host.problems().map(problem => problem.code)
  t.true(codes.includes(`zones.no-cable:${id}:eth0`) && codes.includes(`zones.no-network:${id}:eth1`))
  box.sip.network.list = [first, second]
  await box.passes('10s')
  t.false(box.host.problems().some(problem => /^zones.no-(cable|network)/.test(problem.code)))
})

test('a network that the box does not have is refused by field with those it has, and what was so before stays', async t => {
  const box = await plant(t)
  const [stream] = box.store.all(streamKind)
  const id = stream?.id ?? ''
  const refused = await t.throwsAsync(box.put('multicast-stream', { ...stream, network: 'eth7' }, id))
  t.regex(
    (refused as { fields?: { network?: string } }).fields?.network ?? '',
    /“eth7”.*choose one of eth0, eth1, each/,
  )
  await box.put('multicast-stream', { ...stream, network: 'eth1' }, id)
  box.sip.network.list = box.sip.network.list.slice(0, 1)
  await box.put('multicast-stream', { ...stream, network: 'eth1', name: 'Hall' }, id)
  t.is(box.store.get(streamKind, id)?.name, 'Hall')
})

test('a stream is refused by field where its kind does not allow it', async t => {
  const box = await plant(t)
  const wrong = async (o: object) => {
    const value = { name: 'Poly', framing: 'poly', group: '224.0.1.116', port: 5001, pagingGroup: 25, ...o }
    const error = await t.throwsAsync(box.put('multicast-stream', value))
    return Object.entries((error as { fields?: Record<string, string> }).fields ?? {})
      .flat()
      .join(' ')
  }
  t.regex(await wrong({ pagingGroup: undefined }), /pagingGroup.*choose 1 to 25/)
  t.regex(await wrong({ codec: 'PCMA' }), /codec.*PCMU or G722/)
  t.regex(await wrong({ group: 'ff15::1' }), /group.*IPv4/)
  t.regex(await wrong({ framing: 'rtp', pagingGroup: undefined }), /port.*take 5000/)
  t.regex(await wrong({ framing: 'rtp', port: 5002 }), /pagingGroup.*clear it/)
  const poly = { name: 'Emergency', framing: 'poly', group: '224.0.1.116', port: 5001, pagingGroup: 25 }
  await box.put('multicast-stream', poly)
  t.regex(await wrong({}), /“Emergency” uses this group and port/)
  await box.put('multicast-stream', { ...poly, name: 'Priority', pagingGroup: 24 })
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
