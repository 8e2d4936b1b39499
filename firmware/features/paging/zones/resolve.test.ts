// A zone resolves to every endpoint that is heard in it, each once.
import test from 'ava'
import { addressOf } from './multicast-address.ts'
import { pageTargets } from './page-targets.ts'
import { type Endpoint, type Hearer, resolve, type Surroundings } from './resolve.ts'
import { type MulticastStream, reaches, type Zone } from './settings.ts'

const zone = (o: Partial<Zone>): Zone => ({
  name: 'Zone',
  sites: [],
  locations: [],
  devices: [],
  streams: [],
  amplifiers: [],
  zones: [],
  ...o,
})
const stream = (o: Partial<MulticastStream>): MulticastStream => ({
  name: 'Hall',
  framing: 'rtp',
  group: '239.192.0.1',
  port: 5004,
  codec: 'PCMU',
  ttl: 16,
  listeners: [],
  doubted: false,
  ...o,
})
const hearers: Hearer[] = [
  { id: 'dev_a', label: 'Line 1', site: 's', location: 'loc_line', astray: false },
  { id: 'dev_b', label: 'Gate', site: 's', location: 'loc_gate', astray: false },
  { id: 'dev_c', label: 'Office', site: 's', astray: false },
]
const around = (zones: Record<string, Zone>, streams: Record<string, MulticastStream> = {}): Surroundings => ({
  zone: id => zones[id],
  stream: id => streams[id],
  hearers: () => hearers,
  networks: () => ['eth0', 'eth1'],
  leaves: () => true,
  amplifierLabel: terminal => `Amplifier ${terminal}`,
  within: location => new Set(location === 'loc_hall' ? ['loc_hall', 'loc_line'] : [location]),
})
const keys = (endpoints: readonly Endpoint[]) => endpoints.map(endpoint => endpoint.key)

test('an endpoint that several ways lead to is reached once', t => {
  const zones = {
    all: zone({ zones: ['hall', 'gate'], devices: ['dev_a'], amplifiers: ['amp-1'] }),
    hall: zone({ locations: ['loc_hall'], amplifiers: ['amp-1'] }),
    gate: zone({ devices: ['dev_b', 'dev_a'] }),
  }
  t.deepEqual(keys(resolve(['all', 'hall'], around(zones))), ['amplifier:amp-1', 'device:dev_a', 'device:dev_b'])
})

test('a location member means every phone that stands in it or within it', t => {
  t.deepEqual(keys(resolve(['hall'], around({ hall: zone({ locations: ['loc_hall'] }) }))), ['device:dev_a'])
})

test('a site member means every phone of the site, with a known place or without', t => {
  t.is(resolve(['all'], around({ all: zone({ sites: ['s'] }) })).length, 3)
})

test('a phone that listens to a stream is reached by it and not called', t => {
  const zones = { all: zone({ sites: ['s'], streams: ['one'] }) }
  const heard = resolve(['all'], around(zones, { one: stream({ listeners: ['dev_a', 'dev_b'] }) }))
  t.deepEqual(keys(heard), ['stream:239.192.0.1:5004', 'device:dev_c'])
})

test('listeners of a doubted stream are called too', t => {
  const zones = { all: zone({ sites: ['s'], streams: ['one'] }) }
  t.is(resolve(['all'], around(zones, { one: stream({ listeners: ['dev_a'], doubted: true }) })).length, 4)
})

test('a listener that is astray is called, also where only the stream belongs to the zone, and is trusted to no other stream', t => {
  const zones = { hall: zone({ streams: ['one', 'two'] }) }
  const streams = {
    one: stream({ listeners: ['dev_a', 'dev_b'] }),
    two: stream({ group: '239.192.0.2', listeners: ['dev_a'] }),
  }
  const lost = hearers.map(hearer => ({ ...hearer, astray: hearer.id === 'dev_a' }))
  const heard = resolve(['hall'], { ...around(zones, streams), hearers: () => lost })
  t.deepEqual(keys(heard), ['stream:239.192.0.1:5004', 'stream:239.192.0.2:5004', 'device:dev_a'])
})

test('listeners of a stream that cannot leave are called', t => {
  const zones = { hall: zone({ streams: ['one'] }) }
  const surroundings = around(zones, { one: stream({ listeners: ['dev_a'], network: 'eth1' }) })
  const heard = resolve(['hall'], { ...surroundings, leaves: ({ network }) => network !== 'eth1' })
  t.deepEqual(keys(heard), ['stream:239.192.0.1:5004', 'device:dev_a'])
})

