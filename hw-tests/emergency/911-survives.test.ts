// A call for help that nobody has answered yet, and the supervisor dies: it rings on, is answered, and is told of once.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { hearEachOther, Voice } from '../phones/voice.ts'
import { recorded, type Scene, scene } from './scene.ts'

/** What the guard's phone was told, and how often it was rung. */
interface Seen {
  readonly messages: string[]
  rung: number
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

function watched(t: ExecutionContext, { guard }: Scene): Seen {
  const seen: Seen = { messages: [], rung: 0 }
  t.teardown(
    guard.phone.on(event => {
      if (event.event === 'message') seen.messages.push(event.body)
      if (event.event === 'incoming') seen.rung += 1
    }),
  )
  return seen
}

/** Resolves when another supervisor takes calls. */
async function succeeded({ box }: Scene, before: number): Promise<void> {
  await until('another supervisor runs', () => box.pidOf('supervisor') !== before, { seconds: 60 })
  await box.ready()
}

async function killed(s: Scene): Promise<void> {
  const before = s.box.pidOf('supervisor')
  process.kill(before, 'SIGKILL')
  await succeeded(s, before)
}

/** The guard answers the one call that its phone has; the record and the screen tell of one call for help. */
async function answeredOnce(t: ExecutionContext, s: Scene, o: { caller: Voice; seen: Seen }): Promise<void> {
  const call = o.caller.phone.current
  const incoming = await s.guard.phone.nextCall(40)
  await incoming.answer()
  await call.whenAnswered(40)
  await hearEachOther(t, o.caller, s.guard)
  await call.hangup()
  await incoming.whenEnded(40)
  t.is(o.seen.rung, 1, 'the guard’s phone was rung once')
  const record = await recorded(
    s.box,
    'the end and who was told',
    one => one.ended_at !== null && one.notices.length > 1,
  )
  t.regex(record.answered_by ?? '', /203/)
  t.deepEqual(record.notices.map(({ how }) => how).sort(), ['page', 'screen'])
  t.is(o.seen.messages.length, 1)
  t.is((await s.box.ask<{ calls: object[] }>('emergency-calls/history')).calls.length, 1)
  await engineIsEmpty(s.box)
}

/** The guard's phone rings and its screen has been told; the caller hears that it rings. */
async function ringing(t: ExecutionContext): Promise<{ s: Scene; caller: Voice; seen: Seen }> {
  const s = await scene(t)
  const seen = watched(t, s)
  const caller = await Voice.registered(t, s.box, '201')
  const call = await caller.phone.call(`sip:911@${s.box.registrar}`)
  await call.next('ringing', { withinSeconds: 40 })
  await until('the screen tells of it', () => seen.messages.length === 1, { seconds: 40 })
  await recorded(s.box, 'that the screen was told', one => one.notices.some(({ how }) => how === 'screen'))
  // What is kept is kept within 50 ms; whoever dies sooner takes it along, which is another story.
  const kept = () => {
    const told = join(s.box.run, 'live/emergency-calls.told.log')
    return existsSync(told) && /"done":\["screen:/.test(readFileSync(told, 'utf8'))
  }
  await until('that is kept for a successor', kept, { seconds: 40 })
  return { s, caller, seen }
}

test.serial('killed while the guard’s phone rings: it rings on, is answered, and both hear each other', async t => {
  const { s, caller, seen } = await ringing(t)
  await killed(s)
  await answeredOnce(t, s, { caller, seen })
})

test.serial('killed twice in a row while the guard’s phone rings', async t => {
  const { s, caller, seen } = await ringing(t)
  await killed(s)
  await killed(s)
  await answeredOnce(t, s, { caller, seen })
})

test.serial('frozen and then killed while the guard’s phone rings', async t => {
  const { s, caller, seen } = await ringing(t)
  const before = s.box.pidOf('supervisor')
  process.kill(before, 'SIGSTOP')
  // A watchdog needs longer; what matters is that phones speak to somebody who does not answer.
  await pause(5000)
  process.kill(before, 'SIGKILL')
  await succeeded(s, before)
  await answeredOnce(t, s, { caller, seen })
})

test.serial('killed as 911 is dialled: whatever had become of the call, the guard’s phone rings', async t => {
  const s = await scene(t)
  const caller = await Voice.registered(t, s.box, '201')
  const before = s.box.pidOf('supervisor')
  const dialled = caller.phone.call(`sip:911@${s.box.registrar}`)
  process.kill(before, 'SIGKILL')
  const call = await dialled
  await succeeded(s, before)
  const incoming = await s.guard.phone.nextCall(60)
  await incoming.answer()
  await call.whenAnswered(40)
  await hearEachOther(t, caller, s.guard)
  await call.hangup()
  await incoming.whenEnded(40)
  t.is((await s.box.ask<{ calls: object[] }>('emergency-calls/history')).calls.length, 1)
})

test.serial('a caller who gives up while there is no supervisor: no phone rings on', async t => {
  const { s, caller, seen } = await ringing(t)
  const incoming = await s.guard.phone.nextCall(40)
  const call = caller.phone.current
  const before = s.box.pidOf('supervisor')
  process.kill(before, 'SIGKILL')
  await call.hangup()
  await succeeded(s, before)
  await call.whenEnded(60)
  await incoming.whenEnded(60)
  t.is(seen.rung, 1)
  await engineIsEmpty(s.box)
  const record = await recorded(s.box, 'the end', one => one.ended_at !== null)
  t.is(record.answered_by, null)
})

test.serial('a guard who answers while there is no supervisor is put through by the next', async t => {
  const { s, caller, seen } = await ringing(t)
  const incoming = await s.guard.phone.nextCall(40)
  const before = s.box.pidOf('supervisor')
  process.kill(before, 'SIGKILL')
  await incoming.answer()
  await succeeded(s, before)
  await caller.phone.current.whenAnswered(40)
  await hearEachOther(t, caller, s.guard)
  await caller.phone.current.hangup()
  await incoming.whenEnded(40)
  t.is(seen.rung, 1)
  const record = await recorded(s.box, 'who answered', one => one.answered_by !== null && one.ended_at !== null)
  t.regex(record.answered_by ?? '', /203/)
})
