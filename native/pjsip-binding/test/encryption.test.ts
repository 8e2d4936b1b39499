// Encrypted legs from the wire: which keys are offered and answered, what is refused, and that both hear one another.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { MediaEncryption } from '../../../firmware/kernel/call/sip-port.ts'
import { type Bench, benchOf, credential } from './bench.ts'
import { ring } from './call.ts'
import { header, type Message, mediaPort } from './message.ts'
import { type Phone, until } from './phone.ts'
import { cryptoLine, cryptoOf, protoOf, randomKey, SrtpStream, sealedSdp, voice } from './srtp.ts'

function lines(bench: Bench, encryption: MediaEncryption): void {
  const users = ['201', '202', '203', '204']
  bench.sip.setLines(users.map(user => ({ ...credential(user, `secret-${user}`), encryption })))
}

/** 201 calls with this description; 202 is rung and answers what `answer` makes of its offer. */
async function call(bench: Bench, o: { offer(a: Phone): string; answer(b: Phone, offered: string): string }) {
  const { phone: a } = await bench.registered('201')
  const { phone: b, binding } = await bench.registered('202')
  const dialog = await a.invite('202', { body: o.offer(a) })
  const { leg } = await bench.event('invite')
  ring(bench, { leg: 'out-1', binding, media: { kind: 'relay', with: leg } })
  const offered = await b.request('INVITE')
  b.reply(offered, 200, { tag: 'callee', body: o.answer(b, offered.body) })
  await bench.event('answered', e => e.leg === 'out-1')
  await b.request('ACK')
  bench.sip.answer(leg, { kind: 'relay', with: 'out-1' })
  const answer = await a.response(200, 'INVITE')
  dialog.acknowledge(answer)
  await bench.event('answered', e => e.leg === leg)
  const suites = [leg, 'out-1'].map(
    own => bench.events.flatMap(event => (event.type === 'encrypted' && event.leg === own ? [event.suite] : []))[0],
  )
  return { a, b, dialog, leg, offered: offered.body, answer: answer.body, suites }
}

type Call = Awaited<ReturnType<typeof call>>

async function over(bench: Bench, { dialog, b }: Call): Promise<void> {
  await dialog.bye()
  bench.sip.hangup('out-1', 'answered')
  b.reply(await b.request('BYE'), 200)
  await bench.settled()
}

const keyIn = (sdp: string, tag = 1): Buffer => cryptoOf(sdp).find(one => one.tag === tag)?.key ?? Buffer.alloc(0)

/** Says a byte as often as needed until the other phone has heard it, opened with its key where it has one. */
async function hears(
  from: { phone: Phone; port: number; key?: Buffer },
  to: { phone: Phone; key?: Buffer },
  o: { byte: number; sequence?: number },
): Promise<void> {
  const [seal, open] = [from.key && new SrtpStream(from.key), to.key && new SrtpStream(to.key)]
  let sequence = o.sequence ?? 1
  const heard = () =>
    to.phone.heard.some(({ raw }) => {
      const payload = open ? open.open(raw) : raw.subarray(12)
      return payload?.length === 160 && payload.every(byte => byte === o.byte)
    })
  await until(`byte ${o.byte} to be heard`, () => {
    const packet = voice(sequence++, o.byte)
    from.phone.sendMedia(seal ? seal.seal(packet) : packet, from.port)
    return heard()
  })
}

