// Encrypted speech with real phones: the softphone (pjsua2) and baresip, each with keys of its own, and phones in the clear.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { heardSequence, type ToneSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { writeWav } from '../audio/wav.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty, engineOf } from '../lab/engine.ts'
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

/** What a baresip offers, and what the box should say of its leg. */
type Offered = Pick<BaresipOptions, 'encryption' | 'checks'> & { readonly suite: RegExp }

/** A baresip that says a melody, registered as a line of the box. */
async function baresip(
  t: ExecutionContext,
  o: { box: TestBox; user: string; melody: ToneSequence; more: Partial<BaresipOptions> },
): Promise<Baresip> {
  const folder = await mkdtemp(join(tmpdir(), 'sealed-baresip-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const says = join(folder, 'says.wav')
  await writeWav(says, toneSound(o.melody, 8000))
  const login = { user: o.user, password: `secret-of-${o.user}`, registrar: o.box.registrar, says }
  const started = await Baresip.start({ ...login, ...o.more })
  t.teardown(() => started.stop())
  await started.whenRegistered()
  return started
}

/** `from` calls `to`, a baresip in the clear; each hears the melody of the other. */
async function talkInTheClear(
  t: ExecutionContext,
  box: TestBox,
  o: { from: string; to: string; offered: Offered },
): Promise<void> {
  const melodies = [toneSequence(Number(o.from)), toneSequence(Number(o.to))] as const
  const { suite, ...more } = o.offered
  const a = await baresip(t, { box, user: o.from, melody: melodies[0], more })
  const b = await baresip(t, { box, user: o.to, melody: melodies[1], more: { answers: 'auto' } })
  await a.dial(`sip:${o.to}@${box.registrar}`)
  await Promise.all([a.next('CALL_ESTABLISHED'), b.next('CALL_ESTABLISHED')]).catch(error => {
    t.log(b.said)
    throw error
  })
  await Promise.all([a.heardAtLeast(4500), b.heardAtLeast(4500)])
  const found = await legsOf(box)
  t.regex(found[o.from] ?? '', suite)
  t.is(found[o.to], 'clear')
  await a.hangup()
  await b.next('CALL_CLOSED')
  const [atA, atB] = [heardSequence(await a.heard(), melodies[1]), heardSequence(await b.heard(), melodies[0])]
  t.true(atA.times >= 1, `${o.from} heard ${JSON.stringify(atA)}`)
  t.true(atB.times >= 1, `${o.to} heard ${JSON.stringify(atB)}`)
}

for (const encryption of ['srtp-mand', 'srtp'] as const) {
  test.serial(`baresip (${encryption}) and a baresip in the clear hear each other`, async t => {
    const box = await freshBox(t)
    await talkInTheClear(t, box, { from: '201', to: '202', offered: { encryption, suite: /^A/ } })
    await engineIsEmpty(box)
  })
}

test.serial(
  'baresips that shake hands, make connectivity checks, or both, are heard in the clear and hear',
  async t => {
    const box = await freshBox(t)
    const pairs: readonly (readonly [from: string, to: string, offered: Offered])[] = [
      ['201', '202', { encryption: 'dtls_srtp', suite: /^DTLS A/ }],
      ['203', '204', { encryption: 'dtls_srtp', checks: true, suite: /^DTLS A/ }],
      ['205', '206', { checks: true, suite: /^clear$/ }],
    ]
    await box.stations(['203', '204', '205', '206'])
    // One after the other: two that look for a free port at once may find the same.
    for (const [from, to, offered] of pairs) await talkInTheClear(t, box, { from, to, offered })
    const { counters } = await engineOf(box)
    t.is(counters['media-handshakes'], 2)
    t.true((counters['media-checks'] ?? 0) >= 2)
    await engineIsEmpty(box)
  },
)

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
