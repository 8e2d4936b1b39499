// Who calls and who sent a call on: whom the box believes, whom it tells, and who is named to nobody.
import type { ExecutionContext } from 'ava'
import type { InviteOptions, ToldOfCaller } from '../../../kernel/call/sip-port.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

const FORGED: ToldOfCaller = {
  asserted: { number: '100', name: 'The boss' },
  diversions: [{ number: '100', name: '', why: 'busy' }],
}

/** Two posts, a carrier, and numbers outside for 202 and 203. */
async function plant(t: ExecutionContext, trunk: object = {}): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202', '203'] })
  t.teardown(() => box.ends())
  const telco = box.stranger('telco')
  await box.put('trunk', {
    name: 'Telco',
    host: telco.source.host,
    callerNumber: '+13135550000',
    help: false,
    ...trunk,
  })
  await box.put('outbound-rule', { name: 'Outside' })
  for (const number of ['202', '203']) {
    const destination = { kind: 'extension', id: box.extensionOf(number) }
    await box.put('inbound-number', { name: `Of ${number}`, number: `+13135550${number}`, destination })
  }
  return box
}

const orders = (box: Box) =>
  box.sip.commands.filter(({ name }) => name === 'invite').map(({ args }) => args[0] as InviteOptions)
const latest = (box: Box) => orders(box).at(-1)
const diverted = (box: Box) => latest(box)?.diversions?.by.map(({ number, why }) => `${number}: ${why}`)
const as = (box: Box) => latest(box)?.diversions?.as
const notes = (box: Box) => box.facts('call.noted').map(({ what }) => what)

test('what a phone asserts of itself is believed by nobody and passed on to nobody', async t => {
  const box = await plant(t)
  const headers = [{ name: 'P-Asserted-Identity', value: '<sip:100@plant>' }]
  box.phone('201').dials('202', { headers, told: FORGED })
  await box.settles()
  t.is(latest(box)?.from.number, '201')
  t.deepEqual(diverted(box), [])
  t.is(latest(box)?.headers, undefined)
})

test('a carrier is believed who calls only where it is said to vouch for that', async t => {
  const told = { asserted: { number: '+12125550100', name: 'Ann' } }
  const careless = await plant(t)
  careless.stranger('telco').dials('+13135550202', { as: '+13135559999', told })
  await careless.settles()
  t.is(latest(careless)?.from.number, '+13135559999')
  const box = await plant(t, { believesCaller: true })
  box.stranger('telco').dials('+13135550202', { as: 'anonymous', told })
  await box.settles()
  t.deepEqual([latest(box)?.from.number, latest(box)?.from.name], ['+12125550100', 'Ann'])
})

test('who asks not to be named is anonymous at the phone and in the record, whatever the carrier asserts', async t => {
  const box = await plant(t, { believesCaller: true })
  const told = { asserted: { number: '+12125550100', name: 'Ann' }, withheld: true as const }
  box.stranger('telco').dials('+13135550202', { as: '+12125550100', told })
  await box.settles()
  t.is(latest(box)?.from.number, 'anonymous')
  t.is(box.facts('call.began').at(-1)?.from.number, 'anonymous')
})

test('a phone that asks not to be named is anonymous inside and outside, but never in a call for help', async t => {
  const box = await plant(t)
  const told = { withheld: true as const }
  box.phone('201').dials('202', { told })
  await box.settles()
  t.is(latest(box)?.from.number, 'anonymous')
  t.is(box.facts('call.began').at(-1)?.from.number, '201', 'the plant knows')
  box.phone('201').hangsUp()
  await box.settles()
  box.phone('201').dials('93135550100', { told })
  await box.settles()
  t.is(latest(box)?.from.number, 'anonymous')
  t.deepEqual(latest(box)?.headers, [{ name: 'Privacy', value: 'id' }])
  box.phone('201').hangsUp()
  await box.put('site', { name: 'Flint' })
  await box.settles()
  box.phone('201').dials('911', { told })
  await box.settles()
  t.is(latest(box)?.from.number, '201')
})

test('the phone that a call was forwarded to shows by whom, in the headers that the settings name', async t => {
  const box = await plant(t)
  const busy = { kind: 'extension', id: box.extensionOf('203') }
  await box.put('forward-rule', { name: 'Post', extensions: [box.extensionOf('202')], busy })
  box.phone('202').manner = 'busy'
  const dials = async () => {
    box.phone('201').dials('202')
    await box.settles()
    t.true(box.phone('203').rings)
    box.phone('201').hangsUp()
    await box.settles()
  }
  await dials()
  t.deepEqual([as(box), diverted(box)], ['diversion', ['202: busy']])
  await box.configure('extensions', { tellForwards: 'history-info' })
  await dials()
  t.deepEqual([as(box), diverted(box)], ['history-info', ['202: busy']])
})

test('a carrier that takes it is told who forwarded a call, by the number outside, and others are not', async t => {
  for (const tellForwards of ['off', 'diversion']) {
    const box = await plant(t, { tellForwards })
    box.phone('202').forwardsTo('93135550100')
    box.phone('201').dials('202')
    await box.settles()
    t.deepEqual([as(box), diverted(box)], [tellForwards, ['+13135550202: phone']])
    t.is(latest(box)?.from.number, '+13135550202', 'on account of who forwards')
  }
})

test('who sent a call on outside is in its record, and shown by the phone', async t => {
  const box = await plant(t)
  const told = { diversions: [{ number: '+12125550177', name: 'Old office', why: 'always' as const }] }
  box.stranger('telco').dials('+13135550202', { as: '+12125550100', told })
  await box.settles()
  t.deepEqual(diverted(box), ['+12125550177: always'])
  t.true(notes(box).some(what => String(what.forwards) === '+12125550177: always'))
})