test.serial('a phone that encrypts talks to one that does not: the box is between them', async t => {
  const bench = await benchOf(t)
  const key = randomKey()
  const offer = (a: Phone) =>
    sealedSdp(a.sdp({ formats: '8 101' }), [
      cryptoLine(randomKey(), { tag: 1, suite: 'F8_128_HMAC_SHA1_80' }),
      cryptoLine(randomKey(), { tag: 2, more: '|2^20|1:4' }),
      cryptoLine(key, { tag: 3, more: '|2^31 WSH=64' }),
    ])
  const up = await call(bench, { offer, answer: b => b.sdp({ formats: '8 101' }) })
  t.deepEqual([protoOf(up.offered), cryptoOf(up.offered).length], ['RTP/AVP', 0])
  t.is(protoOf(up.answer), 'RTP/SAVP')
  t.deepEqual(
    cryptoOf(up.answer).map(({ tag, suite, key: { length } }) => [tag, suite, length]),
    [[3, 'AES_CM_128_HMAC_SHA1_80', 30]],
  )
  t.deepEqual(up.suites, ['AES_CM_128_HMAC_SHA1_80', undefined])
  const own = keyIn(up.answer, 3)
  t.false(own.equals(key))
  await hears({ phone: up.a, port: mediaPort(up.answer), key }, { phone: up.b }, { byte: 0x2a })
  await hears({ phone: up.b, port: mediaPort(up.offered) }, { phone: up.a, key: own }, { byte: 0x4b })
  t.is(bench.sip.dump().counters['media-encrypted'], 1)
  // Who can read the state of the process can read the keys; nobody else is told them.
  for (const name of readdirSync(bench.config.stateDirectory))
    t.is(statSync(join(bench.config.stateDirectory, name)).mode & 0o077, 0, name)
  for (const secret of [key, own].map(one => one.toString('base64')))
    t.false(JSON.stringify([bench.events, bench.sip.dump()]).includes(secret.slice(0, 12)))
  t.true(readFileSync(join(bench.config.stateDirectory, 'legs'), 'utf8').length > 0)
  await over(bench, up)
})

test.serial('two phones that encrypt have keys of their own, also where encryption is only preferred', async t => {
  const bench = await benchOf(t)
  lines(bench, 'preferred')
  const [keyA, keyB] = [randomKey(), randomKey()]
  const up = await call(bench, {
    offer: a => sealedSdp(a.sdp({ formats: '8 101' }), [cryptoLine(keyA)], 'RTP/AVP'),
    answer: (b, offered) => {
      const chosen = cryptoOf(offered).find(one => one.suite === 'AES_CM_128_HMAC_SHA1_80')
      return sealedSdp(b.sdp({ formats: '8 101' }), [cryptoLine(keyB, { tag: chosen?.tag ?? 0 })], 'RTP/AVP')
    },
  })
  t.is(protoOf(up.offered), 'RTP/AVP')
  t.is(protoOf(up.answer), 'RTP/AVP')
  const [toA, toB] = [keyIn(up.answer), cryptoOf(up.offered).find(one => one.suite === 'AES_CM_128_HMAC_SHA1_80')?.key]
  if (!toB) throw new Error('no key was offered')
  t.is(new Set([keyA, keyB, toA, toB].map(one => one.toString('hex'))).size, 4)
  await hears({ phone: up.a, port: mediaPort(up.answer), key: keyA }, { phone: up.b, key: toB }, { byte: 0x11 })
  await hears({ phone: up.b, port: mediaPort(up.offered), key: keyB }, { phone: up.a, key: toA }, { byte: 0x22 })
  await over(bench, up)
})

test.serial('a phone that takes no key where one is preferred is spoken to in the clear', async t => {
  const bench = await benchOf(t)
  lines(bench, 'preferred')
  const up = await call(bench, { offer: a => a.sdp({ formats: '8 101' }), answer: b => b.sdp({ formats: '8 101' }) })
  t.true(cryptoOf(up.offered).length >= 3)
  t.deepEqual([protoOf(up.answer), cryptoOf(up.answer).length], ['RTP/AVP', 0])
  t.deepEqual(up.suites, [undefined, undefined])
  await hears({ phone: up.a, port: mediaPort(up.answer) }, { phone: up.b }, { byte: 0x33 })
  await over(bench, up)
})

/** What became of a call of 201 with this description, which is never rung for. */
async function refused(
  bench: Bench,
  body: (a: Phone) => string,
): Promise<readonly [Message, string, string | undefined]> {
  const { phone: a } = await bench.registered('201')
  const dialog = await a.invite('202', { body: body(a) })
  const answer = await a.response(488, 'INVITE')
  dialog.ackOf(answer)
  const { why, line } = await bench.event('media-refused')
  await bench.settled()
  return [answer, why, line]
}

