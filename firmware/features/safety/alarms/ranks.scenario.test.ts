// Several alarms at once in one hall: which is heard, who takes turns, and what a drill may never do.
import type { ExecutionContext } from 'ava'
import { alarmsOf, ask, liveAlarms, planOf, startPlant } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

/** A fresh plant whose plans end no other alarm, so that all of them want the air. */
async function plant(t: ExecutionContext): Promise<Box> {
  const box = await startPlant()
  t.teardown(() => box.ends())
  for (const name of ['Evacuation', 'Fire', 'Tornado', 'Medical']) {
    const plan = planOf(box, name)
    await box.put('plan', { ...plan, supersedes: false }, plan.id)
  }
  await box.passes('1s')
  return box
}
const ENDPOINTS = (box: Box) => ['amplifier:amplifier-1', 'stream:239.192.0.1:5004', `device:${box.deviceOf('201')}`]

/** The plan that is heard on an endpoint now. */
function heardOn(box: Box, endpoint: string): string {
  const passes = box.sip.pages.running().filter(pass => box.sip.pages.listeners(pass).includes(endpoint))
  const alarms = passes.map(pass => box.facts('page.started').find(({ page }) => pass.split('.')[0] === page)?.alarm)
  const plans = alarms.map(alarm => (alarm === undefined ? 'a page' : alarmsOf(box).get(alarm)?.plan.name))
  return plans.join(' and ') || 'nothing'
}
const heard = (box: Box) => [...new Set(ENDPOINTS(box).map(endpoint => heardOn(box, endpoint)))]
const problem = (box: Box, code: string) => box.host.problems().find(one => one.code.startsWith(code))
const clear = (box: Box, name: string) =>
  ask(box, 'alarms/clear', { alarm: liveAlarms(box).find(alarm => alarm.plan.name === name)?.id })

test('three plans at once on one amplifier, one stream and one phone: the gravest is heard, then the next', async t => {
  const box = await plant(t)
  await box.button('in-4').isPressed()
  t.deepEqual(heard(box), ['Medical'])
  await box.button('in-3').isPressed()
  t.deepEqual(heard(box), ['Tornado'], 'critical before urgent')
  await box.button('in-1').isPressed()
  t.deepEqual(heard(box), ['Evacuation'], 'life-safety before critical')
  t.is(liveAlarms(box).length, 3)
  await box.passes('2s')
  t.is(problem(box, 'paging.waiting'), undefined)
  await box.passes('1s')
  const waits = box.host.problems().filter(one => one.code.startsWith('paging.waiting'))
  t.is(waits.length, 2)
  t.is(waits[0]?.severity, 'serious')
  t.regex(waits.map(one => one.text).join(), /Button 4.*waited 3 s at 5 of 5 endpoints.*speaks “Button “Button 1”/)
  await clear(box, 'Evacuation')
  await box.settles()
  t.deepEqual(heard(box), ['Tornado'], 'before the all-clear of the other')
  await clear(box, 'Tornado')
  await box.settles()
  t.deepEqual(heard(box), ['Medical'])
  await clear(box, 'Medical')
  await box.passes('1m')
  t.deepEqual(heard(box), ['nothing'])
})

test('two alarms of the same severity take turns on every endpoint, and the board is told who speaks', async t => {
  const box = await plant(t)
  await box.button('in-1').isPressed()
  await box.passes('500ms')
  await box.button('in-2').isPressed()
  t.deepEqual(heard(box), ['Evacuation'], 'whoever speaks ends its round')
  const turns: string[] = []
  for (let seen = 0; seen < 80; seen++) {
    await box.passes('250ms')
    const [now = '', ...more] = heard(box)
    t.deepEqual(more, [], 'one voice in the hall')
    t.is(box.board.speakers('amplifier-1').length, 1)
    if (turns.at(-1) !== now) turns.push(now)
  }
  t.true(turns.length >= 4, turns.join())
  t.deepEqual([...new Set(turns)].sort(), ['Evacuation', 'Fire'])
})

test('no step makes a lesser alarm louder than a graver one, and no all-clear holds the air', async t => {
  const box = await plant(t)
  const medical = planOf(box, 'Medical')
  const loud = (steps: typeof medical.steps) =>
    steps.map(step => ({ ...step, params: { ...step.params, ...(step.kind === 'page' && { priority: 'emergency' }) } }))
  await box.put('plan', { ...medical, steps: loud(medical.steps), allClear: loud(medical.allClear) }, medical.id)
  await box.settles()
  await box.button('in-3').isPressed()
  await box.button('in-4').isPressed()
  t.deepEqual(heard(box), ['Tornado'])
  await clear(box, 'Medical')
  await box.settles()
  t.deepEqual(heard(box), ['Tornado'])
})

test('no drill begins beside a real alarm: it is refused with the reason', async t => {
  const box = await plant(t)
  const start = async () => ask(box, 'drills/start', { plan: planOf(box, 'Evacuation').id })
  await box.button('in-4').isPressed()
  await t.throwsAsync(start, {
    code: 'drills.alarm-lives',
    message: /“Medical” is live \(Button “Button 4”.*all-clear/,
  })
  t.is(liveAlarms(box).length, 1)
  await clear(box, 'Medical')
  await box.settles()
  await t.notThrowsAsync(start)
})

test('a drill, however grave, gives way to what is said in earnest and does not hush an all-clear', async t => {
  const box = await plant(t)
  await box.button('in-4').isPressed()
  const { id } = liveAlarms(box)[0] ?? { id: '' }
  await box.passes('2s')
  await clear(box, 'Medical')
  await box.settles()
  t.deepEqual(heard(box), ['Medical'], 'the all-clear is spoken')
  await ask(box, 'drills/start', { plan: planOf(box, 'Evacuation').id })
  await box.settles()
  t.deepEqual(heard(box), ['Medical'])
  await box.passes('4s')
  t.is(problem(box, 'paging.waiting')?.severity, 'warning')
  await box.passes('30s')
  t.is(
    alarmsOf(box)
      .get(id)
      ?.steps.find(step => step.part === 'all-clear')?.state,
    'done',
  )
  t.deepEqual(heard(box), ['Evacuation'])
  const hands = box.board.drivers('strobe-1')
  await box.button('in-4').isPressed()
  t.deepEqual(heard(box), ['Medical'], 'a press ends the drill')
  t.true((box.board.drivers('strobe-1')[0]?.priority ?? 0) > (hands[0]?.priority ?? 0))
})
