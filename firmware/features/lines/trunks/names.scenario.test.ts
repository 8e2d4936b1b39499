// Trunks by name: looked up ahead of time, called from memory, whatever becomes of the name servers.
import type { ExecutionContext } from 'ava'
import type { InviteOptions } from '../../../kernel/call/sip-port.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import type { VirtualPhone } from '../../../testkit/virtual-phone.ts'
import { type Trunk, trunkKind } from './feature.ts'

const HOST = 'carrier.example'
const OUT = '913135550100'
const PROBLEMS = (box: Box) => box.host.problems().map(({ code }) => code.split(':')[0] ?? '')

interface Plant {
  readonly box: Box
  readonly edge: VirtualPhone
  readonly other: VirtualPhone
  readonly spare: VirtualPhone
}

/** A carrier with two addresses, the second for when the first is away, and a spare trunk. */
async function plant(t: ExecutionContext, o: Partial<Trunk> = {}, more: ScenarioOptions = {}): Promise<Plant> {
  const box = await scenario({
    extensions: ['201'],
    document: async to => {
      const site = await to.put('site', { name: 'Flint', country: 'US' })
      const phones = { name: 'Phones', prefixes: ['10.0.0.0/8'], site, emergencyWithoutPassword: true }
      await to.put('network', phones)
      await to.put(trunkKind.kind, { name: 'Telco', host: HOST, callerNumber: '+13135550000', ...o })
      await to.put(trunkKind.kind, { name: 'Spare', host: '10.0.0.13', priority: 20 })
      await to.put('outbound-rule', { name: 'Outside' })
    },
    ...more,
    prepare: on => {
      leads(on as Box, { 'edge.carrier.example': '10.0.0.11', 'other.carrier.example': '10.0.0.12' })
      more.prepare?.(on)
    },
  })
  t.teardown(() => box.ends())
  const [edge, other, spare] = [box.stranger('edge'), box.stranger('other'), box.stranger('spare')]
  t.deepEqual([edge.source.host, other.source.host, spare.source.host], ['10.0.0.11', '10.0.0.12', '10.0.0.13'])
  return { box, edge, other, spare }
}

/** The zone: hosts in the order of their priority. */
function leads(box: Box, hosts: Readonly<Record<string, string>>): void {
  const all = Object.entries(hosts)
  box.names.services.set(
    `_sip._udp.${HOST}`,
    all.map(([host], at) => ({ host, priority: 10 * (at + 1), weight: 1, port: 5060 })),
  )
  for (const [host, address] of all) box.names.addresses.set(host, [address])
}

const ways = (box: Box) => invites(box).flatMap(({ target }) => ('via' in target ? [target.via?.host] : []))

const invites = (box: Box): readonly InviteOptions[] =>
  box.sip.commands.filter(({ name }) => name === 'invite').map(({ args }) => args[0] as InviteOptions)

async function calls(box: Box, seconds: number, number = OUT): Promise<void> {
  box.phone('201').dials(number)
  await box.passes(`${seconds}s`)
}

test('a call goes to the best address of the name, and asks nobody on its way', async t => {
  const { box, edge } = await plant(t)
  const asked = box.names.asked.length
  await calls(box, 0)
  t.true(edge.rings)
  t.is(box.names.asked.length, asked)
  const [target] = invites(box).map(one => one.target)
  t.like(target, { uri: `sip:+13135550100@${HOST}`, via: { host: '10.0.0.11', port: 5060 } })
})

test('an address that is silent is left for the next within the two seconds that a trunk has', async t => {
  const { box, edge, other, spare } = await plant(t)
  edge.manner = 'silent'
  await calls(box, 1)
  t.true(other.rings)
  t.is(box.facts('trunk.passed-over').length, 0)
  box.phone('201').hangsUp()
  await box.settles()
  await calls(box, 0)
  t.true(other.rings, 'the next call does not wait for it')
  box.phone('201').hangsUp()
  other.manner = 'silent'
  await calls(box, 2)
  t.true(spare.rings, 'all of a trunk are silent for two seconds and no longer')
})

test('an address that is back carries calls again, and a trunk with one that works is healthy', async t => {
  const { box, edge, other } = await plant(t, { heartbeatSeconds: 30 })
  edge.manner = 'silent'
  await box.passes('2m')
  t.is(box.facts('trunk.health-changed').length, 0)
  await calls(box, 0)
  t.true(other.rings)
  box.phone('201').hangsUp()
  edge.manner = 'rings'
  await box.passes('20s')
  await calls(box, 0)
  t.true(edge.rings)
})

