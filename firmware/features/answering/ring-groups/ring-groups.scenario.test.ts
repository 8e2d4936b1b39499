import type { ExecutionContext } from 'ava'
import { feature } from '../../../kernel/feature.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import { type RingGroup, ringGroupKind } from './feature.ts'

const NUMBERS = ['201', '202', '203', '204']

/** A caller at 201, and group 600 of 202, 203 and 204. */
async function plant(t: ExecutionContext, group: Partial<RingGroup> = {}, o: ScenarioOptions = {}): Promise<Box> {
  const box = await scenario({ extensions: NUMBERS, ...o })
  t.teardown(() => box.ends())
  await putGroup(box, group)
  return box
}

async function putGroup(box: Pick<Box, 'put' | 'store'>, group: Partial<RingGroup> = {}, id?: string): Promise<string> {
  const members = NUMBERS.slice(1).map(number => box.store.owner(number)?.id ?? '')
  return box.put(ringGroupKind.kind, { name: 'Gate', number: '600', members, ...group }, id)
}

const ringing = (box: Box) => NUMBERS.filter(number => box.phone(number).rings)

/** Calls the group, lets it ring until `rings` answer, and hangs up. */
async function callTaken(box: Box, rings: string): Promise<void> {
  box.phone('201').dials('600')
  await box.settles()
  box.phone(rings).answers()
  await box.passes('5s')
  box.phone('201').hangsUp()
  await box.settles()
}

test('all members ring at once, the first to answer has the call, the others are told it was answered elsewhere', async t => {
  const box = await plant(t)
  box.phone('201').dials('600')
  await box.settles()
  t.deepEqual(ringing(box), ['202', '203', '204'])
  box.phone('203').answers()
  await box.settles()
  t.deepEqual(ringing(box), [])
  t.true(box.phone('201').hears('203'))
  t.true(box.phone('202').call?.headers.some(header => /Call completed elsewhere/.test(header.value)))
  t.true(box.facts('call.noted').some(({ what }) => what.ringGroup === 'Gate'))
})

test('callers hear a message while it rings; members see for whom; a restart goes on', async t => {
  const box = await plant(t, { prefix: 'Gate' })
  const meanwhile = await box.put('message', { name: 'Wait', text: 'Please wait.' })
  await box.passes('1s')
  await putGroup(box, { prefix: 'Gate', meanwhile }, box.store.owner('600')?.id)
  const call = box.phone('201').dials('600')
  await box.settles()
  t.is(call.state, 'talking')
  t.is(box.sip.dump().players, 1)
  t.deepEqual(ringing(box), ['202', '203', '204'])
  await box.restarts()
  t.deepEqual(ringing(box), ['202', '203', '204'])
  box.phone('204').answers()
  await box.settles()
  t.true(box.phone('201').hears('204'))
  t.is(box.sip.dump().players, 0)
})

test('a member who calls the group does not ring himself', async t => {
  const box = await plant(t)
  box.phone('202').dials('600')
  await box.settles()
  t.deepEqual(ringing(box), ['203', '204'])
})

test('members ring one after another from the first on, and again from the first until the patience is over', async t => {
  const box = await plant(t, { order: 'linear', memberSeconds: 10, totalSeconds: 35 })
  const call = box.phone('201').dials('600')
  const rang: string[][] = []
  for (let round = 0; round < 4; round += 1) {
    await box.settles()
    rang.push(ringing(box))
    await box.passes(round === 3 ? '5s' : '10s')
  }
  t.deepEqual(rang, [['202'], ['203'], ['204'], ['202']])
  t.is(call.status, 480)
})

test('whoever declines is not rung again, and when all declined the call goes on at once', async t => {
  const box = await plant(t, { order: 'linear', members: [] })
  const [a, b] = [box.extensionOf('202'), box.extensionOf('203')]
  const group = box.store.owner('600')?.id
  await putGroup(box, { order: 'linear', members: [a, b] }, group)
  const call = box.phone('201').dials('600')
  await box.settles()
  box.phone('202').declines()
  await box.settles()
  t.deepEqual(ringing(box), ['203'])
  box.phone('203').declines()
  await box.settles()
  t.is(call.status, 603)
  t.is(box.phone('202').legs.length, 1)
})

test('round-robin begins after the one who was first last time, also after a power cut', async t => {
  const box = await plant(t, { order: 'round-robin' })
  await callTaken(box, '202')
  await callTaken(box, '203')
  await box.restarts({ lost: 'power' })
  for (const number of NUMBERS) box.phone(number).registers()
  await box.settles()
  box.phone('201').dials('600')
  await box.settles()
  t.deepEqual(ringing(box), ['204'])
})

