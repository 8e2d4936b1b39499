import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { until } from '../lab/until.ts'
import { answerChallenge } from './crowd/digest.ts'
import { formatMessage, header, readMessage } from './crowd/sip-message.ts'
import { type CrowdOptions, monotonicMs, PhoneCrowd } from './phone-crowd.ts'
import { runSipp } from './sipp.ts'
import { callingParty } from './sipp-scenarios.ts'

async function crowd(t: ExecutionContext, options: CrowdOptions): Promise<PhoneCrowd> {
  const started = await PhoneCrowd.start(options)
  t.teardown(() => started.kill())
  return started
}

async function softphone(t: ExecutionContext, user: string, rest = {}): Promise<Softphone> {
  const phone = await Softphone.start({ user, ...rest })
  t.teardown(() => phone.kill())
  return phone
}

const nowhere = { host: '127.0.0.1', port: 9 }
const people = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ user: String(200 + i), password: `p${200 + i}` }))

test.serial('fifty phones register with their passwords, and one with a wrong one is refused', async t => {
  const lines = [...people(50), { user: '299', password: 'wrong' }]
  const phones = await crowd(t, { lines, registrar: { host: '127.0.0.1', port: await registrar(t) } })
  const registrations = await phones.register({ perSecond: 100 })
  const accepted = registrations.filter(({ status }) => status === 200)
  t.is(accepted.length, 50)
  t.deepEqual(
    registrations.filter(({ status }) => status === 403).map(({ line }) => line),
    ['299'],
  )
  t.is(await phones.retransmissions(), 0)
})

test.serial('a phone of the crowd answers a real phone at once and hears it', async t => {
  const [caller, phones] = [await softphone(t, 'a'), await crowd(t, { lines: people(2), registrar: nowhere })]
  const before = monotonicMs()
  const call = await caller.call(phones.addresses[1] ?? '')
  await call.whenAnswered()
  const [heard] = await phones.next('first-rtp')
  t.is(heard?.line, '201')
  t.is(heard?.state, 'up')
  t.true((heard?.firstRtpAt ?? 0) > before && (heard?.firstRtpAt ?? 0) < monotonicMs())
  await call.hold()
  await call.next('media', { where: ({ status }) => status === 'held-here' })
  await call.hangup()
  const [over] = await phones.next('ended')
  t.true((over?.rtpPackets ?? 0) > 0)
  t.is((await phones.calls()).length, 1)
})

test.serial('phones that ring answer only when they are asked to', async t => {
  const caller = await softphone(t, 'a')
  const phones = await crowd(t, { lines: people(1), registrar: nowhere, rule: { answers: 'when-asked' } })
  const [address = ''] = phones.addresses
  const ringing = await caller.call(address)
  await ringing.next('ringing')
  await ringing.hangup()
  t.is((await ringing.whenEnded()).status, 487)
  t.is((await phones.next('ended'))[0]?.status, 487)
  const asking = await caller.call(address, { headers: { 'Alert-Info': '<http://127.0.0.1>;info=alert-autoanswer' } })
  await asking.whenAnswered()
  t.deepEqual((await phones.next('answered'))[0]?.asked, ['<http://127.0.0.1>;info=alert-autoanswer'])
  const second = await caller.call(address)
  t.is((await second.whenEnded()).status, 486)
})

test.serial('the crowd calls a real phone, speaks to it and hangs up', async t => {
  const called = await softphone(t, 'b', { autoAnswer: 'always' })
  const phones = await crowd(t, { lines: people(1), registrar: { host: '127.0.0.1', port: called.port } })
  const { id } = await phones.place('200', 'b', { talks: true })
  const incoming = await called.nextCall()
  const [answered] = await phones.next('answered')
  t.is(answered?.id, id)
  await phones.next('first-rtp')
  await until('it is heard', async () => ((await incoming.stats()).packetsReceived ?? 0) >= 20)
  await phones.hangup('200')
  t.is((await incoming.whenEnded()).status, 200)
})

