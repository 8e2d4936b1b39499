// What strangers send: damaged SIP, foreign RTP, password floods, more calls than JavaScript can follow.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type Bench, benchOf } from './bench.ts'
import { answered, callUp, ring, talk } from './call.ts'
import { header, type Message, method, status } from './message.ts'
import { damaged, seeded } from './mutations.ts'
import { type Phone, until } from './phone.ts'

/** Whole messages of every kind, some of them inside the dialog given. */
function seeds(
  phone: Phone,
  inside: { callId: string; localTag: string; remoteTag: string; target: string },
): string[] {
  const out: string[] = []
  const sdp = phone.sdp()
  const message = (
    start: string,
    cseq: string,
    o: { to?: string; callId?: string; from?: string; extra?: string[]; body?: string; type?: string } = {},
  ): void => {
    const body = o.body ?? ''
    out.push(
      [
        start,
        phone.via(),
        `From: "Some One" <sip:201@plant>;tag=${o.from ?? 'f1'}`,
        `To: <sip:202@plant>${o.to ?? ''}`,
        `Call-ID: ${o.callId ?? 'fuzz-1'}`,
        `CSeq: ${cseq}`,
        `Contact: ${phone.contact};expires=60;+sip.instance="<urn:uuid:1>"`,
        'Max-Forwards: 70',
        ...(o.extra ?? []),
        ...(body === '' ? [] : [`Content-Type: ${o.type ?? 'application/sdp'}`]),
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
    )
  }
  const digest =
    'Authorization: Digest username="201", realm="plant", nonce="0123456789abcdef01234567012345678901234567890123", uri="sip:plant", response="00112233445566778899aabbccddeeff", algorithm=MD5, qop=auth, nc=00000001, cnonce="a"'
  message('REGISTER sip:plant SIP/2.0', '1 REGISTER', { extra: [digest, 'Expires: 60'] })
  message('INVITE sip:202@plant SIP/2.0', '1 INVITE', { extra: [digest], body: sdp })
  message('INVITE sip:911@plant SIP/2.0', '1 INVITE', {
    body: sdp,
    extra: ['Require: replaces', 'Replaces: a;to-tag=b;from-tag=c', 'Record-Route: <sip:10.0.0.1;lr>'],
  })
  message('INVITE sip:911@plant SIP/2.0', '2 INVITE', {
    body: `--x\r\nContent-Type: application/sdp\r\n\r\n${sdp}\r\n--x--\r\n`,
    type: 'multipart/mixed;boundary=x',
  })
  message('OPTIONS sip:plant SIP/2.0', '1 OPTIONS')
  message('MESSAGE sip:202@plant SIP/2.0', '1 MESSAGE', { extra: [digest], body: 'hello', type: 'text/plain' })
  const dialog = { to: `;tag=${inside.remoteTag}`, callId: inside.callId, from: inside.localTag }
  message(`INVITE ${inside.target} SIP/2.0`, '900 INVITE', { ...dialog, body: sdp })
  message(`UPDATE ${inside.target} SIP/2.0`, '901 UPDATE', { ...dialog, body: sdp })
  message(`INFO ${inside.target} SIP/2.0`, '902 INFO', {
    ...dialog,
    body: 'Signal=1\r\n',
    type: 'application/dtmf-relay',
  })
  message(`REFER ${inside.target} SIP/2.0`, '903 REFER', {
    ...dialog,
    extra: ['Refer-To: <sip:203@plant?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>'],
  })
  message(`ACK ${inside.target} SIP/2.0`, '900 ACK', dialog)
  message('SIP/2.0 200 OK', '1 INVITE', { to: ';tag=x', body: sdp, extra: ['Record-Route: <sip:10.0.0.1;lr>'] })
  message('SIP/2.0 401 No', '1 INVITE', { to: ';tag=x', extra: ['WWW-Authenticate: Digest realm="x", nonce="y"'] })
  message('CANCEL sip:202@plant SIP/2.0', '1 CANCEL')
  message('SUBSCRIBE sip:202@plant SIP/2.0', '1 SUBSCRIBE', { extra: ['Event: dialog'] })
  return out
}

/** Asks until it is answered: the question itself may be lost in the crowd. */
async function keepsPace(phone: Phone, options: string, serial: number): Promise<void> {
  const asked = options.replace('fuzz-1', `alive-${serial}`).replace('branch=', `branch=z9hG4bKalive${serial}`)
  let patience = 0
  await until('an answer', () => {
    if (patience-- <= 0) phone.sendRaw(asked)
    if (patience < 0) patience = 20
    return phone.inbox.some(m => header(m, 'Call-ID') === `alive-${serial}`)
  })
  phone.inbox.length = 0
}

test.serial('ten thousand damaged messages leave the switch, a call and its memory as they were', async t => {
  const bench = await benchOf(t)
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  // Whatever gets through as a call is refused, as a feature would.
  bench.sip.on(events => {
    for (const event of events) {
      if (event.type === 'invite' && event.from.name === 'Some One') bench.sip.hangup(event.leg, 'not-found')
      if (event.type === 'message') bench.sip.respond(event.request, 404)
      if (event.type === 'refer') bench.sip.respond(event.request, 603)
    }
  })
  const up = await callUp(bench)
  await talk(up)
  const random = seeded(20261120)
  const fuzzer = await bench.phone('fuzzer')
  const messages = seeds(fuzzer, {
    callId: up.callerDialog.callId,
    localTag: up.callerDialog.localTag,
    remoteTag: up.callerDialog.remoteTag,
    target: up.callerDialog.target,
  })
  for (let n = 0; n < 10_000; n += 1) {
    const message = messages[n % messages.length] ?? ''
    fuzzer.sendRaw(Buffer.from(damaged(message, random), 'latin1'))
    if (n % 40 === 0) await new Promise(resolve => setImmediate(resolve))
    // What a crowded machine has no time for is lost in the socket, and proves nothing.
    if (n % 200 === 199) await keepsPace(fuzzer, messages[4] ?? '', n)
  }
  const before = bench.sip.dump().counters['requests-in'] ?? 0
  await keepsPace(fuzzer, messages[4] ?? '', 10_000)
  t.true((bench.sip.dump().counters['requests-in'] ?? 0) > before)
  t.true(before > 2000, `${before} could be read`)
  for (const dialog of [up.callerDialog, up.calleeDialog]) dialog.cseq = 200_000
  for (const leg of bench.sip.dump().legs) bench.sip.hangup(leg.leg, 'answered')
  await bench.settled()
  t.deepEqual(bench.sip.dump().legs, [])
})

test.serial('damaged answers to our own calls do no harm', async t => {
  const bench = await benchOf(t)
  const { phone, binding } = await bench.registered('202')
  const random = seeded(4475)
  for (let n = 0; n < 150; n += 1) {
    ring(bench, { leg: `f${n}`, binding, to: '202', name: 'x' })
    const request = await phone.request('INVITE')
    const texts: string[] = []
    phone.onSend = text => texts.push(text) < 0
    phone.reply(request, n % 3 === 0 ? 183 : 200, { tag: `t${n}`, body: phone.sdp({ formats: '8 101' }) })
    phone.onSend = undefined
    phone.sendRaw(Buffer.from(damaged(texts[0] ?? '', random), 'latin1'))
    phone.inbox.length = 0
  }
  for (const leg of bench.sip.dump().legs) bench.sip.hangup(leg.leg, 'cancelled')
  await bench.settled()
  t.is(bench.events.filter(e => e.type === 'ended').length, 150)
})

const FORGED = 600
/** Where forgers say that they are. */
const CONTACTS = ['<tel:+18105550100>', '<sips:x@192.0.2.1>', `<sip:${'x'.repeat(300)}@127.0.0.1>`, '<sip:x@plant>']

/** A 200 to that INVITE, under a tag and a branch of the forger's own. */
function forged(phone: Phone, invite: Message, o: { tag: string; contact: string; cseq: number | undefined }): void {
  phone.send({
    start: 'SIP/2.0 200 OK',
    headers: [
      `Via: ${header(invite, 'Via').replace(/branch=[^;]+/, `branch=z9hG4bKforged${o.tag}`)}`,
      `From: ${header(invite, 'From')}`,
      `To: ${header(invite, 'To')};tag=${o.tag}`,
      `Call-ID: ${header(invite, 'Call-ID')}`,
      `CSeq: ${o.cseq ?? Number.parseInt(header(invite, 'CSeq'), 10)} INVITE`,
      `Contact: ${o.contact}`,
    ],
    body: phone.sdp({ formats: '8 101' }),
  })
}

/** What the box said to answers that nobody waits for: ACKs, and BYEs without their copies. */
function saidTo(phone: Phone): { acks: number; byes: number; bytes: number } {
  const asked = phone.inbox.filter(message => status(message) === 0)
  const byes = asked.filter(message => method(message) === 'BYE')
  return {
    acks: asked.filter(message => method(message) === 'ACK').length,
    byes: new Set(byes.map(message => header(message, 'Via'))).size,
    bytes: asked.reduce((sum, message) => sum + message.text.length, 0),
  }
}

/** Answers that the box has read, and what came of them. */
const strayAnswers = (bench: Bench): number => {
  const { counters } = bench.sip.dump()
  return (counters['late-answers'] ?? 0) + (counters['stray-answers'] ?? 0)
}

for (const isUp of [false, true])
  test.serial(
    `forged answers ${isUp ? 'in a call that is up' : 'to a call that is over'} make the box say little, and leave nothing`,
    async t => {
      const bench = await benchOf(t)
      const { phone, offered } = await answered(bench, { leg: 'odd', number: '202', formats: '8 101' })
      if (!isUp) {
        bench.sip.hangup('odd', 'answered')
        phone.reply(await phone.request('BYE'), 200)
        await bench.settled()
      }
      phone.inbox.length = 0
      let sent = 0
      phone.onSend = text => {
        sent += text.length
        return true
      }
      for (let n = 0; n < FORGED; n++) {
        // A third of them copies of one, the rest each another branch of a fork that never was.
        const tag = n % 3 === 0 ? 'copied' : `t${n}`
        const contact = n < 5 ? phone.contact : (CONTACTS[n % CONTACTS.length] ?? '')
        forged(phone, offered, { tag, contact, cseq: n % 7 === 6 ? 2_147_483_647 : undefined })
        if (n % 40 === 0) await new Promise(resolve => setImmediate(resolve))
      }
      await until('they are all read', () => strayAnswers(bench) >= FORGED)
      await until('its farewells are over', () => bench.sip.dump().transactions === 0)
      const said = saidTo(phone)
      t.true(said.acks >= 4 && said.acks <= 4 * 12, `${said.acks} ACKs`)
      t.true(said.byes >= 1 && said.byes <= 4, `${said.byes} BYEs`)
      t.true(said.bytes < sent / 4, `${said.bytes} bytes for ${sent}`)
      t.is(bench.sip.dump().legs.length, isUp ? 1 : 0)
      bench.sip.hangup('odd', 'answered')
      if (isUp)
        phone.reply(await phone.next('its own BYE', m => method(m) === 'BYE' && m.text.includes('tag=odd')), 200)
      await bench.settled()
    },
  )

test.serial('a stranger who sends RTP to a port in use is not heard', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  await talk(up)
  const stranger = await bench.phone('stranger', { host: '127.0.0.9' })
  const mark = Buffer.alloc(160, 0x7e)
  for (let n = 0; n < 50; n += 1) {
    stranger.speak({ port: up.callerPort, type: 8, payload: mark })
    stranger.speak({ port: up.calleePort, type: 8, payload: mark })
  }
  await talk(up)
  t.false([...up.a.heard, ...up.b.heard].some(packet => packet.payload.includes(0x7e)))
  for (const leg of ['out-1', up.inLeg]) bench.sip.hangup(leg, 'answered')
})

