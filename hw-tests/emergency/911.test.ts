// Calls for help with real phones: from any phone, whatever is wrong, to the guard who hears the caller; and who is told.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { dbfs, rms } from '../audio/sound.ts'
import { readWav } from '../audio/wav.ts'
import type { TestBox } from '../lab/box.ts'
import { engineIsEmpty, engineOf } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { InviteFlood } from '../phones/invite-flood.ts'
import { hearEachOther, Voice } from '../phones/voice.ts'
import { type HelpRecord, recorded, type Scene, scene } from './scene.ts'

/** Calls for help; the guard answers, both hear each other, the guard's screen tells it. Returns what the screen showed. */
async function helped(
  t: ExecutionContext,
  s: Pick<Scene, 'box' | 'guard'>,
  caller: Voice,
  { to = '911', putThrough = () => {} }: { to?: string; putThrough?: () => void } = {},
): Promise<string> {
  const at = performance.now()
  const call = await caller.phone.call(`sip:${to}@${s.box.registrar}`)
  const incoming = await s.guard.phone.nextCall(20)
  const rang = performance.now() - at
  const { body, from } = await s.guard.phone.next('message', { withinSeconds: 20 })
  const shown = performance.now() - at
  t.log(`the guard’s phone rang after ${Math.round(rang)} ms, its screen showed it after ${Math.round(shown)} ms`)
  t.truthy(from)
  await incoming.answer()
  await call.whenAnswered()
  putThrough()
  await hearEachOther(t, caller, s.guard)
  await call.hangup()
  await incoming.whenEnded()
  return body
}

test.serial(
  'a registered phone reaches the guard at 911 and 9911; screen, loudspeakers and record tell the place',
  async t => {
    const s = await scene(t)
    const caller = await Voice.registered(t, s.box, '201')
    const shown = await helped(t, s, caller)
    t.regex(shown, /^EMERGENCY 911: Post 201 201, Plant \/ Hall 1, .*1 Plant Road.*Call back 201$/)
    await s.loudspeaker.whenHeard(100, 20)
    t.true(dbfs(rms(s.loudspeaker.sound().samples)) > -40, 'the loudspeakers speak')
    const all = (record: HelpRecord) => record.ended_at !== null && record.notices.length === 2
    const record = await recorded(s.box, 'who was told', all)
    t.like(record, { dialled: '911', call_back: '201', place: 'Plant / Hall 1', source: 'location' })
    t.regex(record.address, /1 Plant Road/)
    t.regex(record.answered_by ?? '', /203/)
    t.is(record.device, s.stations[0]?.device ?? '')
    t.deepEqual(record.notices.map(({ how, result }) => [how, result]).sort(), [
      ['page', 'spoken'],
      ['screen', 'shown'],
    ])
    t.regex(await helped(t, s, caller, { to: '9911' }), /^EMERGENCY 9911: /)
    await engineIsEmpty(s.box)
  },
)

test.serial('the test number speaks the place and rings nobody', async t => {
  const s = await scene(t)
  const caller = await Voice.registered(t, s.box, '201')
  const call = await caller.phone.call('933')
  await call.whenAnswered()
  const file = join(await folder(t), 'place.wav')
  await caller.phone.record(file)
  await until('three seconds are heard', async () => ((await call.stats()).packetsReceived ?? 0) >= 150, {
    seconds: 20,
  })
  await caller.phone.stopRecording()
  const { samples } = await readWav(file)
  t.true(dbfs(rms(samples)) > -40, `a voice is heard: ${dbfs(rms(samples))} dBFS`)
  await t.throwsAsync(s.guard.phone.nextCall(1))
  await call.hangup()
  await engineIsEmpty(s.box)
})

test.serial('a phone that was never registered, and one with a wrong password, reach the guard too', async t => {
  const s = await scene(t)
  const stranger = await Voice.start(t, 31, { user: 'socket-in-the-hall' })
  t.regex(await helped(t, s, stranger), /^EMERGENCY 911: .*socket-in-the-hall/)
  const record = await recorded(s.box, 'the end', one => one.ended_at !== null)
  t.like(record, { dialled: '911', call_back: 'socket-in-the-hall' })
  t.regex(record.answered_by ?? '', /203/)
  const registrar = `sip:${s.box.registrar}`
  const wrong = await Voice.start(t, 32, { user: '202', password: 'guessed', registrar })
  await t.throwsAsync(wrong.phone.register(), { message: /40[13]/ })
  t.regex(await helped(t, s, wrong), /^EMERGENCY 911: .*202/)
  await engineIsEmpty(s.box)
})

test.serial('while a flood of calls is turned away with 503, a call for help is put through', async t => {
  const s = await scene(t)
  const caller = await Voice.registered(t, s.box, '201')
  const flood = await InviteFlood.start({
    to: { host: s.box.host, port: s.box.sipPort },
    user: '202',
    password: 'secret-of-202',
    dials: '999',
    perSecond: 3000,
  })
  t.teardown(() => flood.stop())
  await floods(flood, s.box)
  // The two phones share the machine with the flood: what they say is judged when it has ebbed.
  t.regex(await helped(t, s, caller, { putThrough: () => flood.pause() }), /^EMERGENCY 911: /)
  t.log(`${flood.sent} calls sent, at last ${flood.perSecond} a second; answers ${JSON.stringify([...flood.answers])}`)
  const calm = async () => (await engineOf(s.box)).legs.length === 0
  await until('the flood is forgotten', calm, { seconds: 40, everyMilliseconds: 200 })
  // It is written behind everything that the flood left to be written.
  await recorded(s.box, 'the end', one => one.ended_at !== null)
  const { calls } = await s.box.ask<{ calls: HelpRecord[] }>('emergency-calls/history')
  t.is(calls.length, 1)
})

/**
 * More and more calls, until some are turned away. A box that follows all that this machine can send is held up for a
 * moment: what waits for it then is more than it can follow.
 */
async function floods(flood: InviteFlood, box: TestBox): Promise<void> {
  for (let second = 0; second < 16; second++) {
    const before = [flood.sent, flood.answered(503)] as const
    const heldUp = second >= 8
    if (heldUp) box.signal('supervisor', 'SIGSTOP')
    await new Promise(resolve => setTimeout(resolve, 700))
    if (heldUp) box.signal('supervisor', 'SIGCONT')
    await new Promise(resolve => setTimeout(resolve, 300))
    const turnedAway = () => flood.answered(503) - before[1]
    if (turnedAway() > (flood.sent - before[0]) / 5) return
    const turnsAway = () => until('it is turned away', () => turnedAway() > 0, { seconds: 5 })
    if (
      heldUp &&
      (await turnsAway().then(
        () => true,
        () => false,
      ))
    )
      return
    flood.perSecond = Math.min(flood.perSecond * 1.5, 12_000)
  }
  throw new Error(`the box followed ${flood.perSecond} calls a second: ${JSON.stringify([...flood.answers])}`)
}

test.serial('while the web is besieged, a call for help is put through', async t => {
  const s = await scene(t)
  const caller = await Voice.registered(t, s.box, '201')
  const besiegers = Array.from({ length: 900 }, () => connect(s.box.webPort, s.box.host).on('error', () => undefined))
  t.teardown(() => {
    for (const socket of besiegers) socket.destroy()
  })
  // Half a greeting: the box waits for the rest of it.
  for (const socket of besiegers) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))
  t.regex(await helped(t, s, caller), /^EMERGENCY 911: /)
})

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), '911-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}
