// Calls on their way: phases, destinations, legs that change owner, mixes, bookmarks.
import type { ExecutionContext } from 'ava'
import { extensions } from '../../features/phones/extensions/feature.ts'
import { PHONE_FEATURES } from '../../testkit/phone-features.ts'
import { type Box, type ScenarioOptions, scenario } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'
import { kind, ringFor, trial } from '../../testkit/trial.ts'
import { LegMoved } from '../errors.ts'
import type { Context } from '../feature.ts'
import type { Bookmark, Leg } from './call.types.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions): Promise<Box> {
  const box = await scenario({ features: PHONE_FEATURES, extensions: ['201', '202', '203'], ...o })
  t.teardown(() => box.ends())
  return box
}

const causes = (box: Box) => box.facts('call.ended').map(fact => fact.cause)
test('destinations that send a call round in circles are left after twenty hops', async t => {
  let hops = 0
  const loop = kind(async () => {
    hops += 1
    return { goto: { kind: '*1', id: '' } }
  })
  const box = await plant(t, { plus: [trial(() => ({ codes: { '*1': loop } }))] })
  const call = box.phone('201').dials('*1')
  await box.settles()
  t.is(hops, 20)
  t.is(call.status, 483)
  t.deepEqual(causes(box), ['too-many-hops'])
})

test('a destination that throws ends its call as failed, shows a problem, and harms no other call', async t => {
  const broken = kind(async () => {
    throw new Error('broken')
  })
  const box = await plant(t, { plus: [trial(() => ({ codes: { '*1': broken } }))] })
  const call = box.phone('201').dials('*1')
  await box.settles()
  t.is(call.status, 500)
  t.true(box.host.problems().some(problem => problem.code === 'calls.destination-failed:*1'))
  box.phone('202').dials('203')
  await box.settles()
  t.true(box.phone('203').rings)
})

test('a caller who hangs up in a destination that never resolves is let go', async t => {
  const stuck = kind(() => new Promise(() => {}))
  const box = await plant(t, { plus: [trial(() => ({ codes: { '*1': stuck } }))] })
  box.phone('201').dials('*1')
  await box.settles()
  t.is(box.calls.length, 1)
  box.phone('201').hangsUp()
  await box.settles()
  t.is(box.calls.length, 0)
  t.deepEqual(causes(box), ['cancelled'])
})

test('the first refusal of admit ends the call, and its feature is noted', async t => {
  const strict = trial(() => ({ phases: { admit: () => 'forbidden' } }))
  const box = await plant(t, { plus: [strict] })
  const call = box.phone('201').dials('202')
  await box.settles()
  t.is(call.status, 403)
  t.deepEqual(box.facts('call.noted')[0]?.what, { refusedBy: 'trial' })
})

test('a feature that never answers admit is passed over after 300 ms, and shown', async t => {
  const dawdling = trial(() => ({ phases: { admit: () => new Promise(() => {}) } }))
  const box = await plant(t, { plus: [dawdling] })
  box.phone('201').dials('202')
  await box.passes('299ms')
  t.false(box.phone('202').rings)
  await box.passes('1ms')
  t.true(box.phone('202').rings)
  t.true(box.host.problems().some(problem => problem.code === 'calls.passed-over:trial.admit'))
})

test('features that throw in identify, route and connecting are passed over', async t => {
  const fail = () => {
    throw new Error('broken')
  }
  const phases = { identify: fail, connecting: fail, route: { slot: 'outbound' as const, find: fail } }
  const box = await plant(t, { plus: [trial(() => ({ phases }))] })
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  t.true(box.phone('201').hears('202'))
  const unknown = box.phone('203').dials('5550100')
  await box.settles()
  t.is(unknown.status, 404)
})