test.serial('a password flood is throttled, and phones that proved themselves there are not', async t => {
  const bench = await benchOf(t)
  const { phone } = await bench.registered('201')
  const flooder = await bench.phone('202', { secret: 'guess' })
  for (let n = 0; n < 80; n += 1) await flooder.register({ outcome: 401, patience: 20 }).catch(() => undefined)
  t.true((await bench.event('auth-refused', e => e.throttled)).source.host === '127.0.0.1')
  const refused = bench.sip.dump().counters['auth-refused'] ?? 0
  t.true(refused >= 30 && refused < 60, `${refused} were looked at`)
  t.true(bench.events.filter(e => e.type === 'auth-refused').length < 10)
  await phone.register()
  const elsewhere = await bench.phone('203', { host: '127.0.0.3' })
  await elsewhere.register()
  t.is(bench.sip.dump().bindings, 2)
})

test.serial('a digest cannot be replayed, and a lost answer to REGISTER is repeated', async t => {
  const bench = await benchOf(t)
  const phone = await bench.phone('201')
  const sent: string[] = []
  phone.onSend = text => sent.push(text) > 0
  await phone.register()
  const good = sent[1] ?? ''
  phone.sendRaw(good)
  await phone.response(200, 'REGISTER')
  phone.sendRaw(good.replace(/Call-ID: \w+/, 'Call-ID: replayed').replace('Expires: 300', 'Expires: 0'))
  const refused: Message = await phone.response(401, 'REGISTER')
  t.regex(refused.text, /stale=true/)
  t.is(bench.sip.dump().bindings, 1)
})

