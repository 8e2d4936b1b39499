// From a hand on a button to strobes, voices and notices, on the plant as a fresh box knows it.
import type { ExecutionContext } from 'ava'
import { feature } from '../../../kernel/feature.ts'
import { Type } from '../../../kernel/schema.ts'
import {
  alarmsOf,
  ask,
  freshPlant,
  kari,
  liveAlarms,
  planOf,
  startPlant,
  theAlarm,
} from '../../../testkit/fresh-plant.ts'
import type { Box, ScenarioOptions } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepBoardFaults, sweepFaults, sweepHangs, sweepRestarts } from '../../../testkit/sweeps.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await startPlant(o)
  t.teardown(() => box.ends())
  return box
}
const reflexesOf = (box: Box) => box.board.commands.findLast(command => command.do === 'load')?.table.reflexes ?? []
const blinkOf = (box: Box, output: string) => {
  const pattern = box.board.drivers(output)[0]?.pattern
  return pattern?.kind === 'blink' ? pattern.onMilliseconds : pattern?.kind
}
const heardOn = (box: Box) => [...box.sip.pages.listeners(box.sip.pages.running()[0] ?? '')].sort()

test('a fresh box tells the board its reflexes, with lamp and message for each button', async t => {
  const box = await plant(t)
  t.is(reflexesOf(box).length, 8)
  const first = reflexesOf(box).find(reflex => reflex.input === 'in-1')
  t.deepEqual(first?.message?.amplifiers, ['amplifier-1', 'amplifier-2'])
  t.is(first?.message?.repeats, 10)
  t.is(first?.message?.rank, 11, 'life-safety: the gravest')
  t.is(reflexesOf(box).find(reflex => reflex.input === 'in-4')?.message?.rank, 5, 'urgent')
  t.true(first?.outputs.some(one => one.output === 'lamp-1'))
  const mine = box.host.problems().filter(problem => /^(alarms|messages|paging|zones|host)\./.test(problem.code))
  t.deepEqual(mine, [])
})

/** A feature that never finishes anything, and whose observers throw. */
const sleeper = feature<unknown, undefined>({
  name: 'sleeper',
  about: 'For this test.',
  start(ctx) {
    const never = () => new Promise<never>(() => {})
    for (const fact of ['alarm.raised', 'page.started', 'page.leaving', 'button.pressed', 'notice.shown'] as const)
      ctx.on(fact, () => {
        throw new Error('this observer always fails')
      })
    ctx.on('alarm.step-changed', never)
    return {
      actions: { sleep: { title: 'Sleep', params: Type.Object({}), run: never } },
      phases: { admit: never, connecting: never },
    }
  },
})

test('with the clock still, and store, records, live facts, notices and another feature hanging, a press reaches everything that can be seen or heard', async t => {
  const box = await plant(t, { plus: [sleeper] })
  const plan = planOf(box, 'Evacuation')
  await box.put('plan', { ...plan, steps: [{ kind: 'sleep', params: {} }, ...plan.steps] }, plan.id)
  await box.settles()
  box.live.hang()
  box.records.hang()
  box.store.change = () => new Promise(() => {})
  box.phone('201').manner = 'silent'
  const before = box.clock.since()
  await box.button('in-1').isPressed()
  t.is(box.clock.since(), before)
  t.true(box.board.isOn('strobe-1') && box.board.isOn('strobe-4') && box.board.isOn('relay-1'))
  const called = box.sip.commands.filter(command => command.name === 'invite')
  t.is(called.length, 2)
  t.deepEqual(
    heardOn(box).filter(key => !key.startsWith('device:')),
    ['amplifier:amplifier-1', 'amplifier:amplifier-2', 'stream:239.192.0.1:5004'],
  )
  t.true(box.board.commands.some(command => command.do === 'audio-leaving'))
  t.is(box.facts('notice.shown').length, 1)
  t.is(theAlarm(box).state, 'raised')
  t.is(box.board.unacknowledged.length, 1, 'what is not durable is not acknowledged')
  box.live.recover()
  await box.settles()
  t.is(box.board.unacknowledged.length, 0)
})

