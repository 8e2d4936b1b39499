// Alarms over the whole box: steps that fail, people who answer or do not, graver alarms, drills, restarts.
import type { ExecutionContext } from 'ava'
import { type Context, feature } from '../../../kernel/feature.ts'
import { Type } from '../../../kernel/schema.ts'
import { alarmsOf, ask, kari, liveAlarms, planOf, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box, ScenarioOptions } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await startPlant(o)
  t.teardown(() => box.ends())
  return box
}
const stepOf = (box: Box, kind: string) => {
  const step = theAlarm(box).steps.find(one => one.action.kind === kind)
  if (step === undefined) throw new Error(`the alarm has no step ${kind}`)
  return step
}

/** An action of the test: does what it is told, and counts. */
function siren(run: (attempt: number, signal: AbortSignal) => Promise<void>, o: { outside?: true } = {}) {
  const told = { times: 0 }
  const offered = feature<unknown, undefined>({
    name: 'siren',
    about: 'For this test.',
    start: (_ctx: Context) => ({
      actions: {
        siren: {
          title: 'Siren',
          params: Type.Object({}),
          ...o,
          run: (_params: object, _why: unknown, signal: AbortSignal) => {
            told.times += 1
            return run(told.times, signal)
          },
        },
      },
    }),
  })
  return { told, offered }
}
/** Gives a plan of the fresh box a step more. */
const withStep = async (box: Box, name: string, kind: string) => {
  const plan = planOf(box, name)
  await box.put('plan', { ...plan, steps: [...plan.steps, { kind, params: {} }] }, plan.id)
  await box.settles()
}

test('a step that fails is tried again with growing pauses, is shown, and holds no other', async t => {
  const { told, offered } = siren(async attempt => {
    if (attempt < 4) throw new Error('the siren is out of order')
  })
  const box = await plant(t, { plus: [offered] })
  await withStep(box, 'Evacuation', 'siren')
  await box.button('in-1').isPressed()
  t.is(stepOf(box, 'siren').state, 'failed')
  t.is(stepOf(box, 'strobe').state, 'done')
  t.is(stepOf(box, 'page').state, 'running')
  const problem = box.host.problems().find(one => one.code.startsWith('alarms.step-failing'))
  t.regex(problem?.text ?? '', /siren.*out of order/)
  await box.passes('250ms')
  t.is(told.times, 2)
  await box.passes('499ms')
  t.is(told.times, 2)
  await box.passes('1ms')
  t.is(told.times, 3)
  await box.passes('1s')
  t.is(stepOf(box, 'siren').state, 'done')
  t.false(box.host.problems().some(one => one.code.startsWith('alarms.step-failing')))
})

test('a step that never ends is stopped by the all-clear and keeps nothing else waiting', async t => {
  let stopped = false
  const { offered } = siren(
    (_attempt, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          stopped = true
        })
      }),
  )
  const box = await plant(t, { plus: [offered] })
  await withStep(box, 'Evacuation', 'siren')
  await box.button('in-1').isPressed()
  await box.passes('1m')
  const { id } = theAlarm(box)
  await ask(box, 'alarms/clear', { alarm: id })
  t.true(stopped)
  t.is(
    alarmsOf(box)
      .get(id)
      ?.steps.find(one => one.action.kind === 'siren')?.state,
    'stopped',
  )
  await box.passes('30s')
  t.is(
    alarmsOf(box)
      .get(id)
      ?.steps.find(one => one.part === 'all-clear')?.state,
    'done',
  )
})

test('an alarm that nobody acknowledges escalates once; an acknowledged one does not', async t => {
  const box = await plant(t)
  await box.button('in-4').isPressed()
  await box.passes('61s')
  t.is(box.facts('alarm.escalated').length, 1)
  t.true(
    theAlarm(box)
      .steps.filter(one => one.part === 'escalation')
      .every(one => one.state !== 'waiting'),
  )
  await box.passes('5m')
  t.is(box.facts('alarm.escalated').length, 1)
  await ask(box, 'alarms/clear', { alarm: theAlarm(box).id })
  await box.button('in-4').isPressed()
  await ask(box, 'alarms/acknowledge', { alarm: theAlarm(box).id })
  await box.passes('5m')
  t.is(box.facts('alarm.escalated').length, 1)
  t.is(theAlarm(box).acknowledged?.who.name, kari.name)
})

test('a graver alarm takes the air from a lesser one, as its plan says', async t => {
  const box = await plant(t)
  await box.button('in-4').isPressed()
  const medical = theAlarm(box).id
  await box.button('in-1').isPressed()
  t.is(alarmsOf(box).get(medical)?.state, 'superseded')
  t.is(theAlarm(box).plan.name, 'Evacuation')
  t.is(box.board.drivers('strobe-1').filter(hand => hand.owner === medical).length, 0)
  t.true(box.board.isOn('strobe-1'))
  await box.passes('1s')
  t.is(box.sip.pages.running().length, 1)
})