test('a code is played to, typed at, and answered by digits with a terminator', async t => {
  const typed: string[] = []
  const menu = kind(async caller => {
    await caller.play('welcome')
    typed.push(await caller.digits({ count: 6, patienceSeconds: 5, terminator: '#' }))
    typed.push(await caller.digits({ count: 2, patienceSeconds: 5 }))
    return { end: 'answered' }
  })
  const box = await plant(t, { plus: [trial(() => ({ codes: { '*1': menu } }))] })
  const phone = box.phone('201')
  phone.dials('*1')
  await box.settles()
  t.true(phone.hears('welcome'))
  phone.presses('12')
  await box.passes('1s')
  t.false(phone.hears('welcome'))
  phone.presses('34#')
  await box.passes('4s')
  t.deepEqual(typed, ['1234'])
  phone.presses('9')
  await box.passes('5s')
  t.deepEqual(typed, ['1234', '9'])
  t.deepEqual(causes(box), ['answered'])
})

test('a leg that is moved leaves its old call at once: its awaits reject, and the old call ends without touching it', async t => {
  const waiting: Leg[] = []
  const rejected: unknown[] = []
  const park = kind(async caller => {
    waiting.push(caller)
    await caller.play({ sounds: ['music'], repeats: 0, gapMilliseconds: 0 }).catch(error => {
      rejected.push(error)
      throw error
    })
    return { end: 'answered' }
  })
  const pick = (ctx: Context) =>
    kind(async caller => {
      const [leg] = waiting
      if (!leg) return { end: 'not-found' }
      const moved = leg.moveTo(caller.call)
      const bridge = await ctx.calls.find(caller.id)?.call.connect(caller, moved)
      return { end: (await bridge?.ended) ?? 'failed' }
    })
  const box = await plant(t, { plus: [trial(ctx => ({ codes: { '*1': park, '*2': pick(ctx) } }))] })
  box.phone('201').dials('*1')
  await box.settles()
  t.true(box.phone('201').hears('music'))
  box.phone('202').dials('*2')
  await box.settles()
  t.true(rejected[0] instanceof LegMoved)
  t.deepEqual(causes(box), ['moved'])
  t.true(box.phone('201').hears('202'))
  t.is(box.phone('201').call?.state, 'talking')
  await t.throwsAsync(waiting[0]?.play('welcome') ?? Promise.resolve(), { instanceOf: LegMoved })
  box.phone('201').hangsUp()
  await box.settles()
  t.is(box.phone('202').call?.state, 'over')
  t.is(box.calls.length, 0)
})

test('a transferred leg is taken over into a call of the same correlation and follows its new destination', async t => {
  const box = await plant(t, {})
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  const [call] = box.calls
  const caller = call?.legs.find(leg => leg.party.number === '201')
  if (!caller) return t.fail('the caller has no leg')
  const to = { kind: 'extension', id: box.extensionOf('203') }
  const over = box.host.calls.takeOver([caller], 'transfer', async () => ({ goto: to }))
  await box.settles()
  t.is(box.phone('202').call?.state, 'over')
  t.true(box.phone('203').rings)
  t.true(box.phone('201').hears('tone'))
  box.phone('203').answers()
  await box.settles()
  t.true(box.phone('201').hears('203'))
  t.is(box.calls[0]?.correlation, call?.correlation)
  box.phone('203').hangsUp()
  t.is(await over, 'answered')
})

test('three legs in a mix hear one another; it goes on with two and ends with one', async t => {
  const ends: string[] = []
  const three = (ctx: Context) =>
    kind(async caller => {
      await caller.answer()
      const [one, other] = await Promise.all([ringFor(ctx, caller, '202'), ringFor(ctx, caller, '203')])
      if ('cause' in one || 'cause' in other) return { end: 'failed' }
      const mix = await caller.call.mix([caller, one, other])
      ends.push(await mix.ended)
      return { end: 'answered' }
    })
  const box = await plant(t, { plus: [trial(ctx => ({ codes: { '*1': three(ctx) } }))] })
  box.phone('201').dials('*1')
  await box.settles()
  box.phone('202').answers()
  box.phone('203').answers()
  await box.settles()
  t.true(['202', '203'].every(name => box.phone('201').hears(name)))
  t.true(['201', '203'].every(name => box.phone('202').hears(name)))
  box.phone('203').hangsUp()
  await box.settles()
  t.true(box.phone('201').hears('202'))
  box.phone('202').hangsUp()
  await box.settles()
  t.deepEqual(ends, ['answered'])
  t.is(box.sip.dump().mixes, 0)
})

