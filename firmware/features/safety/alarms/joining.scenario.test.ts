// A second hand in another hall: its press joins the live alarm, and everybody learns of that place too.
import type { ExecutionContext } from 'ava'
import { ask, planOf, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await startPlant()
  t.teardown(() => box.ends())
  const plan = planOf(box, 'Evacuation')
  const notify = { kind: 'notify', params: { text: '{cause} @ {place}', devices: [box.deviceOf('201')] } }
  const steps = [...plan.steps.filter(step => step.kind !== 'notify'), notify]
  await box.put('plan', { ...plan, steps }, plan.id)
  await box.settles()
  return box
}
const FIRST = 'Button “Button 1”, Plant / Hall 1'
const SECOND = 'Button “Button 5”, Plant / Warehouse'

test('while the page still speaks, phones and screens are told the second place at once, with the first', async t => {
  const box = await plant(t)
  await box.button('in-1').isPressed()
  await box.settles()
  t.deepEqual(box.phone('201').texts, [`${FIRST} @ Plant / Hall 1`])
  await box.button('in-5').isPressed()
  await box.settles()
  t.is(theAlarm(box).steps.find(step => step.action.kind === 'page')?.state, 'running')
  t.is(box.phone('201').texts[1], `${SECOND} (also: ${FIRST}) @ Plant / Warehouse`)
  const shown = box.facts('notice.shown')
  t.is(shown.length, 2)
  t.is(shown[1]?.text, box.phone('201').texts[1])
  t.not(shown[0]?.location, shown[1]?.location)
  const live = box.host.problems().find(one => one.code.startsWith('alarms.live'))
  t.true(live?.text.includes(SECOND) && live.text.includes(FIRST))
})

test('a notice that is still on its way does not keep the second place back, and ends with the alarm', async t => {
  const box = await plant(t)
  box.phone('201').unregisters()
  await box.settles()
  await box.button('in-1').isPressed()
  await box.passes('500ms')
  t.is(theAlarm(box).steps.find(step => step.action.kind === 'notify')?.state, 'running')
  await box.button('in-5').isPressed()
  t.is(box.facts('notice.shown').length, 2)
  box.phone('201').registers()
  await box.passes('5s')
  t.deepEqual(
    box.phone('201').texts.map(text => text.split(' @ ')[1]),
    ['Plant / Hall 1', 'Plant / Warehouse'],
  )
  await ask(box, 'alarms/clear', { alarm: theAlarm(box).id })
  await box.passes('30s')
  t.is(box.phone('201').texts.length, 2)
})

test('what has been said is said again with the newest place; the same button again tells nobody twice', async t => {
  const box = await plant(t)
  await box.button('in-1').isPressed()
  await box.settles()
  await box.button('in-5').isPressed()
  await box.settles()
  const pageStep = () => theAlarm(box).steps.find(step => step.action.kind === 'page')
  await box.passes('5m')
  t.is(pageStep()?.state, 'done')
  const told = box.phone('201').texts.length
  await box.button('in-1').isPressed()
  await box.settles()
  t.is(box.facts('page.started').at(-1)?.cause, `${FIRST} (also: ${SECOND})`)
  t.is(box.phone('201').texts.length, told + 1, 'its notice is over: it is told again, once')
})
