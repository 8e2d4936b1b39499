// Random days of a plant: whatever people, switch, board, disk and process do, no press is lost and none counts twice.
import test from 'ava'
import { alarmsOf, ask, liveAlarms, startPlant } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'

const SEEDS = [1, 2, 3, 4, 5, 6]
const EVENTS = 60

/** Numerical Recipes' generator: the same seed is the same day. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** One thing that happens; returns how many presses it was. */
async function happens(box: Box, roll: (sides: number) => number): Promise<number> {
  const live = liveAlarms(box)
  const one = live[roll(Math.max(1, live.length))]
  switch (roll(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      await box.button(`in-${roll(8) + 1}`).isPressed()
      return 1
    case 4:
      if (one !== undefined) await ask(box, 'alarms/clear', { alarm: one.id })
      return 0
    case 5:
      if (one !== undefined) await ask(box, 'alarms/acknowledge', { alarm: one.id })
      return 0
    case 6:
      box.live.hang()
      return 0
    case 7:
      box.live.recover()
      return 0
    case 8:
      box.board.failAt(roll(5) + 1)
      return 0
    case 9:
      box.sip.failAt(roll(5) + 1)
      return 0
    case 10:
      box.live.recover()
      await box.restarts(roll(2) === 0 ? {} : { lost: 'power' })
      return 0
    default:
      await box.passes(`${roll(20) + 1}s`)
      return 0
  }
}

for (const seed of SEEDS)
  test(`no press of a random day is lost or counts twice (day ${seed})`, async t => {
    const roll = dice(seed)
    const box = await startPlant()
    box.sip.lenient = true
    let presses = 0
    for (let event = 0; event < EVENTS; event += 1) presses += await happens(box, roll)
    box.live.recover()
    box.board.recover()
    await box.passes('5s')
    const kept = alarmsOf(box).all()
    const sequences = kept.flatMap(alarm => alarm.presses.map(one => one.press.sequence)).sort((a, b) => a - b)
    t.deepEqual(
      sequences,
      Array.from({ length: presses }, (_, index) => index + 1),
    )
    t.deepEqual(box.board.unacknowledged, [])
    for (const alarm of liveAlarms(box)) await ask(box, 'alarms/clear', { alarm: alarm.id })
    await box.passes('3m')
    for (const output of box.board.outputs()) t.false(output.on, `${output.output} was left on`)
    t.deepEqual(box.sip.dump().legs, [])
    t.is(box.sip.dump().pages, 0)
    for (const alarm of alarmsOf(box).all())
      t.true(
        alarm.steps.every(step => step.state === 'done' || step.state === 'stopped' || step.state === 'waiting'),
        alarm.steps.map(step => `${step.id} ${step.state}`).join(', '),
      )
    await box.ends()
  })
