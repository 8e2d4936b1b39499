import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Softphone, type SoftphoneOptions } from '../../native/pjsip-binding/softphone/softphone.ts'
import { babble } from '../audio/babble.ts'
import { heardMessage } from '../audio/message.ts'
import { join as joined, silence } from '../audio/sound.ts'
import { readWav, writeWav } from '../audio/wav.ts'
import { until } from '../lab/until.ts'
import { hearEachOther, Voice } from './voice.ts'

/** Without a box in between only this machine's own scheduling can make a gap. */
const toleranceMs = 200

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'softphone-'))
  t.teardown(() => rm(path, { recursive: true }))
  return path
}

async function phone(t: ExecutionContext, options: SoftphoneOptions): Promise<Softphone> {
  const started = await Softphone.start(options)
  t.teardown(() => started.kill())
  return started
}

/** Two phones, one calls the other: both hear the other whole. Returns the codec. */
async function conversation(t: ExecutionContext, options: Omit<SoftphoneOptions, 'user'>): Promise<string> {
  const [a, b] = [
    await Voice.start(t, 1, { user: 'a', ...options }),
    await Voice.start(t, 2, { user: 'b', ...options }),
  ]
  const call = await a.phone.call(b.phone.uri)
  const incoming = await b.phone.nextCall()
  await call.next('ringing')
  await incoming.answer()
  await call.whenAnswered()
  await hearEachOther(t, a, b)
  const { codec } = await call.stats()
  await call.hangup()
  t.is((await incoming.whenEnded()).status, 200)
  return codec
}

const heardPackets = (phone: Softphone, count: number): Promise<void> =>
  until(
    `${phone.options.user} hears ${count} packets`,
    async () => ((await phone.current.stats()).packetsReceived ?? 0) >= count,
  )

test.serial('two phones hear each other: G.711 µ-law over UDP', async t => {
  t.is(await conversation(t, { codecs: ['PCMU'] }), 'PCMU')
})

test.serial('two phones hear each other: G.722 over TCP', async t => {
  t.is(await conversation(t, { codecs: ['G722', 'PCMA'], transport: 'tcp' }), 'G722')
})

test.serial('two phones hear each other: Opus, encrypted', async t => {
  t.is(await conversation(t, { codecs: ['opus'], srtp: 'mandatory' }), 'opus')
})

test.serial('two phones hear each other over IPv6, or say that PJSIP was built without it', async t => {
  const probe = await Softphone.start({ user: 'a', host: '::1' }).catch((error: Error) => error)
  if (probe instanceof Error) {
    t.regex(probe.message, /no IPv6/)
    return
  }
  await probe.kill()
  t.is(await conversation(t, { codecs: ['PCMA'], host: '::1' }), 'PCMA')
})

for (const codec of ['PCMU', 'G722', 'opus'] as const) {
  test.serial(`a spoken message is heard in full through ${codec}, once and not twice`, async t => {
    const path = await folder(t)
    const message = babble(31, 3)
    await writeWav(join(path, 'message.wav'), joined(silence(500, 16000), message))
    const [a, b] = await Promise.all([
      phone(t, { user: 'a', codecs: [codec] }),
      phone(t, { user: 'b', codecs: [codec], autoAnswer: 'always' }),
    ])
    await b.record(join(path, 'heard.wav'))
    await a.play(join(path, 'message.wav'))
    const call = await a.call(b.uri)
    await call.whenAnswered()
    await a.next('played')
    await heardPackets(b, 185)
    await call.hangup()
    await call.whenEnded()
    await b.stopRecording()
    const heard = await readWav(join(path, 'heard.wav'))
    const { timesInFull, passes } = heardMessage(heard, message, { toleranceMs })
    t.is(timesInFull, 1, JSON.stringify(passes))
    t.is(heardMessage(heard, babble(32, 3)).passes.length, 0)
  })
}

