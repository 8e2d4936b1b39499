// Lamps through the life of calls, restarts and faults.
import type { ExecutionContext } from 'ava'
import type { Watching } from '../../../testkit/fake-watchers.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import { emergencyPlanKind } from '../../safety/emergency-calls/feature.ts'

const NUMBERS = ['201', '202', '203']

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ extensions: NUMBERS })
  t.teardown(() => box.ends())
  return box
}

async function lampOf(box: Box, watcher: string, target: string, o: { package?: string; accept?: string[] } = {}) {
  const lamp = box.phone(watcher).watches(target, o)
  await box.settles()
  return lamp
}

/** States in the latest text, in order. */
const shown = (lamp: Watching) => [...(lamp.told.at(-1) ?? '').matchAll(/<state>(\w+)<\/state>/g)].map(one => one[1])
const numbered = (lamp: Watching) => lamp.told.map(body => Number(/ version="(\d+)"/.exec(body)?.[1]))
/** What a phone writes into Replaces to take the call that its lamp shows. */
const taking = (lamp: Watching) => /call-id="([^"]+)"/.exec(lamp.told.at(-1) ?? '')?.[1]

test('a lamp goes through a call: idle, ringing, talking, idle, each told once and numbered', async t => {
  const box = await plant(t)
  const lamp = await lampOf(box, '203', '202')
  t.is(lamp.state, 'active')
  t.deepEqual(shown(lamp), ['terminated'])
  const caller = await lampOf(box, '203', '201')
  box.phone('201').dials('202')
  await box.settles()
  t.deepEqual(shown(lamp), ['early'])
  t.deepEqual(shown(caller), ['early'])
  t.regex(lamp.told.at(-1) ?? '', /entity="sip:202@box"/)
  t.regex(lamp.told.at(-1) ?? '', /direction="recipient"/)
  t.regex(lamp.told.at(-1) ?? '', /<remote><identity display="Post 201">sip:201@box<\/identity>/)
  t.regex(caller.told.at(-1) ?? '', /direction="initiator"/)
  t.is(taking(caller), undefined, 'nobody takes the call of the one who calls')
  box.phone('202').answers()
  await box.settles()
  t.deepEqual(shown(lamp), ['confirmed'])
  t.is(taking(lamp), undefined, 'a conversation is not taken by a lamp')
  box.phone('202').holds()
  await box.settles()
  t.regex(lamp.told.at(-1) ?? '', /sip.rendering/)
  box.phone('201').hangsUp()
  await box.settles()
  t.deepEqual(shown(lamp), ['terminated'])
  t.deepEqual(
    numbered(lamp),
    lamp.told.map((_, at) => at + 1),
  )
})

test('a phone that does not ring yet is trying', async t => {
  const box = await plant(t)
  box.phone('202').manner = 'silent'
  const lamp = await lampOf(box, '203', '202')
  box.phone('201').dials('202')
  await box.settles()
  t.deepEqual(shown(lamp), ['trying'])
})

test('an extension with two phones shows both, and who answers', async t => {
  const box = await plant(t)
  const device = await box.put('device', { name: 'Second phone' })
  const value = { authName: '202b', device, extension: box.extensionOf('202'), secret: 'secret-of-202b-x' }
  const line = await box.put('line', value)
  const second = box.sip.phone({ name: '202b', line })
  second.registers()
  const lamp = await lampOf(box, '203', '202')
  box.phone('201').dials('202')
  await box.settles()
  t.deepEqual(shown(lamp), ['early', 'early'])
  second.answers()
  await box.settles()
  t.deepEqual(shown(lamp), ['confirmed'])
})

test('what rings on a watched phone is taken from the lamp; once it is answered it is not', async t => {
  const box = await plant(t)
  const lamp = await lampOf(box, '203', '202')
  box.phone('201').dials('202')
  await box.settles()
  box.phone('203').dials('202', { replaces: taking(lamp) ?? 'none' })
  await box.settles()
  t.true(box.phone('203').hears('201'))
  t.false(box.phone('202').rings)
  t.deepEqual(shown(lamp), ['terminated'])
})

