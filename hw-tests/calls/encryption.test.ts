// Encrypted speech with real phones: the softphone (pjsua2) and baresip, each with keys of its own, and phones in the clear.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { heardSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { writeWav } from '../audio/wav.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { Baresip, type BaresipOptions } from '../phones/baresip.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'

interface LiveLeg {
  readonly number: string
  readonly encryption?: string
}

async function freshBox(t: ExecutionContext, encryption?: string): Promise<TestBox> {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const stations = await box.stations(['201', '202'])
  if (encryption !== undefined)
    for (const { number, line: id, device, extension, secret } of stations) {
      const value = { authName: number, device, index: 1, extension, encryption }
      await box.change('encrypted lines', [{ op: 'put', kind: 'line', id, value, secrets: { secret } }])
    }
  return box
}

/** How the speech of each leg of the one live call is carried. */
async function legsOf(box: TestBox): Promise<Record<string, string>> {
  const { calls } = await box.ask<{ calls: { legs: LiveLeg[] }[] }>('calls/live')
  return Object.fromEntries(calls.flatMap(({ legs }) => legs.map(one => [one.number, one.encryption ?? 'clear'])))
}

for (const { title, caller, callee, setting, legs } of [
  { title: 'an encrypting phone and one in the clear', caller: 'mandatory', callee: 'off', legs: [true, false] },
  {
    title: 'two that insist on encryption, where the box must encrypt',
    caller: 'mandatory',
    callee: 'mandatory',
    setting: 'required',
    legs: [true, true],
  },
  {
    title: 'two that like encryption, where the box prefers it',
    caller: 'optional',
    callee: 'optional',
    setting: 'preferred',
    legs: [true, true],
  },
] as const) {
  test.serial(`${title} hear each other, held and resumed too`, async t => {
    const box = await freshBox(t, setting)
    const a = await Voice.registered(t, box, '201', { srtp: caller })
    const b = await Voice.registered(t, box, '202', { srtp: callee })
    const call = await talk(a, b)
    await hearEachOther(t, a, b)
    const found = await legsOf(box)
    t.deepEqual(
      ['201', '202'].map(number => found[number] !== 'clear'),
      [...legs],
      JSON.stringify(found),
    )
    await b.phone.current.hold()
    // Whoever waits hears music, and nothing of the other.
    await a.hears(b.melody, 20)
    t.is((await a.hears(b.melody, 100)).times, 0)
    await b.phone.current.resume()
    await hearEachOther(t, a, b)
    await call.hangUp()
    await engineIsEmpty(box)
  })
}

for (const encryption of ['srtp-mand', 'srtp'] as const) {
  test.serial(`baresip (${encryption}) and a baresip in the clear hear each other`, async t => {
    const box = await freshBox(t)
    const folder = await mkdtemp(join(tmpdir(), 'sealed-baresip-'))
    t.teardown(() => rm(folder, { recursive: true }))
    const melodies = [toneSequence(31), toneSequence(32)] as const
    const phone = async (index: 0 | 1, user: string, o: Partial<BaresipOptions>) => {
      const says = join(folder, `${user}.wav`)
      await writeWav(says, toneSound(melodies[index], 8000))
      const login = { user, password: `secret-of-${user}`, registrar: box.registrar, says }
      const started = await Baresip.start({ ...login, ...o })
      t.teardown(() => started.stop())
      await started.whenRegistered()
      return started
    }
    const a = await phone(0, '201', { encryption })
    const b = await phone(1, '202', { answers: 'auto' })
    await a.dial(`sip:202@${box.registrar}`)
    await Promise.all([a.next('CALL_ESTABLISHED'), b.next('CALL_ESTABLISHED')]).catch(error => {
      t.log(b.said)
      throw error
    })
    await Promise.all([a.heardAtLeast(4500), b.heardAtLeast(4500)])
    const found = await legsOf(box)
    t.not(found['201'], 'clear')
    t.is(found['202'], 'clear')
    await a.hangup()
    await b.next('CALL_CLOSED')
    const [atA, atB] = [heardSequence(await a.heard(), melodies[1]), heardSequence(await b.heard(), melodies[0])]
    t.true(atA.times >= 1, `201 heard ${JSON.stringify(atA)}`)
    t.true(atB.times >= 1, `202 heard ${JSON.stringify(atB)}`)
    await engineIsEmpty(box)
  })
}

test.serial('an encrypted call goes on when the supervisor is killed, under the same keys', async t => {
  const box = await freshBox(t, 'required')
  const a = await Voice.registered(t, box, '201', { srtp: 'mandatory' })
  const b = await Voice.registered(t, box, '202', { srtp: 'mandatory' })
  const call = await talk(a, b)
  await hearEachOther(t, a, b)
  const before = box.pidOf('supervisor')
  process.kill(before, 'SIGKILL')
  await until('another supervisor runs', () => box.pidOf('supervisor') !== before)
  await box.ready()
  await hearEachOther(t, a, b)
  await call.hangUp()
  await engineIsEmpty(box)
})

test.serial(
  'a line that must encrypt is refused in the clear, which the health page says until it calls as it must',
  async t => {
    const box = await freshBox(t, 'required')
    const codes = async () => {
      const console = await box.console()
      return (await console.ask<{ problems: { code: string }[] }>({ ask: 'problems' })).problems.map(({ code }) => code)
    }
    const a = await Voice.registered(t, box, '201')
    t.is((await (await a.phone.call('202')).whenEnded()).status, 488)
    await until('the problem is told', async () =>
      (await codes()).some(code => code.startsWith('lines.media-refused:')),
    )
    await a.phone.stop()
    const sealed = await Voice.registered(t, box, '201', { srtp: 'mandatory' })
    t.is((await (await sealed.phone.call('999')).whenEnded()).status, 404)
    t.false((await codes()).some(code => code.startsWith('lines.media-refused:')))
  },
)
