// Whom the box answered already hears why his call ends; whom it did not is told by a SIP status, as ever.
import type { ExecutionContext } from 'ava'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { tonesOf } from './tone-plan.ts'

const NUMBERS = ['201', '202', '203']

/** A group 600 of 202 and 203 whose callers hear a message while it rings, at a site in that country. */
async function plant(t: ExecutionContext, country: string): Promise<Box> {
  const box = await scenario({ extensions: NUMBERS })
  t.teardown(() => box.ends())
  await box.put('site', { name: 'Plant', country })
  const meanwhile = await box.put('message', { name: 'Wait', text: 'Please wait.' })
  await box.passes('1s')
  const members = NUMBERS.slice(1).map(number => box.store.owner(number)?.id ?? '')
  await box.put('ring-group', { name: 'Gate', number: '600', members, meanwhile, totalSeconds: 20 })
  await box.settles()
  return box
}

const tones = (box: Box): readonly unknown[] =>
  box.sip.commands.filter(({ name }) => name === 'tone').map(({ args }) => args[2])

test('a group with music that nobody answers ends in congestion as the country has it, then in the hang-up', async t => {
  const box = await plant(t, 'DE')
  const call = box.phone('201').dials('600')
  await box.passes('21s')
  t.deepEqual(tones(box), [tonesOf('DE').congestion])
  t.true(box.phone('201').hears('tone'))
  t.is(call.state, 'talking')
  await box.passes('4s')
  t.is(call.state, 'over')
  t.is(box.facts('call.ended').at(-1)?.cause, 'no-answer')
  t.is(box.sip.dump().players, 0)
})

test('members who refuse make it busy, in another cadence', async t => {
  const box = await plant(t, 'GB')
  for (const number of ['202', '203']) box.phone(number).manner = 'declines'
  box.phone('201').dials('600')
  await box.passes('1s')
  t.deepEqual(tones(box), [tonesOf('GB').busy])
})

test('who asked the box to call for it is told as well', async t => {
  const box = await plant(t, 'FR')
  box.phone('203').manner = 'busy'
  box.phone('201').asksFor('203')
  await box.settles()
  box.phone('201').answers()
  await box.passes('1s')
  t.deepEqual(tones(box), [tonesOf('FR')['ring-back'], tonesOf('FR').busy])
  await box.passes('5s')
  t.is(box.calls.length, 0)
})

test('who hangs up while it sounds is let go at once', async t => {
  const box = await plant(t, 'US')
  box.phone('201').dials('600')
  await box.passes('21s')
  t.true(box.phone('201').hears('tone'))
  box.phone('201').hangsUp()
  await box.settles()
  t.is(box.calls.length, 0)
  t.is(box.facts('call.ended').length, 1)
})

test('a caller who is not answered yet is told by the status and hears nothing of the box; nor does one whose talk ended', async t => {
  const box = await plant(t, 'US')
  const refused = box.phone('201').dials('202')
  await box.settles()
  box.phone('202').hangsUp()
  await box.settles()
  t.is(refused.state, 'over')
  const talk = box.phone('201').dials('203')
  await box.settles()
  box.phone('203').answers()
  await box.passes('2s')
  box.phone('203').hangsUp()
  await box.settles()
  t.is(talk.state, 'over')
  t.deepEqual(tones(box), [])
})