test('a lamp outlives a restart in the middle of a call, with higher numbers', async t => {
  const box = await plant(t)
  const lamp = await lampOf(box, '203', '202')
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  const [before, highest] = [lamp.told.length, numbered(lamp).at(-1) ?? 0]
  await box.restarts()
  t.deepEqual(shown(lamp), ['confirmed'])
  t.true(lamp.told.length > before)
  t.true((numbered(lamp).at(-1) ?? 0) > highest)
  await box.restarts()
  await box.restarts({ lost: 'power' })
  t.deepEqual(shown(lamp), ['terminated'])
  t.deepEqual(
    numbered(lamp),
    [...numbered(lamp)].sort((a, b) => a - b),
  )
  t.is(new Set(numbered(lamp)).size, lamp.told.length)
})

test('the lamp of a guard who rings for help is the same after a restart', async t => {
  const box = await scenario({
    extensions: ['202', '203', '500'],
    document: async one => {
      await one.put('site', { name: 'Flint', country: 'US' })
      await one.put(emergencyPlanKind.kind, { name: 'Gate', answeringPoints: [(one as Box).extensionOf('500')] })
    },
  })
  t.teardown(() => box.ends())
  const lamp = await lampOf(box, '203', '500')
  box.phone('202').dials('911')
  await box.settles()
  t.deepEqual(shown(lamp), ['early'])
  await box.restarts()
  t.deepEqual(shown(lamp), ['early'])
  box.phone('500').answers()
  await box.settles()
  t.deepEqual(shown(lamp), ['confirmed'])
})

test('presence: not registered, ready, busy, on the phone; old softphones get the old form', async t => {
  const box = await plant(t)
  const present = await lampOf(box, '203', '202', { package: 'presence' })
  const old = await lampOf(box, '203', '202', { package: 'presence', accept: ['application/cpim-pidf+xml'] })
  const basic = () => /<basic>(\w+)<\/basic>.*<note>([^<]+)<\/note>/.exec(present.told.at(-1) ?? '')?.slice(1)
  t.deepEqual(basic(), ['open', 'Ready'])
  t.regex(old.told.at(-1) ?? '', /urn:ietf:params:xml:ns:cpim-pidf/)
  box.phone('201').dials('202')
  await box.settles()
  t.deepEqual(basic(), ['open', 'Busy'])
  box.phone('202').answers()
  await box.settles()
  t.deepEqual(basic(), ['open', 'On the phone'])
  box.phone('202').hangsUp()
  box.phone('202').unregisters()
  await box.settles()
  t.deepEqual(basic(), ['closed', 'Not online'])
})

test('lamps that are switched off go out, and may be asked for again afterwards; a box that stops leaves them lit', async t => {
  const box = await plant(t)
  const lamp = await lampOf(box, '203', '202')
  await box.configure('optional-features', { off: ['lamps'] })
  await box.passes('2s')
  t.is(lamp.state, 'over')
  t.is((await lampOf(box, '203', '202')).status, 489)
  await box.configure('optional-features', { off: [] })
  const again = await lampOf(box, '203', '202')
  t.is(again.state, 'active')
  await box.host.stop()
  await box.passes('2s')
  t.is(again.state, 'active')
  await box.restarts()
  t.deepEqual(shown(again), ['terminated'])
})

const story: Story = {
  title: 'a call that is watched and taken from a lamp',
  box: { extensions: NUMBERS },
  steps: [
    box => void box.phone('203').watches('202'),
    box => void box.phone('201').dials('202'),
    box => box.passes('5s'),
    box => box.phone('202').answers(),
    box => box.phone('201').hangsUp(),
    box => box.phone('202').hangsUp(),
  ],
}
test.sweep('a watched call ends well, whatever fails, is swallowed, or dies', t => sweepAll(t, story))
