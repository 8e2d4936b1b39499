// A call for help that meets a phone which forwards by a key of its own.
import type { ExecutionContext } from 'ava'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { emergencyPlanKind } from './feature.ts'

/** A post that calls, two guards who answer, a colleague of theirs, and a carrier that takes no calls for help. */
async function plant(t: ExecutionContext, o: { guards?: readonly string[] } = {}): Promise<Box> {
  const box = await scenario({
    extensions: ['201', '500', '501', '502'],
    async document(empty) {
      const site = await empty.put('site', { name: 'Flint' })
      const network = { name: 'Phones', prefixes: ['10.0.0.0/8'], site, emergencyWithoutPassword: true }
      await empty.put('network', network)
      const answeringPoints = (o.guards ?? ['500']).map(number => empty.store.owner(number)?.id)
      await empty.put(emergencyPlanKind.kind, { name: 'Site', sites: [site], answeringPoints, ringSeconds: 30 })
    },
  })
  t.teardown(() => box.ends())
  return box
}

const problem = (box: Box) => box.host.problems().find(({ code }) => code === 'emergency-calls.forwards:500')

test('the phones of the extension that an answering point forwards to ring at once, and the others ring on', async t => {
  const box = await plant(t, { guards: ['500', '501'] })
  box.phone('500').forwardsTo('502')
  box.phone('201').dials('911')
  await box.settles()
  t.true(box.phone('501').rings)
  t.true(box.phone('502').rings)
  box.phone('502').answers()
  await box.settles()
  t.true(box.phone('201').hears('502'))
  t.false(box.phone('501').rings)
  const told = problem(box)
  t.is(told?.severity, 'danger')
  t.regex(told?.text ?? '', /forwards by a key of its own, to sip:502@box/)
})

for (const place of ['93135550100', '911', 'sip:502@elsewhere.example', '999', '500'])
  test(`an answering point that forwards to ${place} is passed by: every other phone rings at once`, async t => {
    const box = await plant(t)
    const carrier = box.stranger('carrier')
    await box.put('trunk', { name: 'Telco', host: carrier.source.host, callerNumber: '+13135550000', help: false })
    await box.put('outbound-rule', { name: 'Outside' })
    box.phone('500').forwardsTo(place)
    box.phone('201').dials('911')
    await box.settles()
    t.false(carrier.rings)
    t.true(box.phone('501').rings)
    t.true(box.phone('502').rings)
    t.false(box.phone('201').rings)
    box.phone('501').answers()
    await box.settles()
    t.true(box.phone('201').hears('501'))
  })

test('an answering point that forwards to nowhere is passed by too', async t => {
  const box = await plant(t)
  box.phone('500').forwardsTo()
  box.phone('201').dials('911')
  await box.settles()
  t.true(box.phone('501').rings)
})

test('a carrier that sends a call for help elsewhere is passed by for the answering points', async t => {
  const box = await plant(t)
  const carrier = box.stranger('carrier')
  await box.put('trunk', { name: 'Telco', host: carrier.source.host, callerNumber: '+13135550000', help: true })
  carrier.forwardsTo('502', 'sip:911@elsewhere.example')
  box.phone('201').dials('911')
  await box.settles()
  t.true(box.phone('500').rings)
  t.false(box.phone('502').rings)
})

test('two answering points that forward to one another end nobody’s call for help', async t => {
  const box = await plant(t, { guards: ['500', '501'] })
  box.phone('500').forwardsTo('501')
  box.phone('501').forwardsTo('500')
  box.phone('201').dials('911')
  await box.settles()
  t.true(box.phone('502').rings)
  await box.passes('2m')
  t.true(box.phone('502').rings, 'it is rung again and again')
})
