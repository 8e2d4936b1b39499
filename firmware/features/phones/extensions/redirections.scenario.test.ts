// Phones that forward by a key of their own: where the box follows, and where it does not.
import type { ExecutionContext } from 'ava'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202', '203', '204'], ...o })
  t.teardown(() => box.ends())
  return box
}

/** A carrier that takes what the rules let out. */
async function outside(box: Box) {
  const carrier = box.stranger('carrier')
  await box.put('trunk', { name: 'Carrier', host: carrier.source.host, callerNumber: '+13135550000', help: false })
  await box.put('outbound-rule', { name: 'Outside' })
  return carrier
}

const causes = (box: Box) => box.facts('call.ended').map(({ cause }) => cause)
const notes = (box: Box) => box.facts('call.noted').map(({ what }) => what)

test('a call follows a phone that forwards by its own key, and the record says so', async t => {
  const box = await plant(t)
  box.phone('202').forwardsTo('203')
  box.phone('201').dials('202')
  await box.settles()
  t.true(box.phone('203').rings)
  box.phone('203').answers()
  await box.settles()
  t.true(box.phone('201').hears('203'))
  t.true(notes(box).some(what => String(what.forwards) === '202: phone'))
  box.phone('201').hangsUp()
  await box.settles()
  t.deepEqual(causes(box), ['answered'])
})

test('one call is sent on by the phone that rings', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').deflects('203')
  await box.settles()
  t.true(box.phone('203').rings)
  t.false(box.phone('202').rings)
})

test('of several places the first that may be called is taken', async t => {
  const box = await plant(t)
  box.phone('202').forwardsTo('sip:203@elsewhere.example', '999', '204', '203')
  box.phone('201').dials('202')
  await box.settles()
  t.true(box.phone('204').rings)
  t.false(box.phone('203').rings)
})

test('an address elsewhere is never called, whatever its number says', async t => {
  const box = await plant(t)
  box.phone('202').forwardsTo('sip:203@elsewhere.example', 'sip:ann@box')
  const call = box.phone('201').dials('202')
  await box.settles()
  t.false(box.phone('203').rings)
  t.is(call.status, 480)
  t.deepEqual(causes(box), ['redirected'])
  t.true(notes(box).some(what => what.notFollowed === '202: sip:203@elsewhere.example'))
})

test('two phones that forward to one another send a call round once, and it ends', async t => {
  const box = await plant(t)
  box.phone('202').forwardsTo('203')
  box.phone('203').forwardsTo('202')
  const call = box.phone('201').dials('202')
  await box.settles()
  t.is(call.status, 480)
  t.deepEqual(causes(box), ['redirected'])
})

test('a phone that forwards to itself ends the call', async t => {
  const box = await plant(t)
  box.phone('202').forwardsTo('202')
  const call = box.phone('201').dials('202')
  await box.settles()
  t.is(call.status, 480)
})

test('another phone of the extension rings on, and the forward is followed when nobody answers it', async t => {
  const box = await plant(t)
  const device = await box.put('device', { name: 'Second phone' })
  const line = await box.put('line', {
    authName: '202-b',
    device,
    extension: box.extensionOf('202'),
    secret: 'another secret',
  })
  const second = box.sip.phone({ name: '202-b', line })
  second.registers()
  box.phone('202').forwardsTo('203')
  box.phone('201').dials('202')
  await box.settles()
  t.true(second.rings)
  t.false(box.phone('203').rings)
  await box.passes('30s')
  t.false(second.rings)
  t.true(box.phone('203').rings)
})

test('the forward of the box holds where that of the phone leads nowhere', async t => {
  const box = await plant(t)
  await box.put('forward-rule', {
    name: 'Post',
    extensions: [box.extensionOf('202')],
    busy: { kind: 'extension', id: box.extensionOf('204') },
  })
  box.phone('202').forwardsTo('999')
  box.phone('201').dials('202')
  await box.settles()
  t.true(box.phone('204').rings)
})

test('ring on: the phone counts as declined; refuse: the caller is turned away', async t => {
  const box = await plant(t)
  box.phone('202').forwardsTo('203')
  await box.configure('extensions', { phoneForwards: 'ring-on' })
  box.phone('201').dials('202')
  await box.settles()
  await box.configure('extensions', { phoneForwards: 'refuse' })
  const second = box.phone('201').dials('202')
  await box.settles()
  t.is(second.status, 603)
  t.false(box.phone('203').rings)
  t.deepEqual(causes(box), ['redirected', 'declined'])
})

test('outside it goes only as far as the extension that forwards may call, in its name', async t => {
  const box = await plant(t)
  const carrier = await outside(box)
  const inside = await box.put('calling-rights', { name: 'Inside only', kinds: ['toll-free'] })
  box.phone('202').forwardsTo('93135550100')
  box.phone('201').dials('202')
  await box.settles()
  t.true(carrier.rings)
  box.phone('201').hangsUp()
  await box.settles()
  const extension = box.extensionOf('202')
  await box.put('extension', { number: '202', name: 'Post', callingRights: inside }, extension)
  const refused = box.phone('201').dials('202')
  await box.settles()
  t.false(carrier.rings)
  t.is(refused.status, 480)
})

test('nobody becomes a call for help by a forward', async t => {
  const box = await plant(t)
  const carrier = await outside(box)
  await box.put('site', { name: 'Flint' })
  box.phone('202').forwardsTo('911', '9911')
  const call = box.phone('201').dials('202')
  await box.settles()
  t.false(carrier.rings)
  t.is(call.status, 480)
})
