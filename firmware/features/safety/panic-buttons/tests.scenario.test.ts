// Tests of buttons over the whole box: announced or within a drill, never a real alarm; whose turn it is, and what is kept.
import type { ExecutionContext } from 'ava'
import { ask, liveAlarms, planOf, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { buttonKind } from './feature.ts'

interface Logged {
  readonly name: string
  readonly place: string
  readonly outcome: string
  readonly how: string
  readonly steps: string
  readonly note: string
}

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await startPlant()
  t.teardown(() => box.ends())
  return box
}
const buttonOf = (box: Box, name: string): string => box.store.all(buttonKind).find(one => one.name === name)?.id ?? ''
const turnOf = async (box: Box): Promise<string | undefined> =>
  (await ask<{ turns: { name: string }[] }>(box, 'panic-buttons/turns')).turns[0]?.name
const logOf = async (box: Box): Promise<readonly Logged[]> =>
  (await ask<{ tests: Logged[] }>(box, 'panic-buttons/tests')).tests
/** The alarm that Button 1 is part of, as its page shows it. */
const alarmShown = async (box: Box): Promise<string | undefined> => {
  const { buttons } = await ask<{ buttons: { name: string; alarm?: string }[] }>(box, 'panic-buttons/state')
  return buttons.find(one => one.name === 'Button 1')?.alarm
}
const failed = (box: Box): readonly string[] =>
  box.host.problems().flatMap(one => (one.code.startsWith('panic-buttons.failed') ? [one.text] : []))
const clear = async (box: Box): Promise<void> => {
  for (const alarm of liveAlarms(box)) await ask(box, 'alarms/clear', { alarm: alarm.id })
  await box.passes('30s')
}

test('an announced press raises the alarm as ever, may be marked, is logged with what came of it, and the next button has its turn', async t => {
  const box = await plant(t)
  const button = buttonOf(box, 'Button 1')
  t.is(await turnOf(box), 'Button 1')
  await ask(box, 'panic-buttons/announce', { button, minutes: 15 })
  await box.passes('1m')
  await box.button('in-1').isPressed()
  t.false(theAlarm(box).drill)
  t.true(box.board.isOn('strobe-1'))
  await box.passes('2s')
  t.is(await alarmShown(box), theAlarm(box).id)
  await clear(box)
  t.is(await alarmShown(box), undefined)
  await ask(box, 'panic-buttons/tested', { button, failed: false, note: 'heard in the whole hall' })
  t.like((await logOf(box))[0], {
    name: 'Button 1',
    place: 'Plant / Hall 1',
    outcome: 'worked',
    how: 'window',
    steps: '4/4',
    note: 'heard in the whole hall',
  })
  t.is(await turnOf(box), 'Button 2')
})

test('outside of its window, and of another button, a press is real and no test; also after a restart', async t => {
  const box = await plant(t)
  const [first, second] = [buttonOf(box, 'Button 1'), buttonOf(box, 'Button 2')]
  const refused = async (button: string) =>
    t.throwsAsync(async () => ask(box, 'panic-buttons/tested', { button, failed: false }), { message: /a real alarm/ })
  await ask(box, 'panic-buttons/announce', { button: first, minutes: 1 })
  await box.button('in-2').isPressed()
  await refused(second)
  await box.restarts()
  await box.passes('61s')
  await box.button('in-1').isPressed()
  await refused(first)
  await clear(box)
})

test('a press within a drill of its plan is a test, reported again too; the drill ends and the alarm is real', async t => {
  const box = await plant(t)
  await ask(box, 'drills/start', { plan: planOf(box, 'Evacuation').id })
  await box.passes('1s')
  box.live.hang()
  await box.button('in-1').isPressed()
  await box.passes('3s')
  box.live.recover()
  await box.passes('2s')
  t.false(theAlarm(box).drill)
  await ask(box, 'panic-buttons/tested', { button: buttonOf(box, 'Button 1'), failed: false })
  t.is((await logOf(box))[0]?.how, 'drill')
  await clear(box)
})

test('a button that did nothing in its test is a danger until it is tested again, and another has its turn', async t => {
  const box = await plant(t)
  const button = buttonOf(box, 'Button 1')
  const fails = async () => ask(box, 'panic-buttons/tested', { button, failed: true })
  await t.throwsAsync(fails, { message: /no test of it was announced/ })
  await ask(box, 'panic-buttons/announce', { button, minutes: 15 })
  await fails()
  t.regex(failed(box)[0] ?? '', /“Button 1” at Plant \/ Hall 1 failed its test/)
  t.is((await logOf(box))[0]?.outcome, 'failed')
  t.is(await turnOf(box), 'Button 2')
  await ask(box, 'panic-buttons/announce', { button, minutes: 15 })
  await box.passes('1s')
  await box.button('in-1').isPressed()
  await ask(box, 'panic-buttons/tested', { button, failed: false })
  t.deepEqual(failed(box), [])
  await clear(box)
})
