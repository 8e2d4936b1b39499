// The alarm machine: every change of state is one of those that the model allows.

import test from 'ava'
import fc from 'fast-check'
import {
  type Alarm,
  type AlarmEvent,
  type AlarmPress,
  backOff,
  type Effect,
  type FrozenPlan,
  isLive,
  next,
  raised,
} from './alarm.ts'

const who = { by: 'user', id: 'usr_1', name: 'Kari' } as const
const action = (kind: string) => ({ kind, params: {} })
const plan: FrozenPlan = {
  id: 'pln_fire',
  rev: 3,
  name: 'Fire',
  severity: 'life-safety',
  silent: false,
  steps: [action('strobe'), action('notify'), action('page')],
  acknowledgement: true,
  escalationSeconds: 60,
  escalation: [action('notify')],
  allClear: [action('page')],
  supersedes: true,
  amplifiers: ['amplifier-1'],
}
const press = (sequence: number): AlarmPress => ({
  press: { box: 'box-1', epoch: 'e', sequence },
  cause: 'Button 1',
  at: 0,
})
const fire = (o: Partial<FrozenPlan> = {}) =>
  raised({ id: 'alm_1', plan: { ...plan, ...o }, drill: false, who, cause: 'Button 1', press: press(1), now: 0 })
const after = (alarm: Alarm, ...events: AlarmEvent[]) =>
  events.reduce((outcome, event) => next(outcome.alarm, event, 1000), { alarm, effects: [] as readonly Effect[] })
const states = (alarm: Alarm) => Object.fromEntries(alarm.steps.map(step => [step.id, step.state]))

test('a new alarm runs all first steps at once, pages first, and plans its escalation', t => {
  const { alarm, effects } = fire()
  t.is(alarm.state, 'raised')
  t.deepEqual(effects, [
    { do: 'run', step: 'first-3' },
    { do: 'run', step: 'first-1' },
    { do: 'run', step: 'first-2' },
    { do: 'escalate', inMilliseconds: 60_000 },
  ])
  t.is(states(alarm)['escalation-1'], 'waiting')
})

test('a plan that wants no acknowledgement, or no second steps, never escalates', t => {
  for (const o of [{ acknowledgement: false }, { escalationSeconds: 0 }, { escalation: [] }])
    t.false(fire(o).effects.some(effect => effect.do === 'escalate'))
})

test('a failed step is tried again after a while, longer each time, and holds no other', t => {
  const first = after(fire().alarm, { type: 'step-failed', step: 'first-2', error: 'no phone answered' })
  t.deepEqual(first.effects, [{ do: 'retry', step: 'first-2', inMilliseconds: 250 }])
  t.is(first.alarm.steps[1]?.error, 'no phone answered')
  t.is(states(first.alarm)['first-1'], 'running')
  const second = after(first.alarm, { type: 'retry-due', step: 'first-2' })
  t.deepEqual(second.effects, [{ do: 'run', step: 'first-2' }])
  t.is(states(second.alarm)['first-2'], 'retrying')
  t.is(second.alarm.steps[1]?.error, undefined)
  t.deepEqual(after(second.alarm, { type: 'step-failed', step: 'first-2', error: 'again' }).effects, [
    { do: 'retry', step: 'first-2', inMilliseconds: 500 },
  ])
  t.is(backOff(20), 30_000)
})

test('a second press joins: what was said is said again, what still speaks goes on', t => {
  const { alarm } = after(fire().alarm, { type: 'step-done', step: 'first-2' })
  const joined = after(alarm, { type: 'joined', press: press(2) })
  t.is(joined.alarm.presses.length, 2)
  t.deepEqual(joined.effects, [{ do: 'run', step: 'first-2' }])
})

test('a press at a new place tells everybody again who is told of the alarm, whatever is under way', t => {
  const { alarm } = after(fire().alarm, { type: 'escalation-due' })
  const gate: AlarmPress = { ...press(2), cause: 'Button 2' }
  const joined = after(alarm, { type: 'joined', press: gate })
  t.deepEqual(joined.effects, [
    { do: 'run', step: 'first-2' },
    { do: 'run', step: 'escalation-1' },
  ])
  t.deepEqual(after(joined.alarm, { type: 'joined', press: { ...gate, press: press(3).press } }).effects, [])
})

test('an acknowledged alarm stays live, does not escalate, and still takes presses', t => {
  const { alarm, effects } = after(fire().alarm, { type: 'acknowledged', who }, { type: 'escalation-due' })
  t.is(alarm.state, 'acknowledged')
  t.deepEqual(effects, [])
  t.is(after(alarm, { type: 'joined', press: press(2) }).alarm.state, 'acknowledged')
})

test('an alarm that nobody acknowledges runs its second steps once', t => {
  const once = after(fire().alarm, { type: 'escalation-due' })
  t.deepEqual(once.effects, [{ do: 'run', step: 'escalation-1' }])
  t.deepEqual(after(once.alarm, { type: 'escalation-due' }).effects, [])
})

test('the all-clear stops what runs, releases the outputs, then tells', t => {
  const { alarm } = after(fire().alarm, { type: 'step-done', step: 'first-2' })
  const cleared = after(alarm, { type: 'cleared', who })
  t.is(cleared.alarm.state, 'cleared')
  t.deepEqual(cleared.effects, [
    { do: 'stop', step: 'first-1' },
    { do: 'stop', step: 'first-3' },
    { do: 'release' },
    { do: 'run', step: 'all-clear-1' },
  ])
  t.deepEqual(after(cleared.alarm, { type: 'cleared', who }, { type: 'joined', press: press(2) }).effects, [])
})

