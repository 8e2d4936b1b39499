// Buttons without a wire: web requests and calls that raise alarms, once each, kept before they are answered.
import type { ExecutionContext } from 'ava'
import type { HookRequest } from '../../../kernel/feature.ts'
import { ask, liveAlarms, planOf, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { deviceKind } from '../../phones/devices/feature.ts'
import { buttonKind } from './feature.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await startPlant()
  t.teardown(() => box.ends())
  return box
}

/** A button of the fresh box gives it place and plan. */
async function farButton(box: Box, value: object, plan = 'Medical'): Promise<string> {
  const [first] = box.store.all(buttonKind)
  if (first === undefined) throw new Error('a fresh box has buttons')
  const id = await box.put('button', { name: 'Crane', location: first.location, plan: planOf(box, plan).id, ...value })
  await box.settles()
  return id
}

/** A button that sends web requests, and its key. */
async function webButton(box: Box, more: object = {}): Promise<{ id: string; key: string }> {
  const id = await farButton(box, { web: 'webhook', ...more })
  const { key } = await ask<{ key: string }>(box, 'panic-buttons/key', { button: id })
  await box.settles()
  return { id, key }
}

/** What the door of buttons answers. */
async function sends(box: Box, rest: string, o: Partial<HookRequest> = {}): Promise<Record<string, unknown>> {
  const hook = box.host.running.get('panic-buttons')?.parts.hooks?.find(one => one.path === 'button')
  if (hook === undefined) throw new Error('no hook runs')
  const base: HookRequest = { method: 'POST', rest, query: {}, headers: {}, body: '' }
  return (await hook.run({ ...base, ...o })) as Record<string, unknown>
}
const mine = (box: Box): readonly string[] =>
  box.host.problems().flatMap(one => (/^panic-buttons\.(silent|refused|no-key|unreg)/.test(one.code) ? [one.text] : []))

test('a web request with the right key is a press: place, cause and steps as of any button, kept before it is answered', async t => {
  const box = await plant(t)
  const { id, key } = await webButton(box)
  box.live.hang()
  let answered = false
  const answer = sends(box, id, { query: { key } }).then(said => {
    answered = true
    return said
  })
  await box.settles()
  t.regex(theAlarm(box).cause, /Button “Crane”, Plant \/ Hall 1/)
  t.true(box.board.isOn('strobe-1'))
  t.false(answered, 'what is not durable is not answered')
  box.live.recover()
  await box.settles()
  t.like(await answer, { pressed: true, button: 'Crane', alarm: theAlarm(box).id, again: false })
  t.like(box.facts('button.pressed')[0], { button: id, input: 'web' })
  await box.passes('30s')
})

test('a request that comes again is the same press; another one joins; after the all-clear even the same is a new press', async t => {
  const box = await plant(t)
  const { id, key } = await webButton(box)
  const press = (idempotencyKey: string) =>
    sends(box, id, { headers: { authorization: `Bearer ${key}`, 'idempotency-key': idempotencyKey } })
  await press('one')
  t.like(await press('one'), { pressed: true, again: true })
  t.is(theAlarm(box).presses.length, 1)
  await press('two')
  t.is(theAlarm(box).presses.length, 2)
  const first = theAlarm(box).id
  await ask(box, 'alarms/clear', { alarm: first })
  await box.passes('1s')
  t.like(await press('two'), { pressed: true, again: false })
  t.not(theAlarm(box).id, first)
  await box.passes('30s')
})

test('who has the wrong key, no button or an unknown event is told why, raises nothing, and the button shows on Health', async t => {
  const box = await plant(t)
  const { id, key } = await webButton(box)
  await t.throwsAsync(sends(box, 'but_nobody', { query: { key } }), { code: 'panic-buttons.no-such-hook' })
  await t.throwsAsync(sends(box, id), { code: 'panic-buttons.wrong-key' })
  t.regex(mine(box)[0] ?? '', /“Crane” at Plant \/ Hall 1 was refused.*key is not right/)
  await t.throwsAsync(sends(box, id, { query: { key }, body: 'event=tea' }), { code: 'panic-buttons.unknown-event' })
  t.regex(mine(box)[0] ?? '', /an event that is not known/)
  t.deepEqual(liveAlarms(box), [])
  t.like(await sends(box, id, { query: { key, event: 'heartbeat' } }), { heard: true })
  t.deepEqual(mine(box), [])
  const second = await ask<{ key: string; path: string }>(box, 'panic-buttons/key', { button: id })
  t.is(second.path, `/api/hooks/button/${id}?key=${second.key}`)
  await t.throwsAsync(sends(box, id, { query: { key } }), { message: /not right/ }, 'the former key is void')
  t.like(await sends(box, id, { query: { key: second.key, event: 'heartbeat' } }), { heard: true })
  t.false(JSON.stringify(box.store.all(buttonKind)).includes(second.key))
})

