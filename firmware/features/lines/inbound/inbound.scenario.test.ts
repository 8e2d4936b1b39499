import type { ExecutionContext } from 'ava'
import { askRoute } from '../../../testkit/ask-route.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type InboundNumber, inboundNumberKind } from './feature.ts'

const OFFICE = '+13135550100'

/** Three phones, a carrier, and one number that rings the first. */
async function plant(
  t: ExecutionContext,
  number: (to: (number: string) => object) => Partial<InboundNumber> = () => ({}),
): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202', '203'] })
  t.teardown(() => box.ends())
  box.stranger('telco')
  await box.put('trunk', { name: 'Telco', host: '10.0.0.13' })
  const to = (extension: string) => ({ kind: 'extension', id: box.extensionOf(extension) })
  await box.put(inboundNumberKind.kind, { number: OFFICE, name: 'Office', destination: to('201'), ...number(to) })
  return box
}

const ringing = (box: Box) => ['201', '202', '203'].filter(number => box.phone(number).rings)

async function callFrom(box: Box, number: string, as?: string): Promise<readonly string[]> {
  const telco = box.stranger('telco')
  const call = telco.dials(number, as === undefined ? {} : { as })
  await box.settles()
  const rang = ringing(box)
  if (call.state !== 'over') telco.hangsUp()
  await box.settles()
  return rang
}

test('a number rings its extension, however the carrier writes it', async t => {
  const box = await plant(t)
  for (const number of [OFFICE, '13135550100', '3135550100']) t.deepEqual(await callFrom(box, number), ['201'], number)
})

test('the phone shows who calls, as a whole number', async t => {
  const box = await plant(t)
  await callFrom(box, OFFICE, '2125550199')
  t.is(box.phone('201').call?.from, '+12125550199')
})

test('callers may go elsewhere by their number; the longest beginning decides', async t => {
  const box = await plant(t, to => ({
    callers: [
      { begins: '+1', destination: to('202') },
      { begins: '+1212', destination: to('203') },
      { begins: 'anonymous', destination: to('203') },
    ] as never,
  }))
  t.deepEqual(await callFrom(box, OFFICE, '+498912345678'), ['201'])
  t.deepEqual(await callFrom(box, OFFICE, '3135550199'), ['202'])
  t.deepEqual(await callFrom(box, OFFICE, '2125550199'), ['203'])
  t.deepEqual(await callFrom(box, OFFICE, 'Anonymous'), ['203'])
})

test('nobody outside reaches an extension by its number, a code, or another trunk', async t => {
  const box = await plant(t)
  for (const number of ['202', '600', '933', '9011498912345678']) t.deepEqual(await callFrom(box, number), [], number)
  t.is(box.stranger('telco').call?.status, 404)
})

test('a number that nobody entered is refused and named, unless calls to others go somewhere', async t => {
  const box = await plant(t)
  t.deepEqual(await callFrom(box, '+13135550177'), [])
  t.true(box.host.problems().some(({ code }) => code === 'inbound.stranger:+13135550177'))
  await box.configure('inbound', { otherwise: { kind: 'extension', id: box.extensionOf('203') } })
  t.deepEqual(await callFrom(box, '+13135550177'), ['203'])
  t.false(box.host.problems().some(({ code }) => code.startsWith('inbound.stranger')))
})

test('who is neither phone nor trunk is refused', async t => {
  const box = await plant(t)
  const stranger = box.stranger('stranger').dials(OFFICE)
  await box.settles()
  t.is(stranger.status, 403)
  t.deepEqual(ringing(box), [])
})

test('outside business hours calls go elsewhere, by hand too, and through a power cut', async t => {
  const box = await plant(t)
  const site = await box.put('site', { name: 'Flint', timeZone: 'America/Detroit' })
  const everyDay = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
  // Whatever day the fake clock shows, the whole of it.
  const hours = [{ word: 'open', days: everyDay, from: '00:00', to: '24:00' }]
  const schedule = await box.put('schedule', { name: 'Office', site, hours })
  const [number] = box.store.all(inboundNumberKind)
  const to = (extension: string) => ({ kind: 'extension', id: box.extensionOf(extension) })
  const { id = '', rev: _, ...value } = number ?? {}
  const times = [{ word: 'closed', destination: to('202') }]
  await box.put(inboundNumberKind.kind, { ...value, schedule, times }, id)
  t.deepEqual(await callFrom(box, OFFICE), ['201'])
  await askRoute(box, 'schedules/override', { schedule, word: 'closed' })
  t.deepEqual(await callFrom(box, OFFICE), ['202'])
  t.true(box.host.problems().some(({ code }) => code === `schedules.overridden:${schedule}`))
  await box.restarts({ lost: 'power' })
  t.deepEqual(await callFrom(box, OFFICE), ['202'])
  await askRoute(box, 'schedules/override', { schedule })
  t.deepEqual(await callFrom(box, OFFICE), ['201'])
  await box.put('schedule', { name: 'Office', site, hours: [] }, schedule)
  t.deepEqual(await callFrom(box, OFFICE), ['202'], 'no hours: closed')
})
