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

const rig: { box?: TestBox } = {}
test.before(async () => {
  rig.box = await TestBox.start()
})
test.after.always(() => rig.box?.stop())

function theBox(): TestBox {
  if (!rig.box) throw new Error('no box')
  return rig.box
}

/** Stations of the box, each with a line that encrypts as `encryption` says. */
async function stations(numbers: readonly string[], encryption?: string): Promise<void> {
  const made = await theBox().stations(numbers)
  if (encryption === undefined) return
  for (const { number, line: id, device, extension, secret } of made) {
    const value = { authName: number, device, index: 1, extension, encryption }
    await theBox().change('encrypted lines', [{ op: 'put', kind: 'line', id, value, secrets: { secret } }])
  }
}

/** How the speech of each leg of the live calls is carried. */
async function legsOf(box: TestBox): Promise<Record<string, string>> {
  const { calls } = await box.ask<{ calls: { legs: LiveLeg[] }[] }>('calls/live')
  return Object.fromEntries(calls.flatMap(({ legs }) => legs.map(one => [one.number, one.encryption ?? 'clear'])))
}

/** Two softphones: how each offers SRTP, how their lines are set, and which of their legs is encrypted then. */
const PAIRS = [
  { numbers: ['201', '202'], caller: 'mandatory', callee: 'off', setting: undefined, legs: [true, false] },
  { numbers: ['203', '204'], caller: 'mandatory', callee: 'mandatory', setting: 'required', legs: [true, true] },
  { numbers: ['205', '206'], caller: 'optional', callee: 'optional', setting: 'preferred', legs: [true, true] },
] as const

async function pairUp(t: ExecutionContext, { numbers, caller, callee, setting, legs }: (typeof PAIRS)[number]) {
  await stations(numbers, setting)
  const [a, b] = await Promise.all([
    Voice.registered(t, theBox(), numbers[0], { srtp: caller }),
    Voice.registered(t, theBox(), numbers[1], { srtp: callee }),
  ])
  return { a, b, legs, call: await talk(a, b) }
}

test.serial(
  'phones that insist on encryption, that like it, and in the clear hear each other, held and resumed, and when the supervisor is killed',
  async t => {
    const box = theBox()
    const pairs: Awaited<ReturnType<typeof pairUp>>[] = []
    for (const pair of PAIRS) pairs.push(await pairUp(t, pair))
    const allHear = () => Promise.all(pairs.map(({ a, b }) => hearEachOther(t, a, b)))
    await allHear()
    const found = await legsOf(box)
    for (const { a, b, legs } of pairs)
      t.deepEqual(
        [a, b].map(({ number }) => found[number] !== 'clear'),
        [...legs],
        JSON.stringify(found),
      )
    await Promise.all(pairs.map(({ b }) => b.phone.current.hold()))
    // Whoever waits hears music, and nothing of the other.
    await Promise.all(pairs.map(({ a, b }) => a.hears(b.melody, 20)))
    for (const { times } of await Promise.all(pairs.map(({ a, b }) => a.hears(b.melody, 100)))) t.is(times, 0)
    await Promise.all(pairs.map(({ b }) => b.phone.current.resume()))
    await allHear()
    // Whose keys were others afterwards would not be heard.
    const before = box.pidOf('supervisor')
    process.kill(before, 'SIGKILL')
    await until('another supervisor runs', () => box.pidOf('supervisor') !== before)
    await box.ready()
    await allHear()
    t.deepEqual(await legsOf(box), found)
    await Promise.all(pairs.map(({ call }) => call.hangUp()))
    await engineIsEmpty(box)
  },
)

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

/** `from` may call `to`, a baresip in the clear; each hears the melody of the other. */
async function pairInTheClear(
  t: ExecutionContext,
  box: TestBox,
  o: { from: string; to: string; offered: Offered },
): Promise<{ readonly talk: () => Promise<void> }> {
  const melodies = [toneSequence(Number(o.from)), toneSequence(Number(o.to))] as const
  const { suite, ...more } = o.offered
  const a = await baresip(t, { box, user: o.from, melody: melodies[0], more })
  const b = await baresip(t, { box, user: o.to, melody: melodies[1], more: { answers: 'auto' } })
  const talk = async () => {
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
  return { talk }
}

test.serial(
  'baresips that offer keys, insist on them, shake hands, make connectivity checks, or both, are heard in the clear and hear',
  async t => {
    const box = theBox()
    const pairs: readonly (readonly [from: string, to: string, offered: Offered])[] = [
      ['211', '212', { encryption: 'dtls_srtp', suite: /^DTLS A/ }],
      ['213', '214', { encryption: 'dtls_srtp', checks: true, suite: /^DTLS A/ }],
      ['215', '216', { checks: true, suite: /^clear$/ }],
      ['217', '218', { encryption: 'srtp-mand', suite: /^A/ }],
      ['219', '220', { encryption: 'srtp', suite: /^A/ }],
    ]
    await stations([...pairs.map(([from]) => from), ...pairs.map(([, to]) => to)])
    const before = (await engineOf(box)).counters
    const calls: Awaited<ReturnType<typeof pairInTheClear>>[] = []
    // Started one after the other: two that look for a free port at once may find the same.
    for (const [from, to, offered] of pairs) calls.push(await pairInTheClear(t, box, { from, to, offered }))
    await Promise.all(calls.map(call => call.talk()))
    const { counters } = await engineOf(box)
    const more = (name: string) => (counters[name] ?? 0) - (before[name] ?? 0)
    t.is(more('media-handshakes'), 2)
    t.true(more('media-checks') >= 2)
    await engineIsEmpty(box)
  },
)

test.serial(
  'a line that must encrypt is refused in the clear, which the health page says until it calls as it must',
  async t => {
    const box = theBox()
    await stations(['231'], 'required')
    const codes = async () => {
      const console = await box.console()
      return (await console.ask<{ problems: { code: string }[] }>({ ask: 'problems' })).problems.map(({ code }) => code)
    }
    const a = await Voice.registered(t, box, '231')
    t.is((await (await a.phone.call('999')).whenEnded()).status, 488)
    await until('the problem is told', async () =>
      (await codes()).some(code => code.startsWith('lines.media-refused:')),
    )
    await a.phone.stop()
    const sealed = await Voice.registered(t, box, '231', { srtp: 'mandatory' })
    t.is((await (await sealed.phone.call('999')).whenEnded()).status, 404)
    t.false((await codes()).some(code => code.startsWith('lines.media-refused:')))
  },
)
