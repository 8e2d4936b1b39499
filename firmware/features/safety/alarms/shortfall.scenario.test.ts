// Whether "carried out" is true: who did not hear an alarm is kept with its step, shown and told until the all-clear.
import type { ExecutionContext } from 'ava'
import { alarmsOf, ask, planOf, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await startPlant()
  t.teardown(() => box.ends())
  return box
}
const stepOf = (box: Box, kind: string) => theAlarm(box).steps.find(step => step.action.kind === kind)
const notHeard = (box: Box) => box.host.problems().find(one => one.code.startsWith('alarms.not-heard'))
const storyOf = async (box: Box, alarm: string) =>
  (await ask<{ events: { what: string; detail: string }[] }>(box, 'alarms/detail', { alarm })).events

test('streams and amplifiers are sent to and not verified: that is no problem, and no claim either', async t => {
  const box = await plant(t)
  await box.button('in-4').isPressed()
  const status = await ask<{ pages: { deliveries: { key: string; state: string }[] }[] }>(box, 'paging/status')
  const states = (status.pages[0]?.deliveries ?? []).map(({ key, state }) => [key.split(':')[0], state])
  t.deepEqual(states.sort(), [
    ['amplifier', 'not-verified'],
    ['amplifier', 'not-verified'],
    ['device', 'answered'],
    ['device', 'answered'],
    ['stream', 'not-verified'],
  ])
  await box.passes('30s')
  t.is(stepOf(box, 'page')?.state, 'done')
  t.deepEqual(stepOf(box, 'page')?.shortfall, { missed: 0, unverified: 3, of: 5, who: [] })
  t.is(notHeard(box), undefined)
  t.like(box.facts('page.ended')[0], { reached: 2, missed: 0, unverified: 3 })
})

test('a phone that missed an alarm is named with its step, as a problem and in the story, until the all-clear', async t => {
  const box = await plant(t)
  box.phone('202').manner = 'busy'
  await box.button('in-4').isPressed()
  await box.passes('50s')
  const { id } = theAlarm(box)
  t.is(stepOf(box, 'page')?.state, 'done')
  t.like(stepOf(box, 'page')?.shortfall, { missed: 1, unverified: 3, of: 5 })
  t.is(notHeard(box)?.severity, 'serious')
  t.regex(notHeard(box)?.text ?? '', /“Medical”.*Announce \(1 of 5 were not reached: .*202.*; 3 of 5 are not verified/)
  const story = await storyOf(box, id)
  t.regex(story.find(({ what }) => what === 'step-short')?.detail ?? '', /^first-1 page 1 of 5 were not reached: .*202/)
  await ask(box, 'alarms/clear', { alarm: id })
  t.is(notHeard(box), undefined)
  t.is(alarmsOf(box).get(id)?.steps[0]?.shortfall?.missed, 1, 'the alarm keeps it')
})

test('when the steps run again and everybody is reached, the shortfall is over', async t => {
  const box = await plant(t)
  box.phone('202').manner = 'busy'
  await box.button('in-4').isPressed()
  await box.passes('50s')
  t.truthy(notHeard(box))
  box.phone('202').manner = 'rings'
  await box.button('in-4').isPressed()
  t.truthy(notHeard(box), 'until it is known')
  await box.passes('50s')
  t.is(stepOf(box, 'page')?.shortfall?.missed, 0)
  t.is(notHeard(box), undefined)
})

test('a notice that one of two phones took is done, and names the other', async t => {
  const box = await plant(t)
  const plan = planOf(box, 'Medical')
  const params = { text: 'Help', devices: [box.deviceOf('201'), box.deviceOf('202')] }
  await box.put('plan', { ...plan, steps: [{ kind: 'notify', params }], escalation: [] }, plan.id)
  box.phone('202').unregisters()
  await box.settles()
  await box.button('in-4').isPressed()
  await box.passes('20s')
  t.is(stepOf(box, 'notify')?.state, 'done')
  t.like(stepOf(box, 'notify')?.shortfall, { missed: 1, unverified: 0, of: 2 })
  t.regex(notHeard(box)?.text ?? '', /1 of 2 were not reached: .*202/)
})
