import type { ExecutionContext } from 'ava'
import { askRoute } from '../../../testkit/ask-route.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import { type ForwardRule, forwardRuleKind } from './feature.ts'
import type { SwitchRecord } from './records.ts'

const NUMBERS = ['201', '202', '203', '204']

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await scenario({ extensions: NUMBERS, ...o })
  t.teardown(() => box.ends())
  return box
}

const to = (box: Pick<Box, 'store'>, number: string) => ({
  kind: 'extension',
  id: box.store.owner(number)?.id ?? '',
})

async function rule(box: Pick<Box, 'put' | 'store'>, fields: Partial<ForwardRule>): Promise<string> {
  return box.put(forwardRuleKind.kind, { name: 'Night', extensions: [to(box, '202').id], ...fields })
}

const ringing = (box: Box) => NUMBERS.filter(number => box.phone(number).rings)

const notes = (box: Box) => box.facts('call.noted').flatMap(({ what }) => what.forwards ?? [])

/** 201 calls 202; who rings after that. */
async function called(box: Box): Promise<readonly string[]> {
  box.phone('201').dials('202')
  await box.settles()
  return ringing(box)
}

test('a busy extension, one that declines, one that nobody answers and one without a phone forward each its own way', async t => {
  const box = await plant(t)
  await rule(box, { busy: to(box, '203'), noAnswer: to(box, '204'), ringSeconds: 10 })
  box.phone('202').manner = 'busy'
  t.deepEqual(await called(box), ['203'])
  box.phone('201').hangsUp()
  box.phone('202').manner = 'declines'
  t.deepEqual(await called(box), ['203'])
  box.phone('201').hangsUp()
  box.phone('202').manner = 'rings'
  t.deepEqual(await called(box), ['202'])
  await box.passes('10s')
  t.deepEqual(ringing(box), ['204'])
  box.phone('204').answers()
  await box.settles()
  t.true(box.phone('201').hears('204'))
  box.phone('204').hangsUp()
  box.phone('202').unregisters()
  await box.settles()
  t.deepEqual(await called(box), [])
  t.is(box.phone('201').call?.status, 480)
})

test('always means that no phone of the extension rings, and the record of the call says why', async t => {
  const box = await plant(t)
  await rule(box, { always: to(box, '203') })
  t.deepEqual(await called(box), ['203'])
  t.is(box.phone('202').legs.length, 0)
  t.deepEqual(notes(box), ['202: always'])
})

test('what a person switches comes before the rule, holds through a power cut, and can be taken back', async t => {
  const box = await plant(t)
  await rule(box, { always: to(box, '203') })
  const extension = to(box, '202').id
  const revision = box.store.revision
  await askRoute(box, 'forwarding/switch', { extension, when: 'always', to: '204' })
  t.deepEqual(await called(box), ['204'])
  box.phone('201').hangsUp()
  await box.passes('1s')
  await askRoute(box, 'forwarding/switch', { extension, when: 'always' })
  await box.restarts({ lost: 'power' })
  for (const number of NUMBERS) box.phone(number).registers()
  t.deepEqual(await called(box), ['202'])
  box.phone('201').hangsUp()
  await box.passes('1s')
  await askRoute(box, 'forwarding/switch', { extension, when: 'always', asRule: true })
  t.deepEqual(await called(box), ['203'])
  t.is(box.store.revision, revision, 'no change of the document, no undo step')
  const { history } = await askRoute<{ history: SwitchRecord[] }>(box, 'forwarding/history')
  t.deepEqual(
    history.map(one => one.to_),
    ['', null, '204'],
  )
})

test('people switch their own extension only; to a number that exists and is not their own', async t => {
  const box = await plant(t, { grantsOf: () => [{ permissions: ['forwarding.switch'], scope: 'everything' }] })
  const ann = { by: 'user', id: 'usr_ann', name: 'Ann' } as const
  const extension = to(box, '202').id
  const switching = (more: object) => askRoute(box, 'forwarding/switch', { extension, when: 'busy', ...more }, ann)
  await t.throwsAsync(switching({ to: '203' }), { message: /not your extension/ })
  const console = (more: object) => askRoute(box, 'forwarding/switch', { extension, when: 'busy', ...more })
  await t.throwsAsync(console({ to: '999' }), { message: /nobody has this number/ })
  await t.throwsAsync(console({ to: '202' }), { message: /the extension itself/ })
})

test('a forward to a number that nobody has any more is a problem, and the phones ring', async t => {
  const box = await plant(t)
  const extension = to(box, '202').id
  await askRoute(box, 'forwarding/switch', { extension, when: 'always', to: '204' })
  await box.remove('line', box.lineOf('204'))
  await box.remove('extension', to(box, '204').id)
  t.true(box.host.problems().some(problem => problem.code.startsWith('forwarding.nowhere:')))
  t.deepEqual(await called(box), ['202'])
})

test('two who forward to one another: each forwards once, then the phone rings', async t => {
  const box = await plant(t)
  const [second, third] = [to(box, '202').id, to(box, '203').id]
  await askRoute(box, 'forwarding/switch', { extension: second, when: 'always', to: '203' })
  await askRoute(box, 'forwarding/switch', { extension: third, when: 'always', to: '202' })
  t.deepEqual(await called(box), ['202'])
})

test('a forward in circles through a group ends by the limit of hops, and is not followed for ever', async t => {
  const box = await plant(t)
  const group = { name: 'Circle', number: '600', members: [], unregistered: to(box, '202') }
  const id = await box.put('ring-group', group)
  await rule(box, { always: { kind: 'ring-group', id } })
  const call = box.phone('201').dials('202')
  await box.settles()
  t.is(call.status, 483)
})

const STORIES: readonly Story[] = [
  {
    title: 'a call that is forwarded from a busy phone and answered',
    box: { extensions: NUMBERS, document: async box => void (await rule(box, { busy: to(box, '203') })) },
    steps: [
      box => {
        box.phone('202').manner = 'busy'
      },
      box => void box.phone('201').dials('202'),
      box => box.phone('203').answers(),
      box => box.passes('5s'),
      box => box.phone('203').hangsUp(),
      box => box.phone('201').hangsUp(),
    ],
  },
]

for (const story of STORIES)
  test.sweep(`nothing is left of ${story.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, story))
