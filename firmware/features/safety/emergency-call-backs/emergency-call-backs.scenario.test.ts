// The call for help dropped: whoever answers such calls reaches the very phone again, whatever its number would do.
import type { ExecutionContext } from 'ava'
import { askRoute } from '../../../testkit/ask-route.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import type { VirtualPhone } from '../../../testkit/virtual-phone.ts'

/** 202 calls for help, 500 is the guard, 201 another post. */
const PLANT: ScenarioOptions = {
  extensions: ['201', '202', '500'],
  document: async box => {
    const site = await box.put('site', { name: 'Flint', houseNumber: '100', street: 'Assembly Way', city: 'Flint' })
    const prefixes = ['10.0.0.0/8', '192.168.0.0/16', '127.0.0.0/8', '192.0.2.0/24']
    await box.put('network', { name: 'Phones', prefixes, site, emergencyWithoutPassword: true })
    const guard = box.store.owner('500')?.id
    await box.put('emergency-plan', { name: 'Site', sites: [site], answeringPoints: [guard] })
  },
}

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario(PLANT)
  t.teardown(() => box.ends())
  return box
}

/** Calls for help, is answered, and the line drops. */
async function dropped(box: Box, caller: VirtualPhone): Promise<void> {
  caller.dials('911')
  await box.settles()
  box.phone('500').answers()
  await box.settles()
  caller.hangsUp()
  await box.settles()
}

async function reached(t: ExecutionContext, box: Box, o: { number: string; phone: VirtualPhone }): Promise<void> {
  box.phone('500').dials(o.number)
  await box.settles()
  t.true(o.phone.rings)
  t.true(o.phone.call?.headers.some(({ name, value }) => name === 'Priority' && value === 'emergency'))
  o.phone.answers()
  await box.settles()
  t.true(o.phone.hears('500'))
  o.phone.hangsUp()
  await box.settles()
}

const extension = (box: Box, number: string) => ({ kind: 'extension', id: box.extensionOf(number) })
const leases = (box: Box) => askRoute<{ leases: unknown[] }>(box, 'emergency-call-backs/leases')

test('the guard calls back and reaches the phone past its forwards; a colleague is forwarded as ever', async t => {
  const box = await plant(t)
  await box.put('forward-rule', { name: 'Away', extensions: [box.extensionOf('202')], always: extension(box, '500') })
  await dropped(box, box.phone('202'))
  await reached(t, box, { number: '202', phone: box.phone('202') })
  box.phone('201').dials('202')
  await box.settles()
  t.false(box.phone('202').rings)
  t.true(box.phone('500').rings)
})

test('it is the phone that called which rings, not another one of its number', async t => {
  const box = await plant(t)
  const device = await box.put('device', { name: 'Second phone' })
  const line = { authName: '202-b', device, extension: box.extensionOf('202'), secret: 'another secret' }
  const second = box.sip.phone({ name: '202-b', line: await box.put('line', line) })
  second.registers()
  await dropped(box, second)
  await reached(t, box, { number: '202', phone: second })
  t.is(box.phone('202').legs.length, 0)
})

test('a phone without registration and without a number is reached at the address it called from', async t => {
  const box = await plant(t)
  const lobby = box.stranger('lobby')
  await dropped(box, lobby)
  await reached(t, box, { number: 'lobby', phone: lobby })
  t.is(box.phone('201').dials('lobby').status, 0)
  await box.settles()
  t.is(box.phone('201').call?.status, 404, 'nobody else reaches it')
  box.phone('202').unregisters()
  await dropped(box, box.phone('202'))
  await reached(t, box, { number: '202', phone: box.phone('202') })
})

for (const lost of ['process', 'power'] as const)
  test(`a lease outlives the loss of ${lost}, and ends when its time is over`, async t => {
    const box = await plant(t)
    await box.put('forward-rule', { name: 'Away', extensions: [box.extensionOf('202')], always: extension(box, '201') })
    await dropped(box, box.phone('202'))
    await box.passes('10m')
    await box.restarts({ lost })
    await reached(t, box, { number: '202', phone: box.phone('202') })
    await box.passes('19m')
    t.is((await leases(box)).leases.length, 1)
    await box.passes('2m')
    t.is((await leases(box)).leases.length, 0)
    box.phone('500').dials('202')
    await box.settles()
    t.false(box.phone('202').rings)
    t.true(box.phone('201').rings)
  })

test('how long calls back are led to the phone is a setting; 0 switches them off', async t => {
  const box = await plant(t)
  await box.configure('emergency-call-backs', { minutes: 0 })
  await dropped(box, box.phone('202'))
  t.is((await leases(box)).leases.length, 0)
})

test('a phone that is busy, or that nobody answers, sends the call back nowhere else', async t => {
  const box = await plant(t)
  const away = { name: 'Away', extensions: [box.extensionOf('202')], busy: extension(box, '201') }
  await box.put('forward-rule', { ...away, noAnswer: extension(box, '201') })
  await dropped(box, box.phone('202'))
  box.phone('202').manner = 'busy'
  const busy = box.phone('500').dials('202')
  await box.settles()
  t.is(busy.status, 486)
  box.phone('202').manner = 'rings'
  const unanswered = box.phone('500').dials('202')
  await box.passes('119s')
  t.true(box.phone('202').rings)
  await box.passes('2s')
  t.is(unanswered.status, 480)
  t.is(box.phone('201').legs.length, 0)
})

test('a call to the test number makes no lease, and whoever answered a call for help may call back', async t => {
  const box = await plant(t)
  box.phone('202').dials('933')
  await box.settles()
  box.phone('202').hangsUp()
  await box.settles()
  t.is((await leases(box)).leases.length, 0)
  box.phone('500').unregisters()
  await box.settles()
  box.phone('202').dials('911')
  await box.settles()
  box.phone('201').answers()
  await box.settles()
  box.phone('202').hangsUp()
  await box.settles()
  await box.put('forward-rule', { name: 'Away', extensions: [box.extensionOf('202')], always: extension(box, '500') })
  box.phone('201').dials('202')
  await box.settles()
  t.true(box.phone('202').rings)
})