test('what a stopped step says afterwards changes nothing', t => {
  const { alarm } = after(fire().alarm, { type: 'cleared', who })
  const late = after(
    alarm,
    { type: 'step-failed', step: 'first-3', error: 'stopped' },
    { type: 'step-done', step: 'first-1' },
  )
  t.deepEqual(late, { alarm, effects: [] })
})

test('a new danger silences the all-clear of an old one', t => {
  const { alarm } = after(fire().alarm, { type: 'cleared', who })
  const hushed = after(alarm, { type: 'hushed' })
  t.deepEqual(hushed.effects, [{ do: 'stop', step: 'all-clear-1' }])
  t.deepEqual(after(fire().alarm, { type: 'hushed' }).effects, [])
})

test('a superseded alarm lets go of everything and says no all-clear', t => {
  const over = after(fire().alarm, { type: 'superseded', by: 'alm_2', who })
  t.is(over.alarm.supersededBy, 'alm_2')
  t.deepEqual(over.effects.at(-1), { do: 'release' })
  t.is(states(over.alarm)['all-clear-1'], 'stopped')
})

test('after a restart whatever was under way runs again from its start, and outputs are asserted anew', t => {
  const before = after(
    fire().alarm,
    { type: 'step-done', step: 'first-1' },
    { type: 'step-done', step: 'first-2' },
  ).alarm
  const { effects } = next(before, { type: 'restored' }, 20_000)
  t.deepEqual(effects, [
    { do: 'run', step: 'first-3' },
    { do: 'run', step: 'first-1' },
    { do: 'escalate', inMilliseconds: 40_000 },
  ])
})

test('a wall clock that jumped while the box was down neither skips nor delays the escalation', t => {
  const escalates = (now: number) =>
    next(fire().alarm, { type: 'restored' }, now).effects.find(effect => effect.do === 'escalate')
  t.deepEqual(escalates(1e12), { do: 'escalate', inMilliseconds: 0 })
  t.deepEqual(escalates(-1e12), { do: 'escalate', inMilliseconds: 60_000 })
})

test('after a restart an alarm that is over finishes its all-clear', t => {
  const { alarm } = after(fire().alarm, { type: 'cleared', who })
  t.deepEqual(next(alarm, { type: 'restored' }, 2000).effects, [{ do: 'release' }, { do: 'run', step: 'all-clear-1' }])
})

test('the all-clear is not tried for ever', t => {
  let { alarm } = after(fire().alarm, { type: 'cleared', who })
  let rounds = 0
  for (; rounds < 50; rounds++) {
    const failed = after(alarm, { type: 'step-failed', step: 'all-clear-1', error: 'no' })
    alarm = failed.alarm
    if (failed.effects.length === 0) break
    alarm = after(alarm, { type: 'retry-due', step: 'all-clear-1' }).alarm
  }
  t.is(rounds, 5)
  t.is(states(alarm)['all-clear-1'], 'stopped')
})

test('no order of events brings an alarm into a state that the model does not know', t => {
  const steps = ['first-1', 'first-2', 'first-3', 'escalation-1', 'all-clear-1']
  const event = fc.oneof<fc.Arbitrary<AlarmEvent>[]>(
    fc.nat(9).map((n): AlarmEvent => ({ type: 'joined', press: press(n) })),
    fc.constantFrom(...steps).map((step): AlarmEvent => ({ type: 'step-done', step })),
    fc.constantFrom(...steps).map((step): AlarmEvent => ({ type: 'step-failed', step, error: 'x' })),
    fc.constantFrom(...steps).map((step): AlarmEvent => ({ type: 'retry-due', step })),
    fc.constantFrom<AlarmEvent>(
      { type: 'escalation-due' },
      { type: 'acknowledged', who },
      { type: 'cleared', who },
      { type: 'superseded', by: 'alm_2', who },
      { type: 'hushed' },
      { type: 'restored' },
    ),
  )
  const allowed: Record<string, string[]> = {
    raised: ['raised', 'acknowledged', 'cleared', 'superseded'],
    acknowledged: ['acknowledged', 'cleared', 'superseded'],
    cleared: ['cleared'],
    superseded: ['superseded'],
  }
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), events => {
      let { alarm } = fire()
      for (const one of events) {
        const outcome = next(alarm, one, 1)
        if (!allowed[alarm.state]?.includes(outcome.alarm.state)) return false
        // Nothing of a live alarm is forgotten, and nothing but the all-clear runs in one that is over.
        if (outcome.alarm.presses.length < alarm.presses.length) return false
        const underway = outcome.alarm.steps.filter(step => step.state === 'running' || step.state === 'retrying')
        if (!isLive(outcome.alarm) && underway.some(step => step.part !== 'all-clear')) return false
        alarm = outcome.alarm
      }
      return true
    }),
    { seed: 11, numRuns: 500 },
  )
  t.pass()
})

test('of a button that chatters an alarm keeps the first presses and the newest, and every press of the others', t => {
  const other: AlarmPress = { ...press(1), press: { ...press(1).press, epoch: 'other' }, cause: 'Button 2' }
  let { alarm } = next(fire().alarm, { type: 'joined', press: other }, 0)
  for (let sequence = 2; sequence <= 5000; sequence += 1)
    alarm = next(alarm, { type: 'joined', press: press(sequence) }, sequence).alarm
  const sequences = alarm.presses.filter(one => one.cause === 'Button 1').map(one => one.press.sequence)
  t.deepEqual(
    sequences.slice(0, 16),
    Array.from({ length: 16 }, (_, n) => n + 1),
  )
  t.deepEqual(
    sequences.slice(16),
    Array.from({ length: 144 }, (_, n) => 5000 - 143 + n),
  )
  t.true(alarm.presses.includes(other))
})
