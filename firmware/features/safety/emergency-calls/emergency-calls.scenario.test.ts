// Whoever dials for help is connected, whatever else is wrong; and everybody who must know is told beside it.
import type { ExecutionContext } from 'ava'
import { feature } from '../../../kernel/feature.ts'
import { describe } from '../../../platform/http/describe.ts'
import { askRoute } from '../../../testkit/ask-route.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepFaults, sweepHangs, sweepRestarts } from '../../../testkit/sweeps.ts'
import { deviceKind } from '../../phones/devices/feature.ts'
import { siteKind } from '../../places/sites/feature.ts'
import { type EmergencyCall, emergencyPlanKind } from './feature.ts'

/** A post that calls, a guard who answers, another post, and a plan that names guard and screens. */
const PLANT: ScenarioOptions = {
  extensions: ['201', '202', '500'],
  document: async box => {
    const site = await box.put('site', { name: 'Flint', houseNumber: '100', street: 'Assembly Way', city: 'Flint' })
    const hall = await box.put('location', { name: 'Hall 3', site })
    await box.put('network', {
      name: 'Phones',
      prefixes: ['10.0.0.0/8', '192.168.0.0/16', '127.0.0.0/8', '192.0.2.0/24'],
      site,
      location: hall,
      emergencyWithoutPassword: true,
    })
    const guard = box.store.owner('500')?.id
    const [screen] = box.store.all({ kind: 'device' } as never) as readonly { id: string }[]
    await box.put(emergencyPlanKind.kind, {
      name: 'Site',
      sites: [site],
      answeringPoints: [guard],
      screens: [screen?.id],
    })
  },
}

async function plant(t: ExecutionContext, o: Partial<ScenarioOptions> = {}): Promise<Box> {
  const box = await scenario({ ...PLANT, ...o })
  t.teardown(() => box.ends())
  return box
}

const connected = async (
  t: ExecutionContext,
  box: Box,
  caller: { dials(number: string): unknown; hears(name: string): boolean },
) => {
  caller.dials('911')
  await box.settles()
  t.true(box.phone('500').rings, 'the guard’s phone rings')
  t.false(box.phone('202').rings, 'nobody else’s does')
  box.phone('500').answers()
  await box.settles()
  t.true(caller.hears('500'))
}

test('911 rings the answering point, which sees that it is an emergency, and talks to the caller', async t => {
  const box = await plant(t)
  await connected(t, box, box.phone('202'))
  t.true(box.phone('500').call?.headers.some(({ name, value }) => name === 'Priority' && value === 'emergency'))
})

test('screens show caller, number and place at once, and the record says what was conveyed', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  t.deepEqual(box.phone('201').texts, ['EMERGENCY 911: Post 202 202, Hall 3, 100 Assembly Way, Flint. Call back 202'])
  const [began] = box.facts('emergency-call.began')
  t.like(began, { place: 'Hall 3', address: '100 Assembly Way, Flint', callBack: '202', source: 'location' })
  box.phone('500').answers()
  await box.settles()
  box.phone('202').hangsUp()
  await box.settles()
  const history = await route(box, 'emergency-calls/history')
  t.like(history.calls[0], { dialled: '911', place: 'Hall 3', answered_by: 'Post 500 500' })
  t.is(history.calls[0]?.notices[0]?.result, 'shown')
  t.deepEqual((await route(box, 'emergency-calls/live')).calls, [])
})

test('a station that never registered is connected, with the place of its network', async t => {
  const box = await plant(t)
  await connected(t, box, box.stranger('lobby'))
  t.like(box.facts('emergency-call.began')[0], { place: 'Hall 3' })
})

test('while no answering point has a phone, every phone of the site rings, but not the caller’s own', async t => {
  const box = await plant(t)
  box.phone('500').unregisters()
  await box.settles()
  box.phone('202').dials('911')
  await box.settles()
  t.true(box.phone('201').rings)
  t.false(box.phone('202').rings)
  t.true(box.host.problems().some(problem => problem.code === 'emergency-calls.no-phone'))
})

test('nobody answers: the box goes on ringing until somebody does', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.passes('5m')
  t.true(box.phone('500').rings)
  box.phone('500').answers()
  await box.settles()
  t.true(box.phone('202').hears('500'))
})

test('an answering point that is busy now is rung again', async t => {
  const box = await plant(t)
  box.phone('500').manner = 'busy'
  box.phone('202').dials('911')
  await box.passes('3s')
  t.is(box.phone('202').call?.state, 'ringing')
  box.phone('500').manner = 'rings'
  await box.passes('2s')
  t.true(box.phone('500').rings)
})

test('the test number is answered by the box itself, which says the place and tells nobody', async t => {
  const box = await plant(t)
  box.phone('202').dials('933')
  await box.settles()
  t.is(box.phone('202').call?.state, 'talking')
  t.true(box.spoken.includes('This is the emergency test. Your place is: Hall 3.'))
  t.deepEqual(box.facts('emergency-call.began'), [])
  t.false(box.phone('500').rings)
})

test('the test number says the number, digit by digit, after the place', async t => {
  const box = await plant(t)
  box.phone('202').dials('933')
  await box.settles()
  t.true(box.spoken.includes('Your number is:'))
  const [place, introduction, ...digits] = box.phone('202').heard
  t.is(new Set([place, introduction, ...digits]).size, 4, 'a place, an introduction, a two and a nought')
  t.is(digits.length, 3)
  t.is(digits[0], digits[2])
})

