// A button that must be held: a hand that stays raises the alarm, one that goes before is shown and raises none.
import { ask, liveAlarms, startPlant } from '../../../testkit/fresh-plant.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { buttonKind } from './feature.ts'

interface ShownButton {
  readonly name: string
  readonly letGo?: { readonly heldMilliseconds: number }
}

test('a hand that goes too early is shown and raises nothing; one that stays raises the alarm, while the other buttons go at once', async t => {
  const box = await startPlant()
  t.teardown(() => box.ends())
  const button = box.store.all(buttonKind).find(one => one.inputs.includes('in-1'))
  if (!button) throw new Error('a fresh box has it')
  const { id, rev: _, ...value } = button
  await box.put('button', { ...value, holdSeconds: 1.5 }, id)
  await box.passes('1s')
  const table = box.board.commands.findLast(command => command.do === 'load')?.table
  t.deepEqual(table?.holds, [{ input: 'in-1', milliseconds: 1500 }])
  await box.button('in-1').isHeld()
  await box.passes('1s')
  await box.button('in-1').isLetGo()
  t.deepEqual(liveAlarms(box), [])
  t.like(box.facts('button.let-go')[0], { button: id, heldMilliseconds: 1000, neededMilliseconds: 1500 })
  const { buttons } = await ask<{ buttons: ShownButton[] }>(box, 'panic-buttons/state')
  t.is(buttons.find(one => one.name === button.name)?.letGo?.heldMilliseconds, 1000)
  await box.button('in-1').isHeld()
  await box.passes('1500ms')
  t.is(liveAlarms(box).length, 1)
  t.true(box.board.isOn('strobe-1'))
  await box.button('in-4').isPressed()
  t.is(box.facts('button.pressed').length, 2)
})

test('a time over five seconds is refused', async t => {
  const box = await startPlant()
  t.teardown(() => box.ends())
  const [button] = box.store.all(buttonKind)
  if (!button) throw new Error('a fresh box has it')
  const { id, rev: _, ...value } = button
  await t.throwsAsync(box.put('button', { ...value, holdSeconds: 6 }, id), { message: /holdSeconds|Hold for|5/ })
})
