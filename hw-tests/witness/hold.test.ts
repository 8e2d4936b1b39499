// A button that must be held, on a real board: a hand that goes early alarms nobody and is told of; one that stays does.
import test from 'ava'
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { openPinsWitness } from './pins.ts'
import { armed } from './plant.ts'

interface Button extends Record<string, unknown> {
  readonly id: string
  readonly rev: number
  readonly inputs: readonly string[]
}

interface Shown {
  readonly id?: string
  readonly letGo?: { readonly heldMilliseconds: number }
}

const HOLD_SECONDS = 5

test('a button that must be held five seconds: a short press alarms nobody and is shown, a long one raises the alarm', async t => {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const pins = openPinsWitness({ run: box.run })
  t.teardown(() => pins.close())
  const button = (await box.resources<Button>('button')).find(one => one.inputs.includes('in-1'))
  if (button === undefined) throw new Error('a fresh box has a button on in-1')
  const { id, rev: _, ...value } = button
  await box.put('button', { ...value, holdSeconds: HOLD_SECONDS }, id)
  await armed(box)
  const alarms = async () => (await box.ask<{ alarms: Alarm[] }>('alarms/live')).alarms
  const letGo = async () =>
    (await box.ask<{ buttons: Shown[] }>('panic-buttons/state')).buttons.flatMap(one => one.letGo ?? [])

  await pins.press('in-1', 300)
  await until('the hand that went early is shown', async () => (await letGo()).length === 1)
  const [early] = await letGo()
  t.true((early?.heldMilliseconds ?? 0) >= 250, `held for ${early?.heldMilliseconds} ms`)
  t.deepEqual(await alarms(), [])

  const downAt = Date.now()
  pins.move('in-1', 'press')
  await until('the alarm is raised', async () => (await alarms()).length === 1)
  pins.move('in-1', 'release')
  const [alarm] = await alarms()
  t.is(alarm?.presses.length, 1)
  t.true((alarm?.raisedAt ?? 0) >= downAt + HOLD_SECONDS * 1000 - 500, 'not before its time')
})