test('at a place that was named only just now the test number is answered all the same, and says so', async t => {
  const box = await plant(t)
  box.speaker = 'hangs'
  const device = box.store.all(deviceKind).find(({ id }) => id === box.deviceOf('202'))
  const location = await box.put('location', { name: 'New hall', site: box.store.all(siteKind)[0]?.id })
  if (device !== undefined) await box.put('device', { ...device, location }, device.id)
  box.phone('202').dials('933')
  await box.settles()
  t.is(box.phone('202').call?.state, 'talking')
  t.is(box.phone('202').heard.length, 5)
})

test('emergency numbers belong to nobody else', async t => {
  const box = await plant(t)
  await t.throwsAsync(box.put('extension', { number: '911', name: 'Prank' }))
})

const BROKEN = {
  throws: () => {
    throw new Error('out of order')
  },
  hangs: () => new Promise<never>(() => {}),
}

for (const [how, act] of Object.entries(BROKEN)) {
  test(`with every other feature on the way broken (${how}), 911 is connected all the same`, async t => {
    const observers = feature({
      name: 'broken',
      about: 'Everything that a feature may do on the way of a call, done badly.',
      start(ctx) {
        for (const fact of ['call.began', 'call.rang', 'call.answered', 'emergency-call.began'] as const)
          ctx.on(fact, act as () => void)
        return {
          phases: {
            admit: act,
            connecting: act,
            ...(how === 'throws' && {
              identify: act as () => never,
              route: { slot: 'code' as const, find: act as () => never },
            }),
          },
          actions: {},
        }
      },
    })
    const box = await plant(t, { plus: [observers] })
    box.records.hang()
    box.phone('202').dials('911')
    await box.settles()
    t.true(box.phone('500').rings)
    box.phone('500').answers()
    await box.settles()
    t.true(box.phone('202').hears('500'), 'audio waits for nobody who prepares a bridge')
    box.records.recover()
  })
}

test('the clock standing still, a 911 INVITE reaches its target', async t => {
  const box = await plant(t)
  box.records.hang()
  const before = box.clock.since()
  box.phone('202').dials('911')
  await box.settles()
  t.true(box.phone('500').rings)
  t.is(box.clock.since(), before)
  box.records.recover()
})

test('the supervisor dies in the middle of a call for help: the two go on talking, and the banner comes back', async t => {
  const box = await plant(t)
  await connected(t, box, box.phone('202'))
  await box.restarts()
  t.true(box.phone('202').hears('500'))
  t.is((await route(box, 'emergency-calls/live')).calls.length, 1)
  box.phone('202').hangsUp()
  await box.settles()
  t.deepEqual((await route(box, 'emergency-calls/live')).calls, [])
  t.is(box.phone('500').call?.state, 'over')
})

test('somebody takes care of a call for help: every screen and the record say who, and the first one counts', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  const [began] = box.facts('emergency-call.began')
  const care = (name: string) =>
    askRoute<EmergencyCall>(box, 'emergency-calls/acknowledge', { call: began?.call }, { by: 'user', id: name, name })
  t.is((await care('Sam')).acknowledged?.by, 'Sam')
  await care('Olga')
  const [live] = (await askRoute<{ calls: EmergencyCall[] }>(box, 'emergency-calls/live')).calls
  t.is(live?.acknowledged?.by, 'Sam')
  t.deepEqual(
    box.facts('emergency-call.acknowledged').map(fact => fact.by),
    ['Sam'],
  )
  t.true(box.phone('500').rings, 'the call itself goes on')
  box.phone('202').hangsUp()
  await box.settles()
  t.deepEqual((await route(box, 'emergency-calls/live')).calls, [])
  const [record] = (await route(box, 'emergency-calls/history')).calls
  t.like(record, { acknowledged_by: 'Sam', answered_by: null })
  await t.throwsAsync(care('Sam'), { code: 'emergency-calls.not-live' })
})

test('a call for help that ended before anybody answered stays in sight until somebody takes care', async t => {
  const box = await plant(t)
  box.phone('202').dials('911')
  await box.settles()
  box.phone('202').hangsUp()
  await box.settles()
  await box.restarts()
  const [left] = (await askRoute<{ calls: EmergencyCall[] }>(box, 'emergency-calls/live')).calls
  t.is(left?.callBack, '202')
  t.not(left?.endedAt, undefined)
  await askRoute(box, 'emergency-calls/acknowledge', { call: left?.call })
  t.deepEqual((await route(box, 'emergency-calls/live')).calls, [])
  t.like((await route(box, 'emergency-calls/history')).calls[0], { acknowledged_by: 'test' })
})

const HELP: Story = {
  title: 'a call for help',
  box: PLANT,
  steps: [
    box => void box.phone('202').dials('911'),
    box => box.phone('500').answers(),
    box => box.passes('10s'),
    box => box.phone('202').hangsUp(),
  ],
}

test.sweep('whatever command of the switch fails, a call for help leaves nothing behind', t => sweepFaults(t, HELP))
test.sweep('whatever command of the switch hangs, a call for help leaves nothing behind', t => sweepHangs(t, HELP))
test.sweep('wherever the supervisor dies, a call for help leaves nothing behind', t => sweepRestarts(t, HELP))

interface ShownCalls {
  readonly calls: readonly (Record<string, unknown> & { readonly notices: readonly { readonly result: string }[] })[]
}

async function route(box: Box, path: string): Promise<ShownCalls> {
  const found = describe(box.host)
    .features.flatMap(one => one.routes)
    .find(one => one.path === path)
  if (!found) throw new Error(`no route ${path}`)
  return (await found.run({} as never, { by: 'console', name: 'test' })) as ShownCalls
}
