// A phone that asks the box to call for it.
import type { ExecutionContext } from 'ava'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202', '203'] })
  t.teardown(() => box.ends())
  return box
}

const causes = (box: Box) => box.facts('call.ended').map(({ cause }) => cause)

test('the phone that asks rings, and who takes it off is put through', async t => {
  const box = await plant(t)
  box.phone('201').asksFor('202')
  await box.settles()
  t.true(box.phone('201').rings)
  t.false(box.phone('202').rings)
  box.phone('201').answers()
  await box.settles()
  t.true(box.phone('202').rings)
  t.is(box.phone('202').call?.from, '201')
  t.deepEqual(box.phone('201').outcomes, [200])
  box.phone('202').answers()
  await box.settles()
  t.true(box.phone('201').hears('202'))
  box.phone('201').hangsUp()
  await box.settles()
  t.deepEqual(causes(box), ['answered'])
})

for (const [what, number, of, status] of [
  ['a number that nobody has', '299', '201', 404],
  ['something that is no number', 'ann', '201', 404],
  ['a call in the name of another', '203', '202', 403],
  ['help', '911', '201', 403],
] as const)
  test(`a phone that asks for ${what} is told so, and nothing rings`, async t => {
    const box = await plant(t)
    await box.put('site', { name: 'Flint' })
    box.phone('201').asksFor(number, of)
    await box.settles()
    t.deepEqual(box.phone('201').outcomes, [status])
    t.false(box.phone('201').rings || box.phone('202').rings)
    t.is(box.calls.length, 0)
  })

test('a phone that asks and is not taken off is told, and nobody else rings', async t => {
  const box = await plant(t)
  box.phone('201').asksFor('202')
  await box.passes('31s')
  t.false(box.phone('201').rings || box.phone('202').rings)
  t.deepEqual(box.phone('201').outcomes, [480])
})

const STORY: Story = {
  title: 'a call that a phone asked for',
  box: { extensions: ['201', '202'] },
  steps: [
    box => box.phone('201').asksFor('202'),
    box => box.phone('201').answers(),
    box => box.phone('202').answers(),
    box => box.phone('202').hangsUp(),
    box => box.phone('201').hangsUp(),
  ],
}
test.sweep(`nothing is left of ${STORY.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, STORY))
