// A call for help that still rings when the supervisor dies: the guard's phone rings on, and whoever answers it hears the caller.
import type { ExecutionContext } from 'ava'
import { emergencyPlanKind } from '../../features/safety/emergency-calls/feature.ts'
import { askRoute } from '../../testkit/ask-route.ts'
import { type Box, scenario } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'

/** Post 202 calls; guards 500 and 501 answer, and 500 has a screen. */
async function plant(t: ExecutionContext, guards = ['500']): Promise<Box> {
  const box = await scenario({
    extensions: ['202', '500', '501'],
    document: async one => {
      await one.put('site', { name: 'Flint', country: 'US' })
      const device = (one as Box).deviceOf('500')
      const answeringPoints = guards.map(number => (one as Box).extensionOf(number))
      await one.put(emergencyPlanKind.kind, { name: 'Gate', answeringPoints, screens: [device] })
    },
  })
  t.teardown(() => box.ends())
  return box
}

/** The supervisor dies, and this happens before its successor starts. */
async function diesAnd(box: Box, meanwhile: () => void): Promise<void> {
  box.dies()
  meanwhile()
  await box.restarts()
}

const records = async (box: Box) =>
  (await askRoute<{ calls: { notices: object[]; answered_by: string }[] }>(box, 'emergency-calls/history')).calls

test('a call for help that rings when the supervisor dies rings on: the same call, told once, and answered', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  const [before] = box.calls
  t.true(box.phone('500').rings)
  await box.restarts()
  t.is(box.calls[0]?.id, before?.id)
  t.is(box.phone('500').legs.length, 1, 'it was not rung a second time')
  t.is(box.phone('202').call?.status, 0)
  box.phone('500').answers()
  await box.settles()
  t.true(box.phone('202').hears('500') && box.phone('500').hears('202'))
  box.phone('202').hangsUp()
  await box.settles()
  t.is(box.phone('500').call?.state, 'over')
  t.is(box.phone('500').texts.length, 1)
  const all = await records(box)
  t.is(all.length, 1)
  t.is(all[0]?.notices.length, 1)
  t.regex(all[0]?.answered_by ?? '', /500/)
})

test('a call for help outlives two deaths, one right after the other', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  await box.restarts()
  await box.restarts()
  box.phone('500').answers()
  await box.settles()
  t.true(box.phone('202').hears('500'))
  t.is(box.phone('500').legs.length, 1)
})

test('a guard who answers while there is no supervisor is connected by its successor, the other guard is let go', async t => {
  const box = await plant(t, ['500', '501'])
  box.phone('202').dials('911')
  await box.settles()
  await diesAnd(box, () => box.phone('501').answers())
  t.true(box.phone('202').hears('501') && box.phone('501').hears('202'))
  t.false(box.phone('500').rings)
  t.is(box.phone('500').call?.cause, 'elsewhere-answered')
  t.is(box.phone('500').legs.length, 1)
  const [record] = await records(box)
  t.regex(record?.answered_by ?? '', /501/)
})

test('a guard who refuses while there is no supervisor is rung again by its successor', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  await diesAnd(box, () => box.phone('500').declines())
  t.true(box.phone('500').rings)
  box.phone('500').answers()
  await box.settles()
  t.true(box.phone('202').hears('500'))
})

test('a caller for help who gives up while there is no supervisor leaves no phone ringing', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  await diesAnd(box, () => box.phone('202').hangsUp())
  t.false(box.phone('500').rings)
  t.is(box.calls.length, 0)
  t.is((await records(box)).length, 1)
})

test('a call for help that came in just before the supervisor died is taken anew, and told of', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  // Nothing of it was ever seen.
  await diesAnd(box, () => {})
  t.true(box.phone('500').rings)
  box.phone('500').answers()
  await box.settles()
  t.true(box.phone('202').hears('500'))
  t.is(box.phone('500').texts.length, 1)
  t.is((await records(box)).length, 1)
})

test('who was to be put through when the supervisor died is put through by its successor', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  const [call] = box.calls
  const caller = call?.legs.find(leg => leg.direction === 'in')
  const answer = () => {
    box.phone('500').answers()
    return box.settles()
  }
  await answer()
  await diesAnd(box, () => {
    // The switch had not come to the answer yet.
    const leg = box.sip.legs.get(caller?.id ?? '')
    if (!leg) return t.fail('the caller has no leg')
    leg.state = 'early'
    leg.view.state = 'ringing'
    for (const one of box.sip.legs.values()) delete one.bridgedWith
  })
  t.true(box.phone('202').hears('500') && box.phone('500').hears('202'))
})

test('an ordinary call that rings when the supervisor dies is ended, and its phone is silent', async t => {
  const box = await plant(t)
  box.phone('202').dials('501')
  await box.settles()
  await box.restarts()
  t.false(box.phone('501').rings)
  t.is(box.phone('202').call?.status, 503)
  t.is(box.calls.length, 0)
})
