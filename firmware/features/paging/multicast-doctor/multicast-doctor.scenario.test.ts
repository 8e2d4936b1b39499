// The doctor on a plant with two networks: what it hears, what it sends, what it says.
import type { ExecutionContext } from 'ava'
import type { Stored } from '../../../kernel/store.ts'
import { ask, startPlant } from '../../../testkit/fresh-plant.ts'
import type { Box, ScenarioOptions } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type MulticastStream, streamKind } from '../zones/feature.ts'
import type { Finding } from './diagnosis.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await startPlant(o)
  t.teardown(() => box.ends())
  return box
}
const theStream = (box: Box): Stored<MulticastStream> => {
  const [stream] = box.store.all(streamKind)
  if (stream === undefined) throw new Error('there is no stream')
  return stream
}
const change = (box: Box, o: Partial<MulticastStream>) =>
  box.put('multicast-stream', { ...theStream(box), ...o }, theStream(box).id)

/** A general query of IGMP version 2. */
const QUERY = Buffer.from('4600002000000000010200000a000001e0000001940400001164ee9b00000000', 'hex')
const asked = (box: Box, network = 'eth0') => box.sip.network.hears(network, QUERY)
const codesOf = (findings: readonly Finding[]) =>
  findings.map(one => `${one.code.split('.')[1]} ${one.network ?? ''}`.trim())
const problems = (box: Box) => box.host.problems().filter(one => one.code.startsWith('multicast-doctor.'))

const metricOf = (box: Box) =>
  box.host.running.get('multicast-doctor')?.parts.metrics?.().multicast_networks_without_querier

async function examined(box: Box): Promise<readonly Finding[]> {
  const findings = ask<{ findings: readonly Finding[] }>(box, 'multicast-doctor/examine')
  await box.passes('2s')
  return (await findings).findings
}
const networksOf = async (box: Box) => {
  const { networks } = await ask<{ networks: readonly Finding[] }>(box, 'multicast-doctor/state')
  return codesOf(networks)
}

test('where nobody asks for groups as long as switches remember them, that is a doubt on the health page until somebody does', async t => {
  const box = await plant(t)
  t.deepEqual(await networksOf(box), ['not-yet eth0'])
  await change(box, { listeners: [box.deviceOf('202')] })
  await box.passes('200s')
  t.deepEqual(problems(box), [])
  await box.passes('61s')
  t.like(problems(box)[0], { code: 'multicast-doctor.no-querier:eth0', severity: 'warning', link: '/multicast-doctor' })
  t.regex(problems(box)[0]?.remedy ?? '', /IGMP querier/)
  asked(box)
  await box.passes('2s')
  t.deepEqual([problems(box), await networksOf(box)], [[], ['querier eth0']])
  // On another network it helps nobody here.
  await box.passes('259s')
  asked(box, 'eth1')
  await box.passes('2s')
  t.is(problems(box)[0]?.code, 'multicast-doctor.no-querier:eth0')
})

test('a stream that nobody is entered for is examined, and is no problem', async t => {
  const box = await plant(t)
  await box.passes('5m')
  t.deepEqual(problems(box), [])
  t.true(codesOf(await examined(box)).includes('no-querier eth0'))
  t.is(metricOf(box), 1)
})

test('an examination sends a silent probe of each stream by each of its networks, from within the groups', async t => {
  const box = await plant(t)
  await change(box, { network: 'each', ttl: 7 })
  asked(box)
  const codes = codesOf(await examined(box))
  t.deepEqual(
    box.sip.network.probes.map(({ by, group, port, ttl }) => [by, group, port, ttl]),
    [
      ['eth0', '239.192.0.1', 5005, 7],
      ['eth1', '239.192.0.1', 5005, 7],
    ],
  )
  t.deepEqual(codes, ['leaves eth0', 'leaves eth1', 'querier eth0', 'not-yet eth1'])
  t.deepEqual(box.sip.network.entered, [])
})

test('a probe that is heard on the other network, or that does not leave, is told', async t => {
  const box = await plant(t)
  await change(box, { network: 'each' })
  box.sip.network.bridged = { eth0: ['eth0', 'eth1'] }
  box.sip.network.mute = ['eth1']
  const findings = await examined(box)
  t.deepEqual(codesOf(findings).slice(0, 3), ['not-sent eth1', 'leaves eth0', 'one-network eth0'])
  t.regex(findings[2]?.text ?? '', /left by eth0 was heard on eth1/)
  t.regex(findings[0]?.text ?? '', /ENETUNREACH/)
})

test('listeners in another network of the box, or behind a router that no packet passes, are named with what to do', async t => {
  const box = await plant(t)
  await change(box, { listeners: [box.deviceOf('201'), box.deviceOf('202')], network: 'eth1' })
  t.like(problems(box)[0], { code: 'multicast-doctor.wrong-network:Everywhere', severity: 'serious' })
  t.regex(problems(box)[0]?.text ?? '', /leaves by eth1.*“Phone 201” \(10\.0\.0\.10\), “Phone 202”.*network eth0/)
  const [first, second] = box.sip.network.list
  if (first === undefined || second === undefined) throw new Error('there are two networks')
  box.sip.network.list = [{ ...first, addresses: [{ address: '10.9.0.5', prefix: 24 }] }, second]
  await change(box, { ttl: 1 })
  await box.passes('10s')
  t.like(problems(box)[0], { code: 'multicast-doctor.too-few-hops:Everywhere', severity: 'serious' })
  await change(box, { ttl: 16 })
  t.deepEqual(problems(box), [])
  t.true(codesOf(await examined(box)).includes('routed eth1'))
})

test('a group of a range that is meant for something else is a doubt', async t => {
  const box = await plant(t)
  await change(box, { listeners: [box.deviceOf('202')], group: '224.0.0.200' })
  t.is(problems(box)[0]?.code, 'multicast-doctor.link-local:Everywhere')
  t.true(codesOf(await examined(box)).includes('link-local'))
})

test('a box that may not listen says so, and still tells what it knows', async t => {
  const box = await plant(t, {
    prepare: ({ sip }) => {
      sip.network.allowed = false
    },
  })
  const findings = await examined(box)
  t.deepEqual(codesOf(findings), ['deaf eth0'])
  t.regex(findings[0]?.text ?? '', /EPERM/)
  t.regex(findings[0]?.remedy ?? '', /CAP_NET_RAW/)
  t.deepEqual(box.sip.network.probes, [])
})

test('without a way for a stream, or without any stream in a zone, the doctor says so', async t => {
  const box = await plant(t)
  box.sip.network.routed = undefined
  t.true(codesOf(await examined(box)).includes('no-way'))
  for (const zone of box.store.all({ kind: 'zone' } as never) as readonly (Stored<object> & { streams: string[] })[])
    await box.put('zone', { ...zone, streams: [] }, zone.id)
  t.deepEqual(codesOf(await examined(box)), ['no-streams'])
})
