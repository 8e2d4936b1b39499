import type { ExecutionContext } from 'ava'
import { askRoute } from '../../../testkit/ask-route.ts'
import { PHONE_FEATURES } from '../../../testkit/phone-features.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import { messages } from '../../paging/messages/feature.ts'
import { conference, conferenceKind } from './feature.ts'
import { joinTone } from './join-tone.ts'

const NUMBERS = ['201', '202', '203']
const ROOM = { name: 'Shift meeting', number: '700' }
const TONE = 'conference:joined'

async function plant(t: ExecutionContext, room: object = {}): Promise<Box> {
  const box = await scenario({ extensions: NUMBERS, document: async it => void (await put(it, room)) })
  t.teardown(() => box.ends())
  return box
}

const put = (box: Pick<Box, 'put'>, room: object = {}) => box.put(conferenceKind.kind, { ...ROOM, ...room })

async function enter(box: Box, number: string): Promise<void> {
  box.phone(number).dials('700')
  await box.settles()
}

const heardBy = (box: Box, number: string) => NUMBERS.filter(other => box.phone(number).hears(other))

test('three hear one another; who leaves is heard no more, and the last closes the room', async t => {
  const box = await plant(t)
  for (const number of NUMBERS) await enter(box, number)
  for (const number of NUMBERS)
    t.deepEqual(
      heardBy(box, number),
      NUMBERS.filter(other => other !== number),
    )
  const { rooms } = await askRoute<{ rooms: { participants: unknown[] }[] }>(box, 'conference/live')
  t.is(rooms[0]?.participants.length, 3)
  box.phone('202').hangsUp()
  await box.settles()
  t.deepEqual(heardBy(box, '201'), ['203'])
  box.phone('201').hangsUp()
  box.phone('203').hangsUp()
  await box.settles()
  t.is(box.sip.dump().mixes, 0)
  await enter(box, '201')
  t.is(box.sip.dump().mixes, 1)
})

test('everyone in the room hears that somebody came in, unless the conference is silent', async t => {
  const box = await plant(t)
  for (const number of NUMBERS) await enter(box, number)
  t.is(box.phone('201').heard.filter(sound => sound === TONE).length, 3)
  t.is(box.phone('203').heard.filter(sound => sound === TONE).length, 1)
  const tone = joinTone()
  t.is(tone.samples.length, 4000)
  t.true(Math.max(...tone.samples) > 5000)
})

async function withPin(t: ExecutionContext, pin: string, room: object = {}): Promise<Box> {
  const box = await plant(t, room)
  const id = box.store.owner('700')?.id ?? ''
  const value = { ...ROOM, ...room }
  await box.change({ op: 'put', kind: conferenceKind.kind, id, value, secrets: { pin } })
  return box
}

test('a PIN lets in who knows it, and ends the call of who does not after three tries', async t => {
  const box = await withPin(t, '4711')
  await enter(box, '201')
  t.is(box.sip.dump().mixes, 0)
  box.phone('201').presses('4711')
  await box.settles()
  t.is(box.sip.dump().mixes, 1)
  await enter(box, '202')
  for (const wrong of ['1111', '12#', '4712']) {
    t.is(box.phone('202').call?.state, 'talking')
    box.phone('202').presses(wrong)
    await box.settles()
  }
  t.true(box.phone('202').hears('tone'))
  await box.passes('5s')
  t.is(box.phone('202').call?.state, 'over')
  t.deepEqual(box.facts('call.ended').at(-1)?.cause, 'forbidden')
  t.false(JSON.stringify(box.store.all(conferenceKind)).includes('4711'))
})

test('a full conference takes nobody more', async t => {
  const box = await plant(t, { most: 2 })
  for (const number of NUMBERS) await enter(box, number)
  await box.passes('4s')
  t.true(box.phone('203').hears('tone'))
  await box.passes('5s')
  t.is(box.phone('203').call?.state, 'over')
  t.deepEqual(heardBy(box, '201'), ['202'])
})

test('a PIN that cannot be typed is a problem', async t => {
  const box = await withPin(t, 'open sesame')
  t.true(box.host.problems().some(problem => problem.code.startsWith('conference.digits:')))
})

test('a restart: all are in the room again, and nobody is asked for the PIN', async t => {
  const box = await withPin(t, '4711')
  for (const number of ['201', '202']) {
    await enter(box, number)
    box.phone(number).presses('4711')
    await box.settles()
  }
  await box.restarts()
  t.deepEqual(heardBy(box, '201'), ['202'])
  t.deepEqual(heardBy(box, '202'), ['201'])
  box.phone('201').hangsUp()
  box.phone('202').hangsUp()
  await box.settles()
  t.is(box.calls.length, 0)
})

const document: NonNullable<ScenarioOptions['document']> = async box => void (await put(box))

const story: Story = {
  title: 'three in a conference',
  box: { extensions: NUMBERS, document, features: [...PHONE_FEATURES, messages, conference] },
  steps: [
    ...NUMBERS.map(number => (box: Box) => void box.phone(number).dials('700')),
    box => box.passes('5s'),
    ...NUMBERS.map(number => (box: Box) => box.phone(number).hangsUp()),
  ],
}

test.sweep(`nothing is left of ${story.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, story))