test.serial('what cannot be answered as it must be is refused at once, with the reason', async t => {
  const bench = await benchOf(t)
  const foreign = (a: Phone) => sealedSdp(a.sdp(), [cryptoLine(randomKey(), { suite: 'F8_128_HMAC_SHA1_80' })])
  const sealed = (a: Phone) => sealedSdp(a.sdp(), [cryptoLine(randomKey())])
  const [answer, ...why] = await refused(bench, foreign)
  t.deepEqual(why, ['no-common-suite', 'lin_201'])
  t.regex(header(answer, 'Warning'), /399 plant-pbx "no-common-suite"/)
  lines(bench, 'off')
  t.is((await refused(bench, sealed))[1], 'encryption-off')
  lines(bench, 'required')
  t.is((await refused(bench, a => a.sdp()))[1], 'not-encrypted')
  t.deepEqual(
    bench.events.filter(event => event.type === 'invite'),
    [],
  )
})

test.serial('a call for help is answered in the clear by a line that must encrypt', async t => {
  const bench = await benchOf(t)
  lines(bench, 'required')
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const { phone: a } = await bench.registered('201')
  const dialog = await a.invite('911', { challenged: false })
  const { leg, emergency } = await bench.event('invite')
  t.true(emergency)
  bench.sip.answer(leg, { kind: 'box' })
  const answer = await a.response(200, 'INVITE')
  t.is(protoOf(answer.body), 'RTP/AVP')
  dialog.acknowledge(answer)
  await bench.event('answered')
  await dialog.bye()
  await bench.settled()
})

test.serial('a phone that must encrypt and answers in the clear is left alone', async t => {
  const bench = await benchOf(t)
  lines(bench, 'required')
  const { phone: b, binding } = await bench.registered('202')
  ring(bench, { leg: 'out-1', binding })
  const offered = await b.request('INVITE')
  t.is(protoOf(offered.body), 'RTP/SAVP')
  b.reply(offered, 200, { tag: 'callee', body: b.sdp() })
  await b.request('ACK')
  b.reply(await b.request('BYE'), 200)
  const ended = await bench.event('ended')
  t.deepEqual([ended.cause, ended.by], ['not-acceptable', 'box'])
  await bench.settled()
})

test.serial('a re-INVITE with another key changes the key at once; one with the same changes nothing', async t => {
  const bench = await benchOf(t)
  const [first, second] = [randomKey(), randomKey()]
  const offer = (a: Phone, key: Buffer, version: number) =>
    sealedSdp(a.sdp({ formats: '8 101', version }), [cryptoLine(key)])
  const up = await call(bench, { offer: a => offer(a, first, 1), answer: b => b.sdp({ formats: '8 101' }) })
  const own = keyIn(up.answer)
  let sequence = 1
  for (const [key, byte] of [
    [first, 0x51],
    [second, 0x52],
  ] as const) {
    up.dialog.invite({ body: offer(up.a, key, byte) })
    const passed = await up.b.request('INVITE')
    t.is(protoOf(passed.body), 'RTP/AVP')
    up.b.reply(passed, 200, { tag: 'callee', body: up.b.sdp({ formats: '8 101' }) })
    await up.b.request('ACK')
    const answer = await up.a.response(200, 'INVITE')
    up.dialog.acknowledge(answer)
    t.true(keyIn(answer.body).equals(own), 'the box keeps its own')
    const port = mediaPort(answer.body)
    sequence += 2000
    await hears({ phone: up.a, port, key }, { phone: up.b }, { byte, sequence })
    await hears({ phone: up.b, port: mediaPort(up.offered) }, { phone: up.a, key: own }, { byte: byte + 16, sequence })
  }
  await over(bench, up)
})

test.serial('the box itself answers an encrypting phone, and is heard by it', async t => {
  const bench = await benchOf(t)
  const { phone: a } = await bench.registered('201')
  const key = randomKey()
  const dialog = await a.invite('600', { body: sealedSdp(a.sdp({ formats: '8 101' }), [cryptoLine(key)]) })
  const { leg } = await bench.event('invite')
  bench.sip.answer(leg, { kind: 'box' })
  const answer = await a.response(200, 'INVITE')
  dialog.acknowledge(answer)
  await bench.event('answered')
  bench.sip.tone(leg, 'tone', { steps: [{ hertz: [440], milliseconds: 1000 }] })
  t.is(protoOf(answer.body), 'RTP/SAVP')
  const stream = new SrtpStream(keyIn(answer.body))
  await until(
    'ten packets of the tone',
    () => a.heard.filter(({ raw }) => stream.open(raw)?.length === 160).length >= 10,
  )
  await dialog.bye()
  await bench.settled()
})