test('whoever presses sees it on the lamp: on its way, raised, somebody is taking care, over', async t => {
  const box = await plant(t)
  t.deepEqual(
    reflexesOf(box)
      .find(reflex => reflex.input === 'in-1')
      ?.outputs.find(one => one.output === 'lamp-1')?.pattern,
    { kind: 'blink', onMilliseconds: 200, offMilliseconds: 200 },
  )
  await box.button('in-1').isPressed()
  t.is(blinkOf(box, 'lamp-1'), 'steady')
  await ask(box, 'alarms/acknowledge', { alarm: theAlarm(box).id })
  t.is(blinkOf(box, 'lamp-1'), 1000)
  await ask(box, 'alarms/clear', { alarm: theAlarm(box).id })
  t.false(box.board.isOn('lamp-1'))
})

test('the same press reported again makes no second alarm, and is acknowledged again', async t => {
  const box = await plant(t)
  box.live.hang()
  await box.button('in-1').isPressed()
  const { id } = theAlarm(box)
  await box.passes('5s')
  t.is(theAlarm(box).id, id)
  t.is(theAlarm(box).presses.length, 1)
  box.live.recover()
  await box.passes('2s')
  t.deepEqual(box.board.unacknowledged, [])
})

test('a press while its plan is live joins the alarm, and its own report is answered', async t => {
  const box = await plant(t)
  await box.button('in-1').isPressed()
  await box.button('in-5').isPressed()
  t.is(theAlarm(box).presses.length, 2)
  t.deepEqual(
    theAlarm(box).presses.map(press => press.cause),
    ['Button “Button 1”, Plant / Hall 1', 'Button “Button 5”, Plant / Warehouse'],
  )
  t.deepEqual(box.board.unacknowledged, [])
  t.is(box.board.commands.filter(command => command.do === 'audio-leaving').length, 2)
  t.is(box.facts('alarm.joined').length, 1)
})

test('a press after the all-clear is a new alarm; the voice of the all-clear gives way to it', async t => {
  const box = await plant(t)
  await box.button('in-1').isPressed()
  const first = theAlarm(box).id
  await box.passes('2s')
  await ask(box, 'alarms/clear', { alarm: first })
  await box.passes('1s')
  t.is(box.sip.pages.running().length, 1, 'the all-clear is spoken')
  t.false(box.board.isOn('strobe-1'))
  await box.button('in-1').isPressed()
  const second = theAlarm(box)
  t.not(second.id, first)
  t.true(box.board.isOn('strobe-1'))
  await box.passes('1s')
  t.is(
    alarmsOf(box)
      .get(first)
      ?.steps.find(step => step.part === 'all-clear')?.state,
    'stopped',
  )
  t.true(heardOn(box).length >= 5)
})

test('an alarm runs the plan as it was when it was raised', async t => {
  const box = await plant(t)
  const plan = planOf(box, 'Evacuation')
  await box.button('in-1').isPressed()
  await box.put(
    'plan',
    { ...plan, steps: [{ kind: 'strobe', params: { outputs: ['strobe-2'] } }], allClear: [] },
    plan.id,
  )
  await box.settles()
  t.is(theAlarm(box).plan.rev, plan.rev)
  t.is(theAlarm(box).steps.filter(step => step.part === 'first').length, 4)
  await ask(box, 'alarms/clear', { alarm: theAlarm(box).id })
  await box.passes('1m')
  t.true(box.facts('page.ended').length >= 2, 'the all-clear of the old plan was spoken')
  await box.button('in-1').isPressed()
  t.is(theAlarm(box).steps.length, 3)
  t.false(box.board.isOn('relay-1'))
})