test.serial('while JavaScript stands still new work is refused with a time to retry, and 911 is not', async t => {
  const bench = await benchOf(t)
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'], callBacks: ['8105550911'] })
  const done = join(bench.config.stateDirectory, 'the-phones-are-done')
  const child = fork(
    new URL('./shed-child.ts', import.meta.url),
    [JSON.stringify({ host: bench.host, port: bench.port, done })],
    { stdio: 'inherit' },
  )
  await once(child, 'message')
  child.send('go')
  const results: Record<string, unknown>[] = []
  child.on('message', message => results.push(message as Record<string, unknown>))
  await new Promise(resolve => setImmediate(resolve))
  // Nothing of ours runs now, for as long as the phones need: events pile up in the switch.
  const still = new Int32Array(new SharedArrayBuffer(4))
  for (let slices = 0; slices < 400 && !existsSync(done); slices++) Atomics.wait(still, 0, 0, 50)
  const result = await until('the phones', () => results[0], 10_000)
  // Whoever calls back is asked for his password as ever, and not told to come again later.
  t.like(result, { register: 503, retryAfter: '5', invite: 503, callBack: 401, emergency: 100 })
  t.true((await bench.event('overload-changed')).shedding)
  const emergency = await bench.event('invite', e => e.emergency)
  t.false((await bench.event('overload-changed', e => !e.shedding)).shedding)
  bench.sip.hangup(emergency.leg, 'not-found')
})
