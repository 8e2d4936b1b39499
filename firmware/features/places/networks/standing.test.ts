// From an address to a place: the surest source wins, a phone that was carried away is not believed.
import test from 'ava'
import { problemsOf } from './feature.ts'
import { addressOf, contains, prefixOf } from './prefix.ts'
import type { Network } from './settings.ts'
import { knownNetwork, networkMap, networkOf, whereaboutsOf } from './standing.ts'

const network = (o: Partial<Network>): Network => ({
  name: 'Voice',
  site: 'sit_plant',
  prefixes: ['10.20.0.0/16', 'fd00:20::/64'],
  ports: [],
  emergencyWithoutPassword: true,
  ...o,
})
const voice = knownNetwork(
  'net_voice',
  network({ ports: [{ switch: 'sw1', port: 'Gi1/0/7', location: 'loc_socket' }] }),
)
const paint = knownNetwork('net_paint', network({ name: 'Paint', prefixes: ['10.20.30.0/24'], location: 'loc_paint' }))
const all = [voice, paint]

test('ranges of both families are read, and what is none is refused', t => {
  t.deepEqual(prefixOf('10.20.0.0/16'), { family: 4, network: 0x0a140000n, length: 16 })
  t.is(prefixOf('fd00:20::/64')?.length, 64)
  t.is(prefixOf('0.0.0.0/0')?.length, 0)
  t.is(prefixOf('192.0.2.7')?.length, 32)
  for (const wrong of [
    '10.20.0.1/16',
    '10.20.0.0/33',
    '10.20.0/16',
    '10.020.0.0/16',
    'fd00::1::/64',
    'plant',
    '1:2:3/16',
    '::/129',
    '',
  ])
    t.is(prefixOf(wrong), undefined, wrong)
})

test('an address lies in a range by its bits, and a mapped address is IPv4', t => {
  const inside = (range: string, host: string) => {
    const [prefix, address] = [prefixOf(range), addressOf(host)]
    return prefix !== undefined && address !== undefined && contains(prefix, address)
  }
  t.true(inside('10.20.0.0/16', '10.20.255.1'))
  t.true(inside('10.20.0.0/16', '::ffff:10.20.1.1'))
  t.true(inside('fd00:20::/64', 'fd00:20:0:0:1::9'))
  t.true(inside('fe80::/10', 'fe80::1%eth0'))
  t.false(inside('10.20.0.0/16', '10.21.0.1'))
  t.false(inside('0.0.0.0/0', '::1'))
})

test('the longest range around an address names its network', t => {
  t.is(networkOf('10.20.30.4', all)?.id, 'net_paint')
  t.is(networkOf('10.20.31.4', all)?.id, 'net_voice')
  t.is(networkOf('192.0.2.1', all), undefined)
  t.is(networkOf('not an address', all), undefined)
})

test('a switch port tells the place better than anything else', t => {
  const standing = { location: 'loc_desk', address: '10.20.30.4', switchPort: { switch: 'sw1', port: 'Gi1/0/7' } }
  t.deepEqual(whereaboutsOf(standing, networkMap(all), 7), {
    site: 'sit_plant',
    network: 'net_paint',
    at: 7,
    location: 'loc_socket',
    source: 'switch-port',
  })
})

test('the location set on a device holds as long as it is on the network where it was set', t => {
  const desk = { location: 'loc_desk', locationNetwork: 'net_voice' }
  t.is(whereaboutsOf({ ...desk, address: '10.20.1.1' }, networkMap(all), 0).location, 'loc_desk')
  t.is(whereaboutsOf({ ...desk, address: '10.20.30.1' }, networkMap(all), 0).location, 'loc_paint')
  t.is(whereaboutsOf({ ...desk, address: '192.0.2.1' }, networkMap(all), 0).source, 'site')
  t.is(whereaboutsOf({ ...desk }, networkMap(all), 0).location, 'loc_desk')
})

test('a device of which nothing is known stands somewhere on its site', t => {
  t.deepEqual(whereaboutsOf({ site: 'sit_plant' }, networkMap(all), 1), { site: 'sit_plant', at: 1, source: 'site' })
})

test('two networks that claim one range are a problem, and so is having none', t => {
  t.is(problemsOf([])[0]?.code, 'networks.none')
  t.deepEqual(problemsOf(all), [])
  t.is(problemsOf([voice, knownNetwork('net_twin', network({ name: 'Twin' }))])[0]?.code, 'networks.overlap:net_voice')
})