test('a button that must report itself is a danger when it is silent, also after a restart, until it is heard', async t => {
  const box = await plant(t)
  const { id, key } = await webButton(box, { heardWithinMinutes: 2 })
  await sends(box, id, { query: { key, event: 'heartbeat' } })
  await box.passes('110s')
  t.deepEqual(mine(box), [])
  await box.restarts()
  await box.passes('1m')
  t.deepEqual(mine(box), [], 'it has its time again')
  await box.passes('70s')
  t.regex(mine(box)[0] ?? '', /“Crane” at Plant \/ Hall 1 has not reported itself for 2 minutes/)
  await sends(box, id, { query: { key, event: 'heartbeat' } })
  t.deepEqual(mine(box), [])
})

test('a press whose alarm a crash took away is raised again by the next process', async t => {
  const box = await plant(t)
  const { id } = await webButton(box)
  box.dies()
  const presses = box.live.collection('panic-buttons.press', { keep: 'power' })
  presses.set(`${id}:x`, { button: id, alarm: 'alm_lost', at: box.clock.now() })
  presses.set(`${id}:y`, { button: id, alarm: 'alm_old', at: box.clock.now() - 3_600_000 })
  await box.startsAgain()
  await box.passes('2s')
  t.is(theAlarm(box).presses.length, 1)
  await box.restarts()
  await box.passes('2s')
  t.is(theAlarm(box).presses.length, 1, 'and only once')
  await box.passes('30s')
})

test('a button without a key, or pressed by nothing at all, cannot be left unseen', async t => {
  const box = await plant(t)
  await farButton(box, { web: 'Algo' })
  t.regex(mine(box)[0] ?? '', /has no key/)
  await t.throwsAsync(farButton(box, { name: 'Nothing' }), { message: /nothing could press it/ })
  const phone = box.deviceOf('201')
  await t.throwsAsync(farButton(box, { name: 'Phone', device: phone }), { message: /is no button/ })
  await t.throwsAsync(farButton(box, { name: 'Odd', inputs: ['in-9'], heardWithinMinutes: 5 }), { message: /reports/ })
})

async function sipButton(box: Box, more: object = {}, plan = 'Medical'): Promise<string> {
  const device = box.store.get(deviceKind, box.deviceOf('202'))
  await box.put('device', { ...device, kind: 'button' }, box.deviceOf('202'))
  return farButton(box, { device: box.deviceOf('202'), ...more }, plan)
}

test('a call of a SIP button is a press at its INVITE, whatever it dials; it hears that help is called', async t => {
  const box = await plant(t)
  const id = await sipButton(box)
  await box.passes('1s')
  const call = box.phone('202').dials('999')
  await box.settles()
  t.is(theAlarm(box).presses.length, 1, 'raised once')
  t.like(box.facts('button.pressed')[0], { button: id, input: 'call' })
  t.is(call.state, 'talking')
  t.is(box.sip.dump().players, 1, 'it is spoken to')
  await box.passes('20s')
  t.is(box.facts('call.ended').at(-1)?.cause, 'answered')
  box.phone('202').unregisters()
  await box.settles()
  t.regex(mine(box)[0] ?? '', /SIP button “Crane” .* is not registered/)
  await box.passes('30s')
})

test('the call of a SIP button goes to who answers it; of a silent plan nothing is said', async t => {
  const box = await plant(t)
  const answering = { kind: 'extension', id: box.extensionOf('201') }
  const id = await sipButton(box, { answering })
  box.phone('202').dials('1')
  await box.settles()
  t.is(liveAlarms(box).length, 1)
  box.phone('201').answers()
  await box.settles()
  t.true(box.phone('202').hears('201'))
  box.phone('202').hangsUp()
  await box.passes('1s')
  await ask(box, 'alarms/clear', { alarm: theAlarm(box).id })
  const plan = planOf(box, 'Medical')
  const steps = plan.steps.filter(step => step.kind === 'notify')
  const silent = { silent: true, steps, escalation: [], allClear: [], escalationSeconds: 0 }
  await box.put('plan', { ...plan, ...silent }, plan.id)
  const button = box.store.get(buttonKind, id)
  const { answering: _, id: __, rev: ___, ...value } = { ...button, answering: undefined }
  await box.put('button', value, id)
  await box.passes('40s')
  box.phone('202').dials('1')
  await box.settles()
  t.is(liveAlarms(box).length, 1)
  t.deepEqual(box.sip.dump().players, 0)
  await box.passes('5s')
})
