// The call for help dropped: the guard calls back, and the very phone rings, with real phones.
import test, { type ExecutionContext } from 'ava'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { hearEachOther, Voice } from '../phones/voice.ts'

/** 203 is the guard; all that is called at 201 goes to 202. */
async function scene(t: ExecutionContext) {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const [post, other, gate] = await box.stations(['201', '202', '203'])
  if (!post || !other || !gate) throw new Error('no stations')
  await box.put('emergency-plan', { name: 'Gate', answeringPoints: [gate.extension] })
  const always = { kind: 'extension', id: other.extension }
  await box.put('forward-rule', { name: 'Away', extensions: [post.extension], always })
  return { box, guard: await Voice.registered(t, box, '203') }
}

/** Calls for help; the guard answers, and the line drops. */
async function dropped(s: { box: TestBox; guard: Voice }, caller: Voice): Promise<void> {
  const call = await caller.phone.call(`sip:911@${s.box.registrar}`)
  const incoming = await s.guard.phone.nextCall(20)
  await incoming.answer()
  await call.whenAnswered()
  await call.hangup()
  await incoming.whenEnded()
}

async function calledBack(
  t: ExecutionContext,
  s: { box: TestBox; guard: Voice },
  o: { caller: Voice; number: string },
): Promise<void> {
  const back = await s.guard.phone.call(`sip:${o.number}@${s.box.registrar}`)
  const rings = await o.caller.phone.nextCall(20)
  await rings.answer()
  await back.whenAnswered()
  await hearEachOther(t, s.guard, o.caller)
  await back.hangup()
  await rings.whenEnded()
}

const leases = async (box: TestBox) =>
  (await box.ask<{ leases: { number: string; answeredBy?: object }[] }>('emergency-call-backs/leases')).leases

test.serial(
  'a registered phone is called back past its forward, also after the telephone software was killed',
  async t => {
    const s = await scene(t)
    const caller = await Voice.registered(t, s.box, '201')
    const other = await Voice.registered(t, s.box, '202')
    await dropped(s, caller)
    await calledBack(t, s, { caller, number: '201' })
    const before = s.box.pidOf('supervisor')
    s.box.signal('supervisor', 'SIGKILL')
    await until('the supervisor is another one', () => s.box.pidOf('supervisor') !== before, { seconds: 30 })
    await s.box.ready()
    await calledBack(t, s, { caller, number: '201' })
    t.is(other.phone.calls.size, 0)
    await engineIsEmpty(s.box)
  },
)

test.serial('a phone that never registered and has no number is called back at its address', async t => {
  const s = await scene(t)
  const stranger = await Voice.start(t, 33, { user: 'socket-in-the-hall' })
  await dropped(s, stranger)
  await until('the guard is known as who answered', async () => (await leases(s.box))[0]?.answeredBy !== undefined, {
    seconds: 20,
  })
  await calledBack(t, s, { caller: stranger, number: 'socket-in-the-hall' })
  await engineIsEmpty(s.box)
})
