import test from 'ava'
import { PbxError } from '../../../kernel/errors.ts'
import { FakeNames } from '../../../testkit/fake-names.ts'
import { hostFault } from './host-name.ts'
import { inOrder, locate } from './locate.ts'

const HOST = 'carrier.example'

function zone(): FakeNames {
  const names = new FakeNames()
  names.addresses.set('one.carrier.example', ['192.0.2.1', '2001:db8::1'])
  names.addresses.set('two.carrier.example', ['192.0.2.2'])
  names.addresses.set(HOST, ['192.0.2.9'])
  return names
}
const service = (host: string, priority: number, weight = 10) => ({ host, priority, weight, port: 5080 })
const rule = (name: string, order: number, replacement: string) => ({
  order,
  preference: 10,
  flags: 's',
  service: name,
  replacement,
})
const spotsOf = async (names: FakeNames, o: { port?: number; transport?: 'udp' | 'tcp' | 'tls' } = {}) =>
  (await locate(names.askedOf([]), { host: HOST, transport: 'udp', ...o })).spots.map(
    ({ host, port }) => `${host} ${port}`,
  )

test('the rules of a domain lead to its services, those to hosts by priority, those to addresses', async t => {
  const names = zone()
  names.rules.set(HOST, [
    rule('SIP+D2T', 5, '_sip._tcp.carrier.example'),
    rule('SIP+D2U', 20, '_late._udp.carrier.example'),
    rule('sip+d2u', 10, '_edge._udp.carrier.example'),
  ])
  names.services.set('_edge._udp.carrier.example', [
    service('two.carrier.example', 20),
    service('one.carrier.example', 10),
  ])
  names.services.set('_late._udp.carrier.example', [service('nowhere.example', 1)])
  t.deepEqual(await spotsOf(names), ['192.0.2.1 5080', '2001:db8::1 5080', '192.0.2.2 5080'])
})

for (const [transport, name] of [
  ['udp', '_sip._udp'],
  ['tcp', '_sip._tcp'],
  ['tls', '_sips._tcp'],
] as const)
  test(`without rules the service ${name} is asked for where the trunk speaks ${transport}`, async t => {
    const names = zone()
    names.services.set(`${name}.${HOST}`, [service('two.carrier.example', 1)])
    t.deepEqual(await spotsOf(names, { transport }), ['192.0.2.2 5080'])
  })

test('without services the address of the host itself is taken, at the usual port', async t => {
  t.deepEqual(await spotsOf(zone()), ['192.0.2.9 5060'])
  t.deepEqual(await spotsOf(zone(), { transport: 'tls' }), ['192.0.2.9 5061'])
})

test('a port that was entered is the one: only the address is asked for', async t => {
  const names = zone()
  names.services.set(`_sip._udp.${HOST}`, [service('two.carrier.example', 1)])
  t.deepEqual(await spotsOf(names, { port: 5090 }), ['192.0.2.9 5090'])
  t.deepEqual(names.asked, [`A ${HOST}`, `AAAA ${HOST}`])
})

test('a service that is said not to be offered leads to the host itself, a name that is not to nothing', async t => {
  const names = zone()
  names.services.set(`_sip._udp.${HOST}`, [{ host: '.', priority: 0, weight: 0, port: 0 }])
  t.deepEqual(await spotsOf(names), ['192.0.2.9 5060'])
  names.addresses.clear()
  t.deepEqual(await spotsOf(names), [])
})

test('silence is no answer', async t => {
  const names = zone()
  names.manner = 'silent'
  const error = await t.throwsAsync(spotsOf(names), { instanceOf: PbxError })
  t.is((error as PbxError).code, 'names.silent')
})

test('what is found holds as long as its shortest part; services for a minute at most', async t => {
  const names = zone()
  names.ttlSeconds = 3600
  const ttl = async () => (await locate(names.askedOf([]), { host: HOST, transport: 'udp' })).ttlSeconds
  t.is(await ttl(), 300)
  names.services.set(`_sip._udp.${HOST}`, [service('two.carrier.example', 1)])
  t.is(await ttl(), 60)
  names.ttlSeconds = 7
  t.is(await ttl(), 7)
})

test('equals are drawn by their weight, one after the other, those without weight last', t => {
  const all = [
    { name: 'spare', priority: 20, weight: 100 },
    { name: 'big', priority: 10, weight: 30 },
    { name: 'small', priority: 10, weight: 10 },
    { name: 'idle', priority: 10, weight: 0 },
  ]
  const drawn = (...lots: number[]) => {
    const order = inOrder(all, below => Math.min(lots.shift() ?? 0, below - 1)).map(({ name }) => name)
    return order.join()
  }
  t.is(drawn(11, 1), 'big,small,idle,spare')
  t.is(drawn(10, 30), 'small,big,idle,spare')
  t.is(drawn(0), 'idle,small,big,spare', 'RFC 2782: a small chance for those')
  const first = Array.from({ length: 2000 }, () => inOrder(all)[0]?.name)
  const share = first.filter(name => name === 'big').length / first.length
  t.true(share > 0.6 && share < 0.85, `three of four: ${share}`)
})

test('an address is an IP address or a host name, and what is wrong says how it is written', t => {
  for (const right of ['203.0.113.7', '2001:db8::7', 'sip.carrier.example', 'gateway', 'a-b.1x.example'])
    t.is(hostFault(right), undefined, right)
  for (const [wrong, remedy] of [
    ['203.0.113', 'is neither'],
    ['203.0.113.777', 'is neither'],
    ['sip:carrier.example', 'write only the name'],
    ['user@carrier.example', 'write only the name'],
    ['carrier.example:5060', 'under Port'],
    ['carrier..example', 'is neither'],
    ['-carrier.example', 'is neither'],
    [`${'a'.repeat(64)}.example`, 'is neither'],
    ['carrier example', 'write only the name'],
  ] as const)
    t.true(hostFault(wrong)?.includes(remedy), `${wrong}: ${hostFault(wrong)}`)
})