test.serial('digits arrive in order, as telephone events and as INFO', async t => {
  const [a, b] = await Promise.all([phone(t, { user: 'a' }), phone(t, { user: 'b', autoAnswer: 'always' })])
  const call = await a.call(b.uri)
  const incoming = await b.nextCall()
  await call.whenAnswered()
  await call.next('media', { where: ({ status }) => status === 'active' })
  for (const method of ['rfc4733', 'info'] as const) {
    await call.dtmf('12#', method)
    const digits = [await incoming.next('digit'), await incoming.next('digit'), await incoming.next('digit')]
    t.is(digits.map(({ digit }) => digit).join(''), '12#')
    t.true(digits.every(digit => digit.method === method))
  }
})

test.serial('a phone answers by itself when the INVITE asks for it, and only then', async t => {
  const [a, b] = await Promise.all([phone(t, { user: 'a' }), phone(t, { user: 'b' })])
  const asking: Record<string, string>[] = [
    { 'Call-Info': '<sip:127.0.0.1>;answer-after=0' },
    { 'Alert-Info': '<http://127.0.0.1>;info=alert-autoanswer' },
    { 'Alert-Info': 'auto-answer' },
    { 'Alert-Info': '<ring-answer>' },
    { 'Answer-Mode': 'Auto' },
  ]
  for (const headers of asking) {
    const call = await a.call(b.uri, { headers })
    t.is((await b.next('incoming')).autoAnswerSeconds, 0)
    await call.whenAnswered()
    await call.hangup()
    await call.whenEnded()
  }
  const plain = await a.call(b.uri)
  await plain.next('ringing')
  const incoming = await b.nextCall()
  await incoming.hangup(486)
  t.is((await plain.whenEnded()).status, 486)
})

test.serial('hold and resume are seen at the far side', async t => {
  const [a, b] = await Promise.all([phone(t, { user: 'a' }), phone(t, { user: 'b', autoAnswer: 'always' })])
  const call = await a.call(b.uri)
  const incoming = await b.nextCall()
  await call.whenAnswered()
  await incoming.next('media', { where: ({ status }) => status === 'active' })
  await call.hold()
  await incoming.next('media', { where: ({ status }) => status === 'held-there' })
  await call.next('media', { where: ({ status }) => status === 'held-here' })
  await call.resume()
  const { direction } = await incoming.next('media', { where: ({ status }) => status === 'active' })
  t.is(direction, 'sendrecv')
})

test.serial('a call is transferred blind, and attended to a call that replaces another', async t => {
  const open = (user: string) => phone(t, { user, autoAnswer: 'always' })
  const [a, b, c] = await Promise.all([open('a'), open('b'), open('c')])
  const first = await a.call(b.uri)
  await first.whenAnswered()
  await first.transfer(c.uri)
  await c.nextCall()
  await first.next('transfer-status', { where: ({ final, status }) => final && status === 200 })
  await first.hangup()
  await first.whenEnded()
  await b.next('ended')
  t.is(b.calls.size, 1)

  const toB = await a.call(b.uri)
  await toB.whenAnswered()
  const toC = await a.call(c.uri)
  await toC.whenAnswered()
  await toB.transfer(toC)
  t.is((await toC.whenEnded()).status, 200)
  await toB.next('transfer-status', { where: ({ final, status }) => final && status === 200 })
})

test.serial('messages carry their text and their status', async t => {
  const [a, b] = await Promise.all([phone(t, { user: 'a' }), phone(t, { user: 'b' })])
  t.is(await a.message(b.uri, 'line 3 stands: Förderband'), 200)
  t.is((await b.next('message')).body, 'line 3 stands: Förderband')
})

test.serial('what cannot be done is said', async t => {
  const a = await phone(t, { user: 'a' })
  await t.throwsAsync(a.call('201'), { message: /without registrar/ })
  await t.throwsAsync(a.play('/nowhere.wav'), { message: /play/ })
  await t.throwsAsync(a.command('fly'), { message: /no command fly/ })
  await t.throwsAsync(phone(t, { user: 'b', port: a.port }), { message: /in use/ })
  await a.kill()
  await t.throwsAsync(a.next('incoming'), { message: /ended \(SIGKILL\)/ })
})
