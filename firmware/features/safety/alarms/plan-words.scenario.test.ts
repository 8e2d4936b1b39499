// Plans whose words cannot be spoken when they are saved: nothing of them is lost, and they are heard as soon as they can be.
import { planOf, startPlant } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

const WORDS = 'Go to gate four.'
const problem = (box: Box) => box.host.problems().find(one => one.code.startsWith('alarms.plan-not-ready'))

/** Gives the plan words that nobody has spoken yet. */
async function reword(box: Box): Promise<void> {
  const plan = planOf(box, 'Evacuation')
  const steps = plan.steps.map(step => {
    if (step.kind !== 'page') return step
    const { messages: _, ...params } = step.params as { messages?: string[] }
    return { ...step, params: { ...params, text: WORDS } }
  })
  await box.put('plan', { ...plan, steps }, plan.id)
}

test('a plan is saved while espeak-ng hangs, or is missing: it is kept, what is wrong is told with its remedy, and it speaks once that is mended', async t => {
  const box = await startPlant()
  t.teardown(() => box.ends())
  box.speaker = 'hangs'
  await reword(box)
  await box.passes('45s')
  t.regex(JSON.stringify(planOf(box, 'Evacuation').steps), new RegExp(WORDS))
  t.regex(
    problem(box)?.text ?? '',
    /“Evacuation” is not ready\. .+ \(step 1, at once\): .*espeak-ng hangs; upload a recording/,
  )
  box.speaker = 'missing'
  await box.passes('60s')
  t.regex(problem(box)?.text ?? '', /step 1.*espeak-ng is not installed/)
  await box.button('in-1').isPressed()
  t.true(box.board.isOn('strobe-1'), 'what needs no words works')
  box.speaker = 'works'
  await box.passes('90s')
  t.is(problem(box), undefined)
  t.true(box.spoken.includes(WORDS))
  // An announcement that a restart began anew is heard to its end.
  await box.passes('120s')
})
