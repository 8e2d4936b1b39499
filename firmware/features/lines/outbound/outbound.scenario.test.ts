import type { ExecutionContext } from 'ava'
import type { InviteOptions } from '../../../kernel/call/sip-port.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { callingRightsKind, type OutboundRule, outboundRuleKind } from './feature.ts'

/** Two phones and a carrier. */
async function plant(t: ExecutionContext, rule: Partial<OutboundRule> = {}): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202'] })
  t.teardown(() => box.ends())
  box.stranger('telco')
  await box.put('trunk', { name: 'Telco', host: '10.0.0.12', callerNumber: '+13135550000', help: false })
  await box.put(outboundRuleKind.kind, { name: 'Outside', ...rule })
  return box
}

const orders = (box: Box) =>
  box.sip.commands.filter(({ name }) => name === 'invite').map(({ args }) => args[0] as InviteOptions)
const uris = (box: Box) => orders(box).map(({ target }) => ('uri' in target ? target.uri : ''))

async function dials(box: Box, number: string): Promise<number> {
  const call = box.phone('201').dials(number)
  await box.settles()
  const { status } = call
  if (call.state !== 'over') box.phone('201').hangsUp()
  await box.settles()
  return status
}

test('numbers are dialled with the prefix, in the plus form without', async t => {
  const box = await plant(t)
  for (const number of ['93135550100', '913135550100', '+13135550100', '9411']) await dials(box, number)
  const host = '10.0.0.12'
  t.deepEqual(uris(box), [...Array(3).fill(`sip:+13135550100@${host}`), `sip:411@${host}`])
  t.is(await dials(box, '3135550100'), 404, 'without the prefix it is no number of anybody')
})

test('what costs more is refused until somebody allows it', async t => {
  const box = await plant(t)
  t.is(await dials(box, '9011498912345678'), 403)
  t.is(await dials(box, '919005550100'), 403)
  t.is(orders(box).length, 0)
  const rights = await box.put(callingRightsKind.kind, { name: 'World', kinds: ['national', 'international'] })
  const extension = box.extensionOf('201')
  await box.put('extension', { number: '201', name: 'Office', callingRights: rights }, extension)
  t.is(await dials(box, '9011498912345678'), 0)
  t.is(await dials(box, '919005550100'), 403)
  t.deepEqual(uris(box), ['sip:+498912345678@10.0.0.12'])
})

test('numbers may be blocked one by one, and everybody else has the rights of the settings', async t => {
  const box = await plant(t)
  const rights = await box.put(callingRightsKind.kind, { name: 'Hall', kinds: ['national'], blocked: ['+1313.'] })
  await box.configure('outbound', { rights })
  t.is(await dials(box, '913135550100'), 403)
  t.is(await dials(box, '912125550100'), 0)
  t.is(await dials(box, '918005550100'), 403)
})

test('toll calls are ended when their time is over, also after a restart, and counted while they last', async t => {
  const box = await plant(t)
  const rights = await box.put(callingRightsKind.kind, {
    name: 'W',
    kinds: ['international'],
    tollMinutes: 10,
    tollCalls: 1,
  })
  await box.configure('outbound', { rights })
  const telco = box.stranger('telco')
  const call = box.phone('201').dials('9011498912345678')
  await box.settles()
  telco.answers()
  await box.passes('5m')
  t.is(call.state, 'talking')
  t.is(await dials(box, '9011498912345679'), 503, 'one at a time')
  await box.restarts()
  await box.passes('4m')
  t.is(call.state, 'talking')
  await box.passes('61s')
  t.is(call.state, 'over')
  t.is(await dials(box, '9011498912345679'), 0)
})

test('a rule rewrites what is sent, and only the numbers like its patterns', async t => {
  const box = await plant(t, { prefix: '', patterns: ['77XX'], strip: 2, prepend: '555', order: 1 })
  t.is(await dials(box, '7712'), 0)
  t.deepEqual(uris(box), ['sip:55512@10.0.0.12'])
  t.is(await dials(box, '7812'), 404)
})

test('who is called sees the extension’s own number, or none', async t => {
  const box = await plant(t)
  const destination = { kind: 'extension', id: box.extensionOf('201') }
  await box.put('inbound-number', { number: '+13135550201', name: 'Office', destination })
  await dials(box, '913135550100')
  await box.put(outboundRuleKind.kind, { name: 'Quiet', order: 1, withheld: true })
  await dials(box, '913135550100')
  t.deepEqual(
    orders(box).map(({ from }) => from.number),
    ['+13135550201', 'anonymous'],
  )
  t.deepEqual(orders(box)[1]?.headers, [{ name: 'Privacy', value: 'id' }])
})

test('an emergency number never goes by a rule, whatever the rule says', async t => {
  const box = await plant(t, { prefix: '', order: 1 })
  await box.put(outboundRuleKind.kind, { name: 'Nines', prefix: '9', order: 1 })
  await box.put('site', { name: 'Flint', country: 'US' })
  await box.settles()
  const guard = box.phone('202')
  for (const number of ['911', '9911']) {
    box.phone('201').dials(number)
    await box.settles()
    t.true(guard.rings, number)
    box.phone('201').hangsUp()
    await box.settles()
  }
  t.deepEqual(
    uris(box).filter(uri => uri !== ''),
    [],
  )
})

test('a call from outside cannot go outside again', async t => {
  const box = await plant(t)
  const call = box.stranger('telco').dials('913135550100')
  await box.settles()
  t.is(call.status, 404)
  t.is(orders(box).length, 0)
})
