import type { ExecutionContext } from 'ava'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import { numberIn } from './target.ts'

const NUMBERS = ['201', '202', '203']

/** 201 called 202, and they talk. */
async function talking(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ extensions: NUMBERS })
  t.teardown(() => box.ends())
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  return box
}

/** What the phone that asked was told, status by status. */
const told = (box: Box) => box.sip.commands.filter(one => one.name === 'respond').map(one => one.args[1])
const legs = (box: Box, number: string) => box.phone(number).legs
const legOf = (box: Box, number: string, at = -1) => legs(box, number).at(at)?.leg ?? 'none'
const hears = (box: Box, one: string, other: string) => box.phone(one).hears(other) && box.phone(other).hears(one)

for (const [asker, other] of [
  ['202', '201'],
  ['201', '202'],
] as const) {
  test(`blind: ${asker} hands ${other} on; he hears ringing, then the third, and whoever asked is told and let go`, async t => {
    const box = await talking(t)
    box.phone(asker).holds()
    box.phone(asker).refers('sip:203@box')
    await box.settles()
    t.true(box.phone('203').rings)
    t.is(box.phone('203').call?.from, other)
    t.true(box.phone(other).hears('tone'))
    t.deepEqual(told(box), [180])
    t.is(legs(box, asker).at(-1)?.state, 'talking')
    box.phone('203').answers()
    await box.settles()
    t.deepEqual(told(box), [180, 200])
    t.is(legs(box, asker).at(-1)?.state, 'over')
    t.true(hears(box, other, '203'))
    t.is(box.calls.length, 1)
    box.phone('203').hangsUp()
    await box.settles()
    t.is(legs(box, other).at(-1)?.state, 'over')
    const began = box.facts('call.began')
    t.is(new Set(began.map(fact => fact.correlation)).size, 1)
    t.deepEqual(
      box.facts('call.ended').map(fact => fact.cause),
      ['moved', 'answered'],
    )
  })
}

test('blind: nobody answers, and the call goes back to the one who handed it on', async t => {
  const box = await talking(t)
  box.phone('202').holds()
  box.phone('202').refers('sip:203@box')
  await box.passes('30s')
  t.deepEqual(told(box), [180, 480])
  box.phone('202').holds(false)
  await box.settles()
  t.true(hears(box, '201', '202'))
})

/** 202 hands 201 on to 203, who declines. */
async function declined(box: Box): Promise<void> {
  box.phone('202').refers('sip:203@box')
  await box.settles()
  box.phone('203').declines()
  await box.settles()
}

test('blind: declined soon after a start, the call that was given back lasts, also through a restart', async t => {
  const box = await talking(t)
  await declined(box)
  t.deepEqual(told(box), [180, 603])
  // Those whom a crash left asking are let go some seconds after a start: these two are none of them.
  await box.passes('60s')
  t.true(hears(box, '201', '202'))
  await box.restarts()
  await box.passes('60s')
  t.true(hears(box, '201', '202'))
})

test('blind: who hands a call on soon after a crash is not let go with those whom the crash left asking', async t => {
  const box = await talking(t)
  box.phone('202').refers('sip:203@box')
  await box.settles()
  await box.restarts()
  box.phone('203').answers()
  await box.settles()
  box.phone('203').refers('sip:202@box')
  await box.passes('11s')
  t.is(legs(box, '203').at(-1)?.state, 'talking')
})

test('a restart while a second try rings: whoever asked is let go', async t => {
  const box = await talking(t)
  await declined(box)
  box.phone('202').refers('sip:203@box')
  await box.settles()
  await box.restarts()
  box.phone('203').answers()
  await box.passes('11s')
  t.true(hears(box, '201', '203'))
  t.is(legs(box, '202').at(-1)?.state, 'over')
})

test('blind: who handed it on has hung up meanwhile, and is rung when nobody answers', async t => {
  const box = await talking(t)
  box.phone('202').refers('sip:203@box')
  await box.settles()
  box.phone('202').hangsUp()
  await box.passes('30s')
  t.true(box.phone('202').rings)
  box.phone('202').answers()
  await box.settles()
  t.true(hears(box, '201', '202'))
})