test('who has been idle longest rings first', async t => {
  const box = await plant(t, { order: 'longest-idle' })
  await callTaken(box, '202')
  await callTaken(box, '203')
  box.phone('201').dials('204')
  await box.settles()
  box.phone('204').answers()
  await box.passes('1s')
  box.phone('201').hangsUp()
  await box.settles()
  box.phone('201').dials('600')
  await box.settles()
  t.deepEqual(ringing(box), ['202'])
})

test('random order rings every member once before anyone rings twice', async t => {
  const box = await plant(t, { order: 'random', memberSeconds: 10, totalSeconds: 30 })
  box.phone('201').dials('600')
  const rang: string[] = []
  for (let round = 0; round < 3; round += 1) {
    await box.settles()
    rang.push(...ringing(box))
    await box.passes('10s')
  }
  t.deepEqual(rang.sort(), ['202', '203', '204'])
})

test('who is in a call is passed over, or rung all the same where the group says so', async t => {
  const box = await plant(t, { order: 'simultaneous' })
  box.phone('203').dials('204')
  await box.settles()
  box.phone('204').answers()
  await box.settles()
  box.phone('201').dials('600')
  await box.settles()
  t.deepEqual(ringing(box), ['202'])
  box.phone('201').hangsUp()
  await putGroup(box, { skipBusy: false }, box.store.owner('600')?.id)
  await box.settles()
  box.phone('201').dials('600')
  await box.settles()
  t.deepEqual(ringing(box), ['202', '203', '204'])
})

test('where the call goes when nobody answers, and when nobody has a phone, is told apart', async t => {
  const box = await plant(t)
  const [second, third, fourth] = ['202', '203', '204'].map(number => box.extensionOf(number))
  const value = {
    members: [second ?? ''],
    totalSeconds: 20,
    unanswered: { kind: 'extension', id: third ?? '' },
    unregistered: { kind: 'extension', id: fourth ?? '' },
  }
  await putGroup(box, value, box.store.owner('600')?.id)
  box.phone('201').dials('600')
  await box.passes('20s')
  t.deepEqual(ringing(box), ['203'])
  box.phone('201').hangsUp()
  box.phone('202').unregisters()
  await box.settles()
  t.true(box.host.problems().some(problem => problem.code.startsWith('ring-groups.no-phone:')))
  box.phone('201').dials('600')
  await box.settles()
  t.deepEqual(ringing(box), ['204'])
})

/** A hall where a caller is answered before the group rings: only such calls outlive the supervisor. */
const lobby = feature<unknown, undefined>({
  name: 'lobby',
  about: 'Answers, and goes on to the group that it is asked for.',
  start: () => ({
    destinations: {
      lobby: {
        title: 'Lobby',
        async run(caller, id) {
          await caller.answer()
          return { goto: { kind: 'ring-group', id } }
        },
        choices: () => [],
      },
    },
    phases: {
      route: {
        slot: 'code',
        find: look => (look.dialled.startsWith('**') ? { kind: 'lobby', id: look.dialled.slice(2) } : undefined),
      },
    },
  }),
})

test('a restart in the middle goes on with the member who rang, and the time that had passed counts', async t => {
  const box = await plant(t, { order: 'linear', memberSeconds: 10, totalSeconds: 35 }, { plus: [lobby] })
  const call = box.phone('201').dials(`**${box.store.owner('600')?.id}`)
  await box.passes('12s')
  t.deepEqual(ringing(box), ['203'])
  await box.restarts()
  t.deepEqual(ringing(box), ['203'])
  await box.passes('10s')
  t.deepEqual(ringing(box), ['204'])
  await box.passes('10s')
  t.deepEqual(ringing(box), ['202'])
  await box.passes('3s')
  t.deepEqual(ringing(box), [])
  t.true(box.phone('201').hears('tone'))
  await box.passes('5s')
  t.is(call.state, 'over')
})

const document: NonNullable<ScenarioOptions['document']> = async box => {
  await putGroup(box, { order: 'linear', memberSeconds: 10, totalSeconds: 35 }, GROUP)
}
const GROUP = `rng_${'a'.repeat(26)}`

const STORIES: readonly Story[] = [
  {
    title: 'a group that is rung one after another',
    box: { extensions: NUMBERS, document },
    steps: [
      box => void box.phone('201').dials('600'),
      box => box.passes('12s'),
      box => box.phone('203').answers(),
      box => box.passes('5s'),
      box => box.phone('201').hangsUp(),
      box => box.phone('203').hangsUp(),
    ],
  },
  {
    title: 'a caller who was answered before the group rings',
    box: { extensions: NUMBERS, document, plus: [lobby] },
    steps: [
      box => void box.phone('201').dials(`**${GROUP}`),
      box => box.passes('12s'),
      box => box.phone('203').answers(),
      box => box.passes('5s'),
      box => box.phone('203').hangsUp(),
      box => box.phone('201').hangsUp(),
    ],
  },
]

for (const story of STORIES)
  test.sweep(`nothing is left of ${story.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, story))