test('a stream leaves by its network, and one to each network is an endpoint in every one of them', t => {
  const zones = { all: zone({ streams: ['one', 'two'] }) }
  const streams = { one: stream({ network: 'eth1' }), two: stream({ group: '239.192.0.2', network: 'each' }) }
  const nobody = { bindingsOf: () => [], bindingsNow: () => [] }
  const leaving = (surroundings: Surroundings) =>
    pageTargets(resolve(['all'], surroundings), nobody).map(target =>
      target.kind === 'rtp' ? [target.key, target.label, target.listener.interface] : [],
    )
  t.deepEqual(leaving(around(zones, streams)), [
    ['stream:239.192.0.1:5004', 'Hall', 'eth1'],
    ['stream:239.192.0.2:5004@eth0', 'Hall (eth0)', 'eth0'],
    ['stream:239.192.0.2:5004@eth1', 'Hall (eth1)', 'eth1'],
  ])
  // Nothing is known of the machine yet: better the way to others than silence.
  t.deepEqual(leaving({ ...around(zones, streams), networks: () => [] })[1], [
    'stream:239.192.0.2:5004',
    'Hall',
    undefined,
  ])
})

test('a listener whose stream is not in the zone is called', t => {
  const heard = resolve(
    ['gate'],
    around({ gate: zone({ devices: ['dev_a'] }) }, { one: stream({ listeners: ['dev_a'] }) }),
  )
  t.deepEqual(keys(heard), ['device:dev_a'])
})

test('members that are gone are passed over and circles end', t => {
  const zones = {
    a: zone({ zones: ['b', 'gone'], streams: ['gone'] }),
    b: zone({ zones: ['a'], devices: ['dev_c', 'dev_gone'] }),
  }
  t.deepEqual(keys(resolve(['a'], around(zones))), ['device:dev_c'])
})

test('a zone that would hold itself is recognised before it is saved', t => {
  const all = [
    { ...zone({ zones: ['b'] }), id: 'a' },
    { ...zone({ zones: ['c'] }), id: 'b' },
    { ...zone({}), id: 'c' },
  ]
  t.true(reaches(zone({ zones: ['a'] }), 'c', all))
  t.true(reaches(zone({ zones: ['c'] }), 'c', all))
  t.false(reaches(zone({ zones: ['b'] }), 'a', all))
})

test('each endpoint becomes a target, and a phone nobody registered keeps its place', t => {
  const zones = { all: zone({ devices: ['dev_c'], streams: ['one'], amplifiers: ['amp-1'] }) }
  const nowhere = { bindingsOf: () => [], bindingsNow: () => [] }
  const targets = pageTargets(resolve(['all'], around(zones, { one: stream({ codec: 'G722' }) })), nowhere)
  t.deepEqual(
    targets.map(target => target.kind),
    ['amplifier', 'rtp', 'phone'],
  )
  const [amplifier, rtp, phone] = targets
  t.is(amplifier?.label, 'Amplifier amp-1')
  t.true(rtp?.kind === 'rtp' && rtp.listener.codec === 'G722' && rtp.listener.host === '239.192.0.1')
  t.true(phone?.kind === 'phone' && phone.bindings.length === 0 && phone.headers.length === 3)
})

test('a stream to phones of Poly’s make tells channel and caller, and its groups are endpoints of their own', t => {
  const zones = { all: zone({ streams: ['one', 'two'] }) }
  const poly = { framing: 'poly', group: '224.0.1.116', port: 5001 } as const
  const streams = {
    one: stream({ ...poly, pagingGroup: 24, name: 'Hängehalle südlich' }),
    two: stream({ ...poly, pagingGroup: 25 }),
  }
  const targets = pageTargets(resolve(['all'], around(zones, streams)), { bindingsOf: () => [], bindingsNow: () => [] })
  t.deepEqual(
    targets.map(target => (target.kind === 'rtp' ? [target.key, target.listener.poly] : [])),
    [
      ['stream:224.0.1.116:5001#24', { channel: 49, caller: 'Hangehalle su' }],
      ['stream:224.0.1.116:5001#25', { channel: 50, caller: 'Hall' }],
    ],
  )
})

test('only multicast addresses are groups', t => {
  t.is(addressOf('239.192.0.1'), 4)
  t.is(addressOf('ff15::1'), 6)
  for (const wrong of ['10.0.0.1', '240.0.0.1', '239.192.0', '239.192.0.256', 'fe80::1', ''])
    t.is(addressOf(wrong), undefined)
})
