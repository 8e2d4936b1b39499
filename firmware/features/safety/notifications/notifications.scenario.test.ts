// Notices over the whole box: on phones' screens and the screens of the box, those who miss them shown and nobody held up.
import type { ExecutionContext } from 'ava'
import { ask, planOf, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box, ScenarioOptions } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await startPlant(o)
  t.teardown(() => box.ends())
  return box
}
/** The medical plan tells these and does nothing else. */
const tells = async (box: Box, params: object) => {
  const plan = planOf(box, 'Medical')
  await box.put('plan', { ...plan, steps: [{ kind: 'notify', params }], escalation: [], allClear: [] }, plan.id)
  await box.settles()
}

test('a notice reaches the screens of phones with what happened and where', async t => {
  const box = await plant(t)
  await tells(box, {
    text: 'Help needed: {cause}',
    extensions: [box.extensionOf('201')],
    devices: [box.deviceOf('202')],
  })
  await box.button('in-4').isPressed()
  await box.passes('1s')
  const text = 'Help needed: Button “Button 4”, Plant / Press shop'
  t.deepEqual(box.phone('201').texts, [text])
  t.deepEqual(box.phone('202').texts, [text])
  t.is(theAlarm(box).steps[0]?.state, 'done')
  const { deliveries } = await ask<{ deliveries: { state: string }[] }>(box, 'notifications/history')
  t.deepEqual(
    deliveries.map(one => one.state),
    ['delivered', 'delivered'],
  )
})

test('one who is named twice is told once', async t => {
  const box = await plant(t)
  await tells(box, { extensions: [box.extensionOf('201')], devices: [box.deviceOf('201')] })
  await box.button('in-4').isPressed()
  await box.passes('10s')
  t.is(box.phone('201').texts.length, 1)
})

test('one who cannot be reached is shown, and keeps no other from being told at once', async t => {
  const box = await plant(t)
  box.phone('201').unregisters()
  await tells(box, { devices: [box.deviceOf('201'), box.deviceOf('202')] })
  await box.button('in-4').isPressed()
  t.is(box.phone('202').texts.length, 1)
  await box.passes('10s')
  t.is(theAlarm(box).steps[0]?.state, 'done')
  t.regex(
    box.host.problems().find(one => one.code.startsWith('notifications.missed'))?.text ?? '',
    /Phone 201.*not registered/,
  )
  t.is(box.phone('202').texts.length, 1)
})

test('when nobody can be reached the alarm tries again until somebody is', async t => {
  const box = await plant(t)
  box.phone('201').unregisters()
  await tells(box, { devices: [box.deviceOf('201')] })
  await box.button('in-4').isPressed()
  await box.passes('10s')
  t.regex(box.host.problems().find(one => one.code.startsWith('alarms.step-failing'))?.text ?? '', /Notify/)
  box.phone('201').registers()
  await box.passes('30s')
  t.is(theAlarm(box).steps[0]?.state, 'done')
  t.is(box.phone('201').texts.length, 1)
})