test.serial('a call of the crowd is refused, and another is cancelled while it rings', async t => {
  const called = await softphone(t, 'b')
  const phones = await crowd(t, { lines: people(1), registrar: { host: '127.0.0.1', port: called.port } })
  await phones.place('200', 'b')
  await (await called.nextCall()).hangup(486)
  t.is((await phones.next('ended'))[0]?.status, 486)
  await phones.place('200', 'b')
  const second = await called.nextCall()
  const ringing = async () => (await phones.calls()).at(-1)?.state === 'ringing'
  await until('it rings', ringing)
  await phones.hangup('200')
  await second.whenEnded()
  t.is((await phones.next('ended'))[0]?.status, 487)
  await t.throwsAsync(phones.place('999', 'b'), { message: /no line 999/ })
})

test.serial('twenty calls from SIPp are answered and ended', async t => {
  const phones = await crowd(t, { lines: people(1), registrar: nowhere })
  const to = phones.addresses[0]?.replace('sip:200@', '') ?? ''
  const counts = await runSipp({
    scenario: callingParty,
    to,
    service: '200',
    calls: 20,
    callsPerSecond: 20,
    concurrent: 1,
  })
  t.is(counts.succeeded, 20)
  t.is((await phones.calls()).filter(({ state }) => state === 'ended').length, 20)
  await phones.forget()
  t.is((await phones.calls()).length, 0)
})

test('digest answers are those of RFC 2617 and RFC 7616', t => {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  const answer = answerChallenge(
    ['Digest realm="box", nonce="n1", algorithm=SHA-512-256', 'Digest realm="box", nonce="n1", opaque="o"'],
    { user: '201', password: 'secret' },
    { method: 'REGISTER', uri: 'sip:box' },
  )
  const expected = md5(`${md5('201:box:secret')}:n1:${md5('REGISTER:sip:box')}`)
  t.true(answer?.includes(`response="${expected}"`))
  t.true(answer?.includes('opaque="o"'))
  t.is(
    answerChallenge(['Basic realm="box"'], { user: 'a', password: 'b' }, { method: 'REGISTER', uri: 'sip:box' }),
    undefined,
  )
})

test('messages are read with short names and folded lines, and noise is not', t => {
  const message = readMessage(Buffer.from('BYE sip:a SIP/2.0\r\nf: <sip:b>\r\n ;tag=1\r\ni: x\r\n\r\nbody'))
  t.is(message?.method, 'BYE')
  t.is(message && header(message, 'from'), '<sip:b> ;tag=1')
  t.is(message && header(message, 'call-id'), 'x')
  t.is(readMessage(Buffer.from('\r\n\r\n')), undefined)
})

/** Challenges every REGISTER and computes the digest by the letter of RFC 2617; the password of 200 is p200. */
async function registrar(t: ExecutionContext): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  socket.on('message', (packet, from) => {
    const request = readMessage(packet)
    if (!request) return
    const proof = header(request, 'authorization')
    const field = (name: string) => new RegExp(`[ ,]${name}="?([^",]+)`).exec(proof)?.[1] ?? ''
    const user = field('username')
    const [ha1, ha2] = [md5(`${user}:box:p${user}`), md5(`REGISTER:${field('uri')}`)]
    const right = md5(`${ha1}:n-${user}:${field('nc')}:${field('cnonce')}:auth:${ha2}`) === field('response')
    const asked = /sip:(\d+)@/.exec(header(request, 'to'))?.[1]
    const challenge = ['WWW-Authenticate', `Digest realm="box", nonce="n-${asked}", algorithm=MD5, qop="auth"`] as const
    const copied = ['via', 'from', 'to', 'call-id', 'cseq'].map(name => [name, header(request, name)] as const)
    const contact = ['Contact', `${header(request, 'contact')};expires=60`] as const
    const start = proof === '' ? '401 Unauthorized' : right ? '200 OK' : '403 Forbidden'
    socket.send(
      formatMessage(`SIP/2.0 ${start}`, [...copied, proof === '' ? challenge : contact]),
      from.port,
      from.address,
    )
  })
  return socket.address().port
}