test('an input that belongs to no button raises an alarm that somebody looks at', async t => {
  const box = await plant(t)
  const button = box.store.all({ kind: 'button' } as never).find(one => (one as { name?: string }).name === 'Button 8')
  await box.remove('button', (button as { id: string }).id)
  await box.button('in-8').isPressed()
  t.regex(theAlarm(box).plan.name, /in-8/)
  t.deepEqual(box.board.unacknowledged, [])
})

test('a wire that fails its supervision is a problem that names the place', async t => {
  const box = await plant(t)
  box.board.cut('in-6')
  const problem = box.host.problems().find(one => one.code.startsWith('panic-buttons.fault'))
  t.is(problem?.severity, 'danger')
  t.regex(problem?.text ?? '', /Button 6.*Plant \/ Gate.*contacts disagree/)
  box.board.mend('in-6')
  t.false(box.host.problems().some(one => one.code.startsWith('panic-buttons.fault')))
})

test('a press that was announced can be marked as the test of its button, a real one never', async t => {
  const box = await plant(t)
  const button = theButton(box, 'Button 2')
  const due = () => box.host.problems().find(one => one.code.startsWith('panic-buttons.test-due'))?.text ?? ''
  t.regex(due(), /^8 /)
  await t.throwsAsync(async () => ask(box, 'panic-buttons/tested', { button }), { message: /never pressed/ })
  await box.button('in-2').isPressed()
  await t.throwsAsync(async () => ask(box, 'panic-buttons/tested', { button }), { message: /a real alarm: announce/ })
  await ask(box, 'panic-buttons/announce', { button, minutes: 15 })
  await box.passes('1s')
  await box.button('in-2').isPressed()
  await ask(box, 'panic-buttons/tested', { button })
  t.regex(due(), /^7 /)
  const { tests } = await ask<{ tests: { button: string; marked_by: string }[] }>(box, 'panic-buttons/tests')
  t.deepEqual(
    tests.map(one => [one.button, one.marked_by]),
    [[button, kari.name]],
  )
})

test('two buttons cannot share an input', async t => {
  const box = await plant(t)
  const button = box.store.all({ kind: 'button' } as never)[0] as { id: string } & Record<string, unknown>
  await t.throwsAsync(box.put('button', { ...button, inputs: ['in-2'] }, button.id), { message: /Button 2/ })
})

test('while the box is dead the board speaks by itself; when it is back the press becomes an alarm', async t => {
  const box = await plant(t)
  box.dies()
  box.board.press('in-1')
  t.true(box.board.isOn('strobe-1'), 'the reflex asks nobody')
  await box.passes('1s')
  await box.restarts()
  await box.passes('2s')
  t.is(theAlarm(box).presses.length, 1)
  t.deepEqual(box.board.unacknowledged, [])
  t.true(heardOn(box).length >= 5)
})

test('a button that is stuck after the all-clear stands on Health with its name and place until it comes back', async t => {
  const box = await plant(t)
  const stuck = () => box.host.problems().find(one => one.code.startsWith('panic-buttons.stuck:'))
  await box.button('in-1').isHeld()
  await ask(box, 'alarms/clear', { alarm: theAlarm(box).id })
  box.board.shows({ input: 'in-1', state: 'pressed', stuckSince: box.clock.now() })
  t.is(stuck()?.severity, 'danger')
  t.regex(stuck()?.text ?? '', /Button 1.*Hall 1.*pressed since .* nobody can call/)
  await box.button('in-1').isLetGo()
  t.is(stuck(), undefined)
})

test('a strobe that does not take its level fails its step, which is tried again until it does', async t => {
  const box = await plant(t)
  box.board.breaks('strobe-1', 'setting a line: Input/output error')
  await box.button('in-1').isPressed()
  const step = () => theAlarm(box).steps.find(one => one.action.kind === 'strobe')
  await box.passes('1s')
  t.regex(step()?.error ?? '', /Strobe 1 .*Input\/output error/)
  box.board.breaks('strobe-1', undefined)
  await box.passes('5s')
  t.is(step()?.state, 'done')
})

