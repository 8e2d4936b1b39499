// The judge is judged: every way to lose or double a press is told to it once, and it must find it.
import test from 'ava'
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { silence } from '../audio/sound.ts'
import { toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { type Cycle, judge } from './judge.ts'
import type { WitnessPlan } from './plant.ts'

const message = toneSound(toneSequence(5, { count: 6, toneMs: 200 }))
const plan: WitnessPlan = { id: 'pln_1', name: 'Fire', message, strobe: 'strobe-1', inputs: ['in-1', 'in-5'] }
const pressed = { input: 'in-1', plan, at: 1 }

const alarm = (o: { id?: string; sequence?: number; state?: string; presses?: number } = {}): Alarm => {
  const { id = 'alm_1', sequence = 1, state = 'done', presses = 1 } = o
  const press = (nth: number) => ({
    press: { box: 'b', epoch: 'e', sequence: sequence + nth },
    cause: 'Button “Button 1”, Hall 1',
    at: 1,
  })
  return {
    id,
    plan: { id: plan.id },
    presses: Array.from({ length: presses }, (_, nth) => press(nth)),
    steps: [{ action: { kind: 'page' }, state }],
  } as unknown as Alarm
}
const cycle = (o: Partial<Cycle> = {}): Cycle => ({
  presses: [pressed],
  alarms: [alarm()],
  heard: new Map([['phone', message]]),
  dark: [],
  ...o,
})

test('a press that raised its alarm, lit its strobe and was heard is neither lost nor doubled', t => {
  t.deepEqual(judge(cycle()), { lost: [], doubled: [] })
})

test('a press without an alarm is lost', t => {
  t.regex(judge(cycle({ alarms: [] })).lost.join(), /1 presses of plan Fire without an alarm/)
})

test('a press that joined no alarm is lost', t => {
  t.regex(judge(cycle({ presses: [pressed, { ...pressed, at: 2 }] })).lost.join(), /2 presses, 1 recorded/)
})

test('a strobe that stayed dark is a loss', t => {
  t.regex(judge(cycle({ dark: [pressed] })).lost.join(), /strobe of in-1/)
})

test('a step that neither finished nor failed is a loss', t => {
  t.regex(judge(cycle({ alarms: [alarm({ state: 'running' })] })).lost.join(), /step page of Fire is running/)
})

test('a message that nobody heard in full is a loss', t => {
  const half = { ...message, samples: message.samples.subarray(0, message.samples.length / 2) }
  for (const sound of [half, silence(3000, 16000)])
    t.regex(judge(cycle({ heard: new Map([['phone', sound]]) })).lost.join(), /nobody heard the message of Fire/)
})

test('two alarms of one plan, or one press in two alarms, are doubled', t => {
  t.regex(
    judge(cycle({ alarms: [alarm(), alarm({ id: 'alm_2', sequence: 7 })] })).doubled.join(),
    /2 alarms of plan Fire/,
  )
  t.regex(judge(cycle({ alarms: [alarm(), alarm({ id: 'alm_2' })] })).doubled.join(), /a press is in two alarms/)
})
