// Safe mode leaves the plant: with the feature of emergency calls dead or failing, 911 still goes out by the trunks of last time.
import type { ExecutionContext } from 'ava'
import type { InviteOptions } from '../../../kernel/call/sip-port.ts'
import type { AnyFeature } from '../../../kernel/order.ts'
import { breakable } from '../../../testkit/breakable.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { features } from '../../index.ts'
import { emergencyCalls } from '../../safety/emergency-calls/feature.ts'
import { type Trunk, trunkKind, trunks } from '../trunks/feature.ts'

interface Lines {
  readonly near?: Partial<Trunk>
}

const EXTENSIONS = ['201', '500']

/** Post 201 calls at Flint, guard 500 answers; a trunk leaves at Flint, another at Lansing, first by priority. `which` can be broken. */
async function plant(t: ExecutionContext, which: AnyFeature, o: Lines = {}) {
  const { features: all, broken } = breakable(features, which)
  const box = await scenario({
    extensions: EXTENSIONS,
    features: all,
    document: async box => {
      const flint = await box.put('site', { name: 'Flint', country: 'US' })
      const lansing = await box.put('site', { name: 'Lansing', country: 'US' })
      const prefixes = ['10.0.0.0/8', '192.168.0.0/16', '192.0.2.0/24']
      await box.put('network', { name: 'Phones', prefixes, site: flint, emergencyWithoutPassword: true })
      const guard = box.store.owner('500')?.id
      await box.put('emergency-plan', { name: 'Flint', sites: [flint], answeringPoints: [guard] })
      await box.put(trunkKind.kind, { name: 'Far', host: '10.0.0.12', site: lansing, callerNumber: '+15175550100' })
      const near = { name: 'Near', host: '10.0.0.13', site: flint, priority: 20, callerNumber: '+18105550100' }
      await box.put(trunkKind.kind, { ...near, ...o.near })
    },
  })
  t.teardown(() => box.ends())
  const [far, near] = [box.stranger('far'), box.stranger('near')]
  await box.passes('6s')
  return { box, far, near, guard: box.phone('500'), broken }
}

const outOfOrder = () => {
  throw new Error('out of order')
}

const invites = (box: Box) =>
  box.sip.commands.filter(({ name }) => name === 'invite').map(({ args }) => args[0] as InviteOptions)

test('while the feature of emergency calls cannot start, 911 leaves by the trunk of the caller’s site, with its number to call back', async t => {
  const { box, near, far, guard, broken } = await plant(t, emergencyCalls, { near: { helpNumber: '+18105550911' } })
  Object.assign(broken, { start: outOfOrder })
  box.sip.setEmergency({ numbers: [], networks: [] })
  await box.restarts({ lost: 'power' })
  t.deepEqual(box.host.safeMode, ['emergency-calls'])
  box.phone('201').dials('911')
  await box.settles()
  t.true(near.rings)
  t.false(far.rings)
  t.false(guard.rings)
  t.is(near.call?.from, '+18105550911')
  t.like(invites(box).at(-1), { lane: 'emergency', target: { uri: 'sip:911@10.0.0.13' } })
  near.answers()
  await box.settles()
  t.true(box.phone('201').hears('near'))
})

test('in safe mode a trunk that does not take the call is left for any other, and then the guard is rung, and again', async t => {
  const { box, near, far, guard, broken } = await plant(t, emergencyCalls)
  Object.assign(broken, { start: outOfOrder })
  await box.restarts({ lost: 'power' })
  near.manner = 'busy'
  box.phone('201').dials('9911')
  await box.settles()
  t.true(far.rings)
  t.like(invites(box).at(-1), { target: { uri: 'sip:911@10.0.0.12' } })
  far.isBusy()
  await box.settles()
  t.true(guard.rings)
  guard.answers()
  await box.settles()
  t.true(box.phone('201').hears('500'))
})

test('in safe mode lines that are silent keep the guard’s phone waiting for four seconds', async t => {
  const { box, near, far, guard, broken } = await plant(t, emergencyCalls)
  Object.assign(broken, { start: outOfOrder })
  await box.restarts({ lost: 'power' })
  near.manner = 'silent'
  far.manner = 'silent'
  box.phone('201').dials('911')
  await box.passes('4s')
  t.true(guard.rings)
})

test('a feature of emergency calls that fails at each call is passed by: 911 leaves by the trunks of last time', async t => {
  const { box, near, broken } = await plant(t, emergencyCalls)
  const { start } = broken
  Object.assign(broken, {
    start: async (ctx: never) => {
      const parts = await start(ctx)
      const emergency = { title: 'Emergency', run: outOfOrder, choices: () => [] }
      return { ...parts, destinations: { emergency } }
    },
  })
  await box.restarts({ lost: 'power' })
  t.deepEqual(box.host.safeMode, [])
  box.phone('201').dials('911')
  await box.passes('1s')
  t.true(near.rings)
  near.answers()
  await box.settles()
  t.true(box.phone('201').hears('near'))
})

test('while the feature of trunks cannot start, calls for help leave by the trunks of last time, and are told of', async t => {
  const { box, near, far, guard, broken } = await plant(t, trunks)
  Object.assign(broken, { start: outOfOrder })
  await box.restarts({ lost: 'power' })
  t.deepEqual(box.host.safeMode, [])
  t.true(box.host.problems().some(({ code }) => code === 'host.not-started:trunks'))
  box.phone('201').dials('911')
  await box.settles()
  t.true(near.rings)
  t.is(box.facts('emergency-call.began').length, 1)
  near.isBusy()
  await box.settles()
  t.true(far.rings)
  far.isBusy()
  await box.settles()
  t.true(guard.rings)
})

test('the password of a trunk is not among what is remembered, and is sent all the same', async t => {
  const { box, broken } = await plant(t, emergencyCalls)
  const near = box.store.all(trunkKind).find(({ name }) => name === 'Near')
  if (near === undefined) return t.fail('no trunk')
  const { id, rev: _, ...value } = near
  await box.put(trunkKind.kind, { ...value, username: 'plant', secret: 'pepper-and-salt' }, id)
  await box.passes('6s')
  const kept = JSON.stringify([
    ...box.live.collection('kernel.last-resort', { keep: 'power' }).all().values(),
    ...box.live.collection('emergency-calls.outside', { keep: 'power' }).all().values(),
  ])
  t.true(kept.includes('plant'))
  t.false(kept.includes('pepper-and-salt'))
  Object.assign(broken, { start: outOfOrder })
  await box.restarts({ lost: 'power' })
  box.phone('201').dials('911')
  await box.settles()
  t.like(invites(box).at(-1), { credentials: { username: 'plant', secret: 'pepper-and-salt' } })
})