test('a destination is entered again after a crash, with the bookmark it left', async t => {
  const entered: (Bookmark | undefined)[] = []
  const queue = kind(async (caller, _id, bookmark) => {
    entered.push(bookmark)
    await caller.answer()
    caller.call.mark('waiting', { place: 3 })
    await caller.play({ sounds: ['music'], repeats: 0, gapMilliseconds: 0 })
    return { end: 'answered' }
  })
  const box = await plant(t, { plus: [trial(() => ({ codes: { '*1': queue } }))] })
  const phone = box.phone('201')
  phone.dials('*1')
  await box.settles()
  const since = box.clock.now()
  await box.passes('30s')
  await box.restarts()
  t.is(entered[0], undefined)
  t.like(entered[1], { step: 'waiting', data: { place: 3 }, since, destination: { kind: '*1' } })
  t.true(phone.hears('music'))
  phone.hangsUp()
  await box.settles()
  t.is(box.calls.length, 0)
})

test('what follows a bridge is done after a crash too', async t => {
  const heard: string[] = []
  const survey = kind(async caller => {
    heard.push(caller.party.number)
    await caller.play('how was it')
    return { end: 'answered' }
  })
  const first = (ctx: Context) =>
    kind(async caller => {
      const callee = await ringFor(ctx, caller, '202')
      if ('cause' in callee) return { end: callee.cause }
      const afterwards = { goto: { kind: '*2', id: '' } }
      await (await caller.call.connect(caller, callee, { afterwards })).ended
      return afterwards
    })
  const box = await plant(t, { plus: [trial(ctx => ({ codes: { '*1': first(ctx), '*2': survey } }))] })
  box.phone('201').dials('*1')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  await box.restarts()
  box.phone('202').hangsUp()
  await box.settles()
  t.deepEqual(heard, ['201'])
  t.true(box.phone('201').hears('how was it'))
  await box.passes('1s')
  t.is(box.phone('201').call?.state, 'over')
})

test('a call that the box places rings, is served and ends; when nobody answers the cause says so', async t => {
  const box = await plant(t, {})
  const targets = box.use(extensions).targets(box.extensionOf('202'))
  const from = { number: '900', name: 'Alarm', trust: 'line' as const }
  const order = { to: targets, from, patienceSeconds: 10, why: 'wake-up' }
  const served = box.host.calls.place(order, async leg => {
    await leg.play('wake up')
    return 'answered'
  })
  await box.settles()
  t.is(box.phone('202').call?.from, '900')
  box.phone('202').answers()
  await box.settles()
  t.true(box.phone('202').hears('wake up'))
  await box.passes('1s')
  t.is(await served, 'answered')
  const unheard = box.host.calls.place(order, async () => 'answered')
  await box.passes('10s')
  t.is(await unheard, 'no-answer')
})

test('a text reaches a phone’s screen, and a silent phone is given up', async t => {
  const box = await plant(t, {})
  const binding = box.phone('202').binding(box.clock.now())
  t.is(await box.host.calls.message(binding, 'Fire in hall 3', 'emergency'), 200)
  t.deepEqual(box.phone('202').texts, ['Fire in hall 3'])
  box.phone('202').manner = 'silent'
  const late = box.host.calls.message(binding, 'Again', 'new')
  await box.passes('8s')
  t.is(await late, 408)
})