test('a lesser alarm beside a graver one lives on its own', async t => {
  const box = await plant(t)
  await box.button('in-1').isPressed()
  await box.button('in-4').isPressed()
  t.is(liveAlarms(box).length, 2)
  await box.passes('1s')
  t.is(box.facts('notice.shown').length, 2)
})

test('a drill says so wherever it is heard or shown, and does nothing outside', async t => {
  const { told, offered } = siren(async () => {}, { outside: true })
  const box = await plant(t, { plus: [offered] })
  await withStep(box, 'Medical', 'siren')
  const { alarm } = await ask<{ alarm: string }>(box, 'drills/start', {
    plan: planOf(box, 'Medical').id,
    note: 'night shift',
  })
  await box.settles()
  t.true(alarmsOf(box).get(alarm)?.drill)
  t.is(told.times, 0)
  t.is(stepOf(box, 'siren').state, 'stopped')
  t.regex(box.facts('notice.shown')[0]?.text ?? '', /^DRILL: /)
  t.true(box.facts('page.started')[0]?.drill)
  const source = box.host.calls.pages()[0]?.order.source
  const sounds = source?.kind === 'playlist' ? source.playlist.sounds : []
  t.is(sounds.length, 4)
  t.is(sounds[0], sounds[3], 'the words that mark a drill come first and last')
  await t.throwsAsync(async () => ask(box, 'drills/end', { alarm: 'alm_none' }), { message: /no drill/ })
  await ask(box, 'drills/end', { alarm })
  t.is(liveAlarms(box).length, 0)
})

test('a press during a drill of the same plan is a real alarm, and ends the drill', async t => {
  const box = await plant(t)
  const { alarm } = await ask<{ alarm: string }>(box, 'drills/start', { plan: planOf(box, 'Evacuation').id })
  await box.passes('5s')
  await box.button('in-1').isPressed()
  t.is(alarmsOf(box).get(alarm)?.state, 'superseded')
  t.false(theAlarm(box).drill)
  await box.passes('2s')
  t.is(box.sip.pages.running().length, 1)
})

test('an alarm raised from a screen does what a button would, with a reason', async t => {
  const box = await plant(t)
  await ask(box, 'alarms/raise', { plan: planOf(box, 'Fire').id, reason: 'smoke at press 4' })
  await box.settles()
  t.is(theAlarm(box).cause, 'smoke at press 4 (Kari)')
  t.true(box.board.isOn('relay-2'))
  await t.throwsAsync(async () => ask(box, 'alarms/raise', { plan: 'pln_none' }), { message: /no such plan/ })
})

test('a silent plan neither sounds nor flashes nor lights the lamp beside the button', async t => {
  const box = await plant(t)
  const plan = planOf(box, 'Medical')
  const quiet = { ...plan, silent: true, allClear: [], escalation: [] }
  await t.throwsAsync(box.put('plan', quiet, plan.id), { message: /silent plan/ })
  await box.put('plan', { ...quiet, steps: plan.steps.filter(step => step.kind === 'notify') }, plan.id)
  await box.settles()
  await box.button('in-4').isPressed()
  t.is(box.facts('notice.shown').length, 1)
  t.false(box.board.isOn('strobe-1') || box.board.isOn('lamp-4'))
  t.deepEqual(box.sip.pages.running(), [])
})

test('what a power cut interrupted goes on, with its outputs and its voice', async t => {
  const box = await plant(t)
  await box.button('in-1').isPressed()
  const { id } = theAlarm(box)
  await ask(box, 'alarms/acknowledge', { alarm: id })
  await box.restarts({ lost: 'power' })
  for (const number of ['201', '202']) box.phone(number).registers()
  await box.passes('2s')
  t.is(theAlarm(box).id, id)
  t.is(theAlarm(box).state, 'acknowledged')
  t.true(box.board.drivers('strobe-1').some(hand => hand.owner === id))
  t.is(box.sip.pages.running().length, 1)
  await box.passes('10m')
  t.is(box.facts('alarm.escalated').length, 0)
})

test('a press of long ago that the board reports once more makes no new alarm', async t => {
  const box = await plant(t)
  box.board.hangAt(3)
  await box.button('in-4').isPressed()
  await ask(box, 'alarms/clear', { alarm: theAlarm(box).id })
  box.board.recover()
  await box.restarts()
  await box.passes('3s')
  t.is(liveAlarms(box).length, 0)
  t.is(alarmsOf(box).all().length, 1)
  t.deepEqual(box.board.unacknowledged, [])
})

test('a board that comes back with another table is told the right one; one that is away is a danger', async t => {
  const box = await plant(t)
  const loads = () => box.board.commands.filter(command => command.do === 'load').length
  const before = loads()
  box.board.disconnect()
  t.is(box.host.problems().find(one => one.code === 'alarms.board-away')?.severity, 'danger')
  box.board.connect()
  t.is(loads(), before, 'it still has the table')
  t.false(box.host.problems().some(one => one.code.startsWith('alarms.')))
})