test('a board that does not answer for an output within half a second fails the step', async t => {
  const box = await plant(t)
  box.board.hangAt(1)
  await box.button('in-1').isPressed()
  const step = () => theAlarm(box).steps.find(one => one.action.kind === 'strobe')
  t.is(step()?.state, 'running')
  await box.passes('600ms')
  t.regex(step()?.error ?? '', /did not answer in time/)
  box.board.recover()
  await box.passes('5s')
  t.is(step()?.state, 'done')
})

test('a lamp test reaches the board, and is refused by name while an alarm lives or the board is away', async t => {
  const box = await plant(t)
  const tests = () => box.board.commands.filter(command => command.do === 'lamp-test').length
  await ask(box, 'panic-buttons/lamp-test', {})
  t.is(tests(), 1)
  await box.button('in-1').isPressed()
  await t.throwsAsync(async () => ask(box, 'panic-buttons/lamp-test', {}), { message: /Evacuation/ })
  box.board.disconnect()
  await t.throwsAsync(async () => ask(box, 'panic-buttons/lamp-test', {}), { message: /does not answer/ })
  t.is(tests(), 1)
})

test('while the board is away no button is shown at rest', async t => {
  const box = await plant(t)
  const shown = async () => {
    const { buttons } = await ask<{ buttons: { contacts: { state: string }[] }[] }>(box, 'panic-buttons/state')
    return new Set(buttons.flatMap(one => one.contacts.map(contact => contact.state)))
  }
  t.deepEqual([...(await shown())], ['rest'])
  box.board.disconnect()
  t.deepEqual([...(await shown())], ['unknown'])
  box.board.connect()
  t.deepEqual([...(await shown())], ['rest'])
})

const theButton = (box: Box, name: string): string => {
  const found = (box.store.all({ kind: 'button' } as never) as readonly { id: string; name: string }[]).find(
    one => one.name === name,
  )
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found.id
}

/** An evacuation from press to all-clear; whatever goes wrong on the way, it must have happened. */
const evacuation: Story = {
  title: 'an evacuation',
  box: freshPlant(),
  steps: [
    box => box.passes('1s'),
    box => box.button('in-1').isPressed(),
    box => box.passes('40s'),
    box => {
      const spoken = box.sip.pages.log.some(({ listener }) => listener.id.startsWith('stream:'))
      if (!spoken) throw new Error('nothing was spoken in forty seconds')
    },
    async box => {
      for (const alarm of liveAlarms(box)) await ask(box, 'alarms/clear', { alarm: alarm.id })
    },
    box => box.passes('1m'),
  ],
  check(t, box, where) {
    const [alarm, ...more] = alarmsOf(box).all()
    t.is(more.length, 0, `${where}: one press made several alarms`)
    t.is(alarm?.state, 'cleared', where)
    t.is(alarm?.presses.length, 1, where)
    t.deepEqual(box.board.unacknowledged, [], `${where}: the press was not acknowledged`)
    t.false(box.board.isOn('strobe-1'), `${where}: a strobe was left on`)
    t.false(box.board.isOn('lamp-1'), `${where}: the lamp was left on`)
    const open = alarm?.steps.filter(
      step => step.state === 'running' || step.state === 'retrying' || step.state === 'waiting',
    )
    t.deepEqual(
      open?.filter(step => step.part !== 'escalation'),
      [],
      `${where}: a step was left open`,
    )
  },
}

test.sweep('an evacuation happens whichever command to the switch fails', t => sweepFaults(t, evacuation))

test.sweep('an evacuation happens whichever command to the switch is swallowed', t => sweepHangs(t, evacuation))

test.sweep('an evacuation happens wherever the supervisor dies', t => sweepRestarts(t, evacuation))

test.sweep('an evacuation happens whichever command to the board fails', t => sweepBoardFaults(t, evacuation))
