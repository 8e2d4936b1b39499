// A phone that calls for help shows a number of its own outside, and whoever calls that number back reaches the very phone.
import type { ExecutionContext } from 'ava'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { trunkKind } from '../trunks/feature.ts'

const [ONE, TWO] = ['+18105550141', '+18105550142']

/** Posts 201 and 202 call at Flint, guard 500 answers; a trunk leaves at Flint, another at Lansing. */
async function plant(t: ExecutionContext, numbers: readonly string[] = [ONE, TWO]) {
  const box = await scenario({
    extensions: ['201', '202', '203', '500'],
    document: async box => {
      const flint = await box.put('site', { name: 'Flint', country: 'US' })
      const lansing = await box.put('site', { name: 'Lansing', country: 'US' })
      const prefixes = ['10.0.0.0/8', '192.168.0.0/16', '192.0.2.0/24']
      await box.put('network', { name: 'Phones', prefixes, site: flint, emergencyWithoutPassword: true })
      const guard = box.store.owner('500')?.id
      await box.put('emergency-plan', { name: 'Flint', sites: [flint], answeringPoints: [guard] })
      await box.put(trunkKind.kind, { name: 'Far', host: '10.0.0.14', site: lansing, callerNumber: '+15175550100' })
      await box.put(trunkKind.kind, { name: 'Near', host: '10.0.0.15', site: flint, callerNumber: '+18105550100' })
      await box.put('number-pool', { name: 'Flint', site: flint, numbers })
    },
  })
  t.teardown(() => box.ends())
  const [far, near] = [box.stranger('far'), box.stranger('near')]
  return { box, far, near, guard: box.phone('500') }
}

type Plant = Awaited<ReturnType<typeof plant>>

async function callsForHelp({ box, near }: Plant, post: string): Promise<string | undefined> {
  box.phone(post).dials('911')
  await box.settles()
  const shown = near.call?.from
  near.answers()
  await box.settles()
  near.hangsUp()
  await box.settles()
  return shown
}

const problemOf = (box: Box) =>
  box.host.problems().find(({ code }) => code.startsWith('emergency-call-backs.exhausted'))

test('each phone shows a number of its own, the same one again, and a call back from outside rings that phone and no other', async t => {
  const all = await plant(t)
  t.is(await callsForHelp(all, '201'), ONE)
  t.is(await callsForHelp(all, '202'), TWO)
  t.is(await callsForHelp(all, '201'), ONE)
  all.near.dials('8105550142')
  await all.box.settles()
  t.true(all.box.phone('202').rings)
  t.false(all.box.phone('201').rings)
  t.false(all.guard.rings)
  all.box.phone('202').answers()
  await all.box.settles()
  t.true(all.box.phone('202').hears('near'))
  t.is(problemOf(all.box), undefined)
})

test('a call back passes the forwards of the extension and asks the phone to ring through do-not-disturb', async t => {
  const all = await plant(t)
  const always = { kind: 'extension', id: all.box.extensionOf('203') }
  await all.box.put('forward-rule', { name: 'Away', extensions: [all.box.extensionOf('201')], always })
  await callsForHelp(all, '201')
  all.near.dials(ONE)
  await all.box.settles()
  t.true(all.box.phone('201').rings)
  t.false(all.box.phone('203').rings)
  t.true(all.box.phone('201').call?.headers.some(({ name, value }) => name === 'Priority' && value === 'emergency'))
})

test('a number is lent for thirty minutes; then calls to it go where they went before', async t => {
  const all = await plant(t)
  await callsForHelp(all, '201')
  await all.box.passes('31m')
  const call = all.near.dials(ONE)
  await all.box.settles()
  t.false(all.box.phone('201').rings)
  t.is(call.status, 404)
})

test('where all numbers are lent the oldest is taken, which is a problem that says from whom', async t => {
  const all = await plant(t)
  await callsForHelp(all, '201')
  await all.box.passes('1m')
  await callsForHelp(all, '202')
  t.is(await callsForHelp(all, '203'), ONE)
  t.regex(problemOf(all.box)?.text ?? '', /“Flint”.*\+18105550141 was taken from the phone of Post 201/)
  all.near.dials(ONE)
  await all.box.settles()
  t.true(all.box.phone('203').rings)
  t.false(all.box.phone('201').rings)
})

test('a call back whose phone is away reaches the guard', async t => {
  const all = await plant(t)
  await callsForHelp(all, '201')
  all.box.phone('201').unregisters()
  all.box.phone('201').manner = 'silent'
  all.near.dials(ONE)
  await all.box.passes('1m')
  t.true(all.guard.rings)
})

test('a trunk of another site shows its own number', async t => {
  const all = await plant(t)
  all.near.manner = 'busy'
  all.box.phone('201').dials('911')
  await all.box.settles()
  t.is(all.far.call?.from, '+15175550100')
})

test('a lent number survives a power cut', async t => {
  const all = await plant(t)
  await callsForHelp(all, '201')
  await all.box.passes('6s')
  await all.box.restarts({ lost: 'power' })
  for (const post of ['201', '500']) all.box.phone(post).registers()
  await all.box.settles()
  all.near.dials(ONE)
  await all.box.settles()
  t.true(all.box.phone('201').rings)
})
