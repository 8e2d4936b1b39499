// People who are told of a call for help one after the other: the next only when the one before was not reached.
import type { ExecutionContext } from 'ava'
import { ask } from '../../../testkit/fresh-plant.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { deviceKind } from '../../phones/devices/feature.ts'
import { contactKind } from '../notifications/settings.ts'
import { emergencyPlanKind } from './feature.ts'

interface Given {
  /** Contacts that are called at these extensions, in this order. */
  readonly called?: readonly string[]
  /** Contacts whose phones show a text. */
  readonly shown?: readonly string[]
}

const phoneOf = ({ store }: Pick<Box, 'store'>, number: string) =>
  store.all(deviceKind).find(({ name }) => name === `Phone ${number}`)?.id

/** Nobody is called any more, so that the box can end. */
const leave = (box: Box) => {
  for (const number of ['601', '602', '603']) box.phone(number).unregisters()
}

/** Post 202 calls, guard 500 answers. */
async function plant(t: ExecutionContext, { called = [], shown = [] }: Given): Promise<Box> {
  const box = await scenario({
    extensions: ['202', '500', '601', '602', '603'],
    document: async one => {
      await one.put('site', { name: 'Flint', country: 'US' })
      const contacts: string[] = []
      for (const number of called) {
        const extension = one.store.owner(number)?.id
        contacts.push(await one.put(contactKind.kind, { name: `Lead ${number}`, extension }))
      }
      for (const number of shown)
        contacts.push(await one.put(contactKind.kind, { name: `Desk ${number}`, devices: [phoneOf(one, number)] }))
      const answeringPoints = [one.store.owner('500')?.id]
      await one.put(emergencyPlanKind.kind, { name: 'Gate', answeringPoints, contacts })
    },
  })
  t.teardown(() => box.ends())
  return box
}

interface Line {
  readonly whom: string
  readonly how: string
  readonly result: string
}
const noticesOf = async (box: Box): Promise<readonly string[]> => {
  const { calls } = await ask<{ calls: { notices: Line[] }[] }>(box, 'emergency-calls/history')
  return calls.flatMap(({ notices }) => notices.map(({ whom, how, result }) => `${whom} ${how}: ${result}`))
}

async function callsForHelp(box: Box): Promise<void> {
  box.phone('202').dials('911')
  await box.settles()
}

test('the first contact is called and hears the place; who presses 1 takes care, and nobody else is called', async t => {
  const box = await plant(t, { called: ['601', '602'] })
  await callsForHelp(box)
  t.true(box.phone('500').rings)
  t.true(box.phone('601').rings)
  t.false(box.phone('602').rings)
  t.true(box.spoken.some(text => /^EMERGENCY 911: Post 202 202/.test(text) && /Press 1/.test(text)))
  box.phone('601').answers()
  await box.passes('2s')
  box.phone('601').presses('1')
  await box.passes('2m')
  t.is(box.phone('602').legs.length, 0)
  t.like(box.facts('emergency-call.acknowledged')[0], { by: 'Lead 601' })
  t.deepEqual(await noticesOf(box), ['Lead 601 contact:call: confirmed'])
  t.false(box.phone('601').talks, 'the call is over')
})

test('who does not answer is called three times, then the next is', async t => {
  const box = await plant(t, { called: ['601', '602'] })
  await callsForHelp(box)
  await box.passes('63s')
  t.is(box.phone('601').legs.length, 3)
  t.is(box.phone('602').legs.length, 0)
  await box.passes('3s')
  t.true(box.phone('602').rings)
  box.phone('602').answers()
  await box.settles()
  box.phone('602').presses('21')
  await box.passes('1s')
  const none = 'Lead 601 contact:call: no-answer'
  t.deepEqual(await noticesOf(box), [none, none, none, 'Lead 602 contact:call: confirmed'])
})

test('who answers and hangs up without a key was not told', async t => {
  const box = await plant(t, { called: ['601'] })
  await callsForHelp(box)
  box.phone('601').answers()
  await box.passes('2s')
  box.phone('601').hangsUp()
  await box.passes('3s')
  t.true(box.phone('601').rings, 'and is called again')
  t.is(box.facts('emergency-call.acknowledged').length, 0)
  leave(box)
})

test('when somebody takes care on a screen of the box, no further contact is told', async t => {
  const box = await plant(t, { called: ['601', '602', '603'] })
  await callsForHelp(box)
  const call = box.facts('emergency-call.began')[0]?.call
  await ask(box, 'emergency-calls/acknowledge', { call })
  await box.passes('5m')
  t.is(box.phone('602').legs.length, 0)
  t.is(box.phone('601').legs.length, 1)
})

test('a contact with a text only is told when his phone takes it; one whose phone is away is followed by the next', async t => {
  const box = await plant(t, { shown: ['601', '602', '603'] })
  box.phone('601').unregisters()
  await callsForHelp(box)
  await box.passes('10s')
  t.is(box.phone('602').texts.length, 1)
  t.is(box.phone('603').texts.length, 0)
  const away = 'Desk 601 contact:screen: not registered'
  t.deepEqual(await noticesOf(box), [away, away, away, 'Desk 602 contact:screen: told'])
})

test('without a voice a contact is called all the same, and hears words that were made ahead', async t => {
  const box = await plant(t, { called: ['601'] })
  box.speaker = 'hangs'
  await callsForHelp(box)
  await box.passes('5s')
  t.true(box.phone('601').rings)
  box.phone('601').answers()
  await box.settles()
  t.true(
    box.phone('601').heard.some(sound => sound.includes('notice:fallback')),
    box.phone('601').heard.join(),
  )
  leave(box)
})

test('with every notifier hanging the call for help rings and is heard with the clock standing still', async t => {
  const box = await plant(t, { called: ['601'], shown: ['602'] })
  box.speaker = 'hangs'
  box.phone('602').manner = 'silent'
  box.records.hang()
  const before = box.clock.since()
  await callsForHelp(box)
  t.true(box.phone('500').rings)
  box.phone('500').answers()
  await box.settles()
  t.true(box.phone('202').hears('500'))
  t.is(box.clock.since(), before)
  leave(box)
})

test('a plan that names nobody who is told is a problem, until it names one', async t => {
  const box = await plant(t, {})
  const isShown = () => box.host.problems().some(({ code }) => code === 'emergency-calls.nobody-told')
  t.true(isShown())
  const plan = box.store.all(emergencyPlanKind)[0]
  if (plan === undefined) return t.fail('no plan')
  await box.put(emergencyPlanKind.kind, { ...plan, screens: [box.deviceOf('500')] }, plan.id)
  t.false(isShown())
})

test('a screen that does not take the text is tried three times', async t => {
  const box = await plant(t, {})
  const plan = box.store.all(emergencyPlanKind)[0]
  if (plan === undefined) return t.fail('no plan')
  await box.put(emergencyPlanKind.kind, { ...plan, screens: [box.deviceOf('601')] }, plan.id)
  box.phone('601').unregisters()
  await callsForHelp(box)
  await box.passes('3s')
  box.phone('601').registers()
  await box.passes('3s')
  t.is(box.phone('601').texts.length, 1)
  t.deepEqual(
    (await noticesOf(box)).map(line => line.split(' screen: ')[1]),
    ['not registered', 'not registered', 'shown'],
  )
})