test('without questions a silent address is tried again after half a minute', async t => {
  const { box, edge, other } = await plant(t, { heartbeatSeconds: 0 })
  edge.manner = 'silent'
  await calls(box, 1)
  t.true(other.rings)
  box.phone('201').hangsUp()
  edge.manner = 'rings'
  await box.passes('30s')
  await calls(box, 0)
  t.true(edge.rings)
})

test('a record that changes is followed when its time is over, for calls out and in', async t => {
  const { box, edge } = await plant(t)
  leads(box, { 'new.carrier.example': '10.0.0.20' })
  await calls(box, 0)
  t.true(edge.rings, 'until then it may be believed')
  box.phone('201').hangsUp()
  await box.passes('1m')
  await calls(box, 0)
  t.is(ways(box).filter(host => host === '10.0.0.20').length, 1)
  t.true(box.sip.trunks.networks.includes('10.0.0.20/32'))
  t.false(box.sip.trunks.networks.includes('10.0.0.11/32'))
})

test('all addresses of a name are the trunk’s when calls come in', async t => {
  const { box, other } = await plant(t)
  await box.configure('inbound', { otherwise: { kind: 'extension', id: box.extensionOf('201') } })
  other.dials('+13135550100')
  await box.settles()
  t.is(other.call?.state, 'ringing')
  const [began] = box.facts('call.began').slice(-1)
  t.is(began?.from.trust, 'trunk')
})

for (const manner of ['silent', 'hangs'] as const)
  test(`calls go on when name servers ${manner === 'silent' ? 'are silent' : 'never answer'}, and the page says how old that is`, async t => {
    const { box, edge } = await plant(t)
    t.false(PROBLEMS(box).includes('trunks.name-stale'))
    box.names.manner = manner
    await box.passes('3m')
    t.true(PROBLEMS(box).includes('trunks.name-stale'))
    await calls(box, 0)
    t.true(edge.rings)
    box.names.manner = 'answers'
    await box.passes('3m')
    t.false(PROBLEMS(box).includes('trunks.name-stale'))
  })

for (const [what, number] of [
  ['the first call goes out', OUT],
  ['911 leaves at once', '911'],
] as const)
  test(`after a power cut beside a name server that never answers ${what}`, async t => {
    const { box, edge } = await plant(t)
    box.names.manner = 'hangs'
    await box.restarts({ lost: 'power' })
    box.phone('201').registers()
    await box.settles()
    await calls(box, 0, number)
    t.true(edge.rings)
  })

test('a name that leads nowhere is a problem, costs calls nothing, and mends itself', async t => {
  const { box, spare, edge } = await plant(t, { host: 'nowhere.example' })
  await box.passes('10s')
  t.true(PROBLEMS(box).includes('trunks.name-unknown'))
  t.false(PROBLEMS(box).includes('trunks.health'))
  await calls(box, 0)
  t.true(spare.rings)
  box.phone('201').hangsUp()
  const asked = box.names.asked.length
  await box.passes('10m')
  t.true(box.names.asked.length - asked < 60, 'name servers are not pestered')
  box.names.addresses.set('nowhere.example', ['10.0.0.11'])
  await box.passes('2m')
  t.false(PROBLEMS(box).includes('trunks.name-unknown'))
  await calls(box, 0)
  t.true(edge.rings)
})

test('911 goes by the second address when the first is silent, and the guard waits no longer for it', async t => {
  const { box, edge, other, spare } = await plant(t)
  edge.manner = 'silent'
  await calls(box, 1, '911')
  t.true(other.rings)
  box.phone('201').hangsUp()
  await box.passes('3m')
  t.false(other.rings)
  // All are silent, and nobody knows yet: two seconds for each trunk.
  const fresh = await plant(t)
  for (const one of [fresh.edge, fresh.other, fresh.spare]) one.manner = 'silent'
  await calls(fresh.box, 4, '911')
  t.deepEqual(ways(fresh.box), ['10.0.0.11', '10.0.0.12', '10.0.0.13'])
  t.is(spare.legs.length, 0)
})

test('who rings and does not answer at one address is not rung at the other', async t => {
  const { box, edge, other, spare } = await plant(t)
  await calls(box, 41, '911')
  t.is(edge.legs.length, 1)
  t.is(other.legs.length, 0)
  t.true(spare.rings)
})

test('what is no address is refused with how it is written', async t => {
  const { box } = await plant(t)
  const wrong = await t.throwsAsync(box.put(trunkKind.kind, { name: 'Typo', host: '10.0.0' }))
  t.regex(JSON.stringify(wrong), /neither an IP address nor a host name/)
})