test('blind: a number that nobody has is refused, and the two go on talking', async t => {
  const box = await talking(t)
  box.phone('202').refers('sip:999@box')
  await box.settles()
  t.deepEqual(told(box), [404])
  t.true(hears(box, '201', '202'))
})

test('attended: two who talked to the same phone talk to one another, and its legs end', async t => {
  const box = await talking(t)
  box.phone('202').holds()
  await box.settles()
  box.phone('202').dials('203')
  await box.settles()
  box.phone('203').answers()
  await box.settles()
  const [first, second] = [legOf(box, '202', 0), legOf(box, '202', 1)]
  box.sip.emit({ type: 'refer', leg: first, to: 'sip:203@box', request: 'r1', replaces: { leg: second } })
  await box.settles()
  t.true(hears(box, '201', '203'))
  t.deepEqual(
    legs(box, '202').map(leg => leg.state),
    ['over', 'over'],
  )
  t.deepEqual(told(box), [200])
  t.is(box.sip.dump().players, 0, 'the music ended with the hold')
  await box.restarts()
  t.true(hears(box, '201', '203'))
})

test('attended, let go while the third still rings: the third rings for the one who waits', async t => {
  const box = await talking(t)
  box.phone('202').holds()
  box.phone('202').dials('203')
  await box.settles()
  const [first, second] = [legOf(box, '202', 0), legOf(box, '202', 1)]
  box.sip.emit({ type: 'refer', leg: first, to: 'sip:203@box', request: 'r1', replaces: { leg: second } })
  await box.settles()
  t.true(box.phone('203').rings)
  box.phone('203').answers()
  await box.settles()
  t.true(hears(box, '201', '203'))
})

test('a phone cannot hand on the conversation of another', async t => {
  const box = await talking(t)
  await box.extension('204')
  box.phone('204').registers()
  await box.settles()
  box.phone('203').dials('204')
  await box.settles()
  box.phone('204').answers()
  await box.settles()
  box.phone('202').refers('sip:204@box', { replaces: legOf(box, '203') })
  await box.settles()
  t.deepEqual(told(box), [403])
  t.true(hears(box, '203', '204'))
})

test('a restart while the third rings: it is rung again, and whoever asked is let go', async t => {
  const box = await talking(t)
  box.phone('202').refers('sip:203@box')
  await box.settles()
  await box.restarts()
  t.true(box.phone('203').rings)
  box.phone('203').answers()
  await box.passes('11s')
  t.true(hears(box, '201', '203'))
  t.is(legs(box, '202').at(-1)?.state, 'over')
})

test('the number in a Refer-To', t => {
  t.is(numberIn('sip:203@10.0.0.1;transport=tcp'), '203')
  t.is(numberIn('sip:%2A72@box'), '*72')
  t.is(numberIn('tel:+1-313-555-0100;ext=1'), '+13135550100')
  t.is(numberIn('sip:10.0.0.1'), undefined)
  t.is(numberIn('sip:ann@box'), undefined)
})

const blind: Story = {
  title: 'a blind transfer',
  box: { extensions: NUMBERS },
  steps: [
    box => void box.phone('201').dials('202'),
    box => box.phone('202').answers(),
    box => box.phone('202').refers('sip:203@box'),
    box => box.phone('203').answers(),
    box => box.passes('5s'),
    box => box.phone('203').hangsUp(),
    box => box.phone('202').hangsUp(),
    box => box.phone('201').hangsUp(),
  ],
}

const attended: Story = {
  title: 'an attended transfer',
  box: { extensions: NUMBERS },
  steps: [
    box => void box.phone('201').dials('202'),
    box => box.phone('202').answers(),
    box => box.phone('202').holds(),
    box => void box.phone('202').dials('203'),
    box => box.phone('203').answers(),
    box =>
      box.sip.emit({
        type: 'refer',
        leg: legOf(box, '202', 0),
        to: 'sip:203@box',
        request: 'r1',
        replaces: { leg: legOf(box, '202', 1) },
      }),
    box => box.passes('5s'),
    box => box.phone('203').hangsUp(),
    box => box.phone('202').hangsUp(),
    box => box.phone('202').hangsUp(),
    box => box.phone('201').hangsUp(),
  ],
}

for (const story of [blind, attended])
  test.sweep(`nothing is left of ${story.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, story))