test('a board that never confirms its table is a problem', async t => {
  const box = await plant(t)
  box.board.hangAt(1)
  const plan = planOf(box, 'Medical')
  await box.put('plan', { ...plan, severity: 'critical' }, plan.id)
  await box.passes('4s')
  t.false(box.host.problems().some(one => one.code === 'alarms.table-unconfirmed'))
  await box.passes('2s')
  t.true(box.host.problems().some(one => one.code === 'alarms.table-unconfirmed'))
})

test('the story of an alarm is written down: who, when, what each step came to', async t => {
  const box = await plant(t)
  await box.button('in-4').isPressed()
  const { id } = theAlarm(box)
  await box.passes('20s')
  await ask(box, 'alarms/acknowledge', { alarm: id })
  await ask(box, 'alarms/clear', { alarm: id })
  await box.passes('20s')
  const { alarms } = await ask<{ alarms: Record<string, unknown>[] }>(box, 'alarms/history')
  t.is(alarms.length, 1)
  t.like(alarms[0], { id, plan_name: 'Medical', state: 'cleared', acknowledged_by: 'Kari', ended_by: 'Kari', drill: 0 })
  const { presses, steps, events } = await ask<{
    presses: object[]
    steps: { step: string; state: string }[]
    events: { what: string }[]
  }>(box, 'alarms/detail', { alarm: id })
  t.is(presses.length, 1)
  t.is(steps.find(step => step.step === 'all-clear-1')?.state, 'done')
  t.true(['raised', 'acknowledged', 'cleared', 'step-done'].every(what => events.some(event => event.what === what)))
  t.is(box.records.state.lost, 0)
})

test('a plan with an output or an action that does not exist is shown before anybody presses', async t => {
  const box = await plant(t)
  const plan = planOf(box, 'Medical')
  const broken = { ...plan, steps: [...plan.steps, { kind: 'strobe', params: { outputs: ['strobe-9'] } }] }
  await t.throwsAsync(box.put('plan', broken, plan.id), { message: /strobe-9/ })
  await box.put('plan', { ...plan, steps: [...plan.steps, { kind: 'fireworks', params: {} }] }, plan.id)
  await box.settles()
  const problem = box.host.problems().find(one => one.code.startsWith('alarms.plan-not-ready'))
  t.regex(problem?.text ?? '', /Medical.*fireworks/)
  await box.button('in-4').isPressed()
  t.true(box.board.isOn('strobe-1'), 'the rest of the plan runs')
})

test('while the disk hangs an alarm runs unacknowledged by the box; when it is back the alarm is kept as it is by then', async t => {
  const box = await plant(t)
  box.live.hang()
  await box.button('in-1').isPressed()
  t.true(box.board.isOn('strobe-1'))
  t.is(box.board.unacknowledged.length, 1)
  await ask(box, 'alarms/acknowledge', { alarm: theAlarm(box).id })
  box.live.recover()
  await box.passes('2s')
  t.deepEqual(box.board.unacknowledged, [])
  await box.restarts()
  await box.passes('1s')
  t.is(theAlarm(box).state, 'acknowledged')
})

test('any trigger can raise an alarm by its plan, but no alarm can raise another', async t => {
  let ctx: Context | undefined
  const code = feature<unknown, undefined>({
    name: 'code',
    about: 'For this test.',
    start(given) {
      ctx = given as Context
      return {}
    },
  })
  const box = await plant(t, { plus: [code] })
  const ref = { kind: 'alarm', params: { plan: planOf(box, 'Medical').id } }
  await ctx?.act(ref, { who: kari, cause: 'Code *91', drill: false })
  t.is(theAlarm(box).cause, 'Code *91')
  t.true(box.board.isOn('strobe-1'))
  const chained = ctx?.act(ref, { who: kari, cause: 'a step', drill: false, alarm: theAlarm(box).id })
  await t.throwsAsync(async () => chained, { message: /cannot raise another/ })
})

test('alarms of long ago leave memory, and their presses are still known', async t => {
  const box = await plant(t)
  const floor = alarmsOf(box)
  const press = (sequence: number) => ({
    press: { box: 'box-1', epoch: 'old', sequence },
    input: 'in-4',
    plan: planOf(box, 'Medical').id,
    cause: 'Button 4',
    at: box.clock.now(),
  })
  const first = floor.press(press(0))
  floor.clear(first, kari)
  for (let sequence = 1; sequence < 60; sequence += 1) {
    await box.passes('1s')
    floor.clear(floor.press(press(sequence)), kari)
  }
  await box.passes('12m')
  t.is(floor.all().length, 50)
  t.is(floor.get(first), undefined)
  t.is(floor.press(press(0)), first)
  await box.restarts({ lost: 'power' })
  t.is(alarmsOf(box).press(press(0)), first)
})
