// Calls that take the place of others (RFC 3891).
import type { ExecutionContext } from 'ava'
import { PHONE_FEATURES } from '../../testkit/phone-features.ts'
import { type Box, scenario } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../testkit/sweeps.ts'

const PLANT = { features: PHONE_FEATURES, extensions: ['201', '202', '203'] }

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario(PLANT)
  t.teardown(() => box.ends())
  return box
}

const legOf = (box: Box, number: string) => box.phone(number).legs.at(-1)?.leg ?? 'none'

async function talking(t: ExecutionContext): Promise<Box> {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  return box
}

test('a phone takes the place of another in a conversation; the other is out', async t => {
  const box = await talking(t)
  box.phone('203').dials('202', { replaces: legOf(box, '202') })
  await box.settles()
  t.true(box.phone('203').hears('201'))
  t.true(box.phone('201').hears('203'))
  t.is(box.phone('202').call?.state, 'over')
  t.is(box.calls.length, 1)
  box.phone('201').hangsUp()
  await box.settles()
  t.is(box.phone('203').call?.state, 'over')
})

test('a phone picks up what rings on its neighbour', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  box.phone('203').dials('202', { replaces: legOf(box, '202') })
  await box.settles()
  t.true(box.phone('203').hears('201'))
  t.false(box.phone('202').rings)
  t.regex(box.phone('202').call?.headers[0]?.value ?? '', /Call completed elsewhere/)
})

test('a leg that is not there is answered 481, a stranger 403', async t => {
  const box = await talking(t)
  const lost = box.phone('203').dials('202', { replaces: 'leg_gone' })
  const stranger = box.stranger('mallory').dials('202', { replaces: legOf(box, '202') })
  await box.settles()
  t.is(lost.status, 481)
  t.is(stranger.status, 403)
  t.true(box.phone('201').hears('202'))
})

const story: Story = {
  title: 'a call that is taken over by a third phone',
  box: PLANT,
  steps: [
    box => void box.phone('201').dials('202'),
    box => box.phone('202').answers(),
    box => void box.phone('203').dials('202', { replaces: legOf(box, '202') }),
    box => box.passes('5s'),
    box => {
      for (const number of PLANT.extensions) box.phone(number).hangsUp()
    },
  ],
}
test.sweep('nothing is left of a call that was taken over, whatever goes wrong and wherever', t => sweepAll(t, story))
