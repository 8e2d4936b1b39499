// The process dies while a call is more than two who talk: it is handed on, kept waiting, in a mix, overheard, encrypted.
// And while a phone is about to say that it is still there. What was up goes on, and can be done with as before.
import test, { type ExecutionContext } from 'ava'
import type { RestoredLeg } from '../../../firmware/kernel/call/sip-port.ts'
import type { Bench } from './bench.ts'
import { talk } from './call.ts'
import { scene } from './crash-scene.ts'
import { identity } from './identity.ts'
import { header, mediaPort, tagOf } from './message.ts'
import { type Dialog, type Phone, until } from './phone.ts'
import { type After, changes, inLegOf, restarted, type Up, up } from './restart-stage.ts'
import { cryptoLine, cryptoOf, randomKey, SrtpStream, sealedSdp, voice } from './srtp.ts'
import { Watch } from './watch.ts'

/** A third phone that the box has called by itself, and that has answered. */
interface Third {
  readonly phone: Phone
  readonly dialog: Dialog
  readonly port: number
}

async function third(call: Up): Promise<Third> {
  const { s } = call
  const phone = await s.phone('203')
  const registered = () => s.events.find(e => e.type === 'registered' && e.binding.line === 'lin_203')
  const event = await until('the third phone', registered)
  if (event.type !== 'registered') throw new Error('no binding')
  const words = [
    {
      leg: 'third',
      target: { binding: event.binding },
      from: { number: '201', name: '' },
      to: '203',
      media: { kind: 'box' },
      lane: 'new',
    },
  ] as const
  await s.orders({ name: 'invite', words: [...words] })
  const offered = await phone.request('INVITE')
  phone.reply(offered, 200, { tag: 'third', body: phone.sdp({ formats: '8 101' }) })
  await phone.request('ACK')
  await until('the third leg', () => s.events.some(e => e.type === 'answered' && e.leg === 'third'))
  return { phone, dialog: phone.dialogOf(offered, 'third'), port: mediaPort(offered.body) }
}

/** Each phone is asked whether it is still there, once. */
async function stillThere(...phones: readonly Phone[]): Promise<void> {
  for (const phone of phones) phone.reply(await phone.request('OPTIONS'), 200)
}

/** Everybody hangs up, and nothing is left. */
async function over(bench: Bench, dialogs: readonly Dialog[]): Promise<void> {
  for (const dialog of dialogs) {
    await dialog.bye()
    await bench.event('ended', e => e.by === 'far')
  }
  await bench.settled()
}

const legsOf = (restored: readonly RestoredLeg[]) => restored.map(({ leg }) => leg).sort()

/** The phones that shall hear do, whoever speaks. */
async function hear(speaker: { phone: Phone; port: number }, listeners: readonly Phone[]): Promise<void> {
  for (const listener of listeners) listener.heard.length = 0
  await until('all to hear', () => {
    speaker.phone.speak({ port: speaker.port, type: 8 })
    return listeners.every(({ heard }) => heard.length > 3)
  })
}

test.serial('a call that its phone was handing on goes on; asked again, it is handed on', async t => {
  const call = await up(t, 'udp')
  const asks = () => call.caller.request('REFER', { headers: ['Refer-To: <sip:203@plant>'] })
  asks()
  await call.a.response(202, 'REFER')
  // The phone has not even heard that somebody is trying.
  const trying = await call.a.request('NOTIFY')
  t.regex(trying.body, /^SIP\/2.0 100 /)
  const { bench, restored } = await restarted(t, call)
  t.deepEqual(legsOf(restored), [inLegOf(call), 'out-1'].sort())
  // What it hears of the first attempt's NOTIFY is nothing bad: the answer it gives late finds nobody, and harms nobody.
  call.a.reply(trying, 200)
  await stillThere(call.a, call.b)
  await talk(call)
  call.a.inbox.length = 0
  asks()
  await call.a.response(202, 'REFER')
  const { request, leg } = await bench.event('refer')
  t.is(leg, inLegOf(call))
  call.a.reply(await call.a.request('NOTIFY'), 200)
  bench.sip.respond(request, 200)
  const done = await call.a.request('NOTIFY')
  call.a.reply(done, 200)
  t.regex(done.body, /^SIP\/2.0 200 /)
  t.regex(header(done, 'Subscription-State'), /^terminated/)
  await over(bench, [call.caller, call.callee])
})

test.serial('two calls that were being joined go on as two; asked again, the same two are named', async t => {
  const call = await up(t, 'udp')
  const other = await third(call)
  const { remoteTag, callId } = other.dialog
  const replaces = `${callId};to-tag=${remoteTag};from-tag=third`
  const asks = () =>
    call.caller.request('REFER', { headers: [`Refer-To: <sip:203@plant?Replaces=${encodeURIComponent(replaces)}>`] })
  asks()
  await call.a.response(202, 'REFER')
  await call.a.request('NOTIFY')
  const { bench, restored } = await restarted(t, call)
  t.deepEqual(legsOf(restored), [inLegOf(call), 'out-1', 'third'].sort())
  await stillThere(call.a, call.b, other.phone)
  await talk(call)
  call.a.inbox.length = 0
  asks()
  await call.a.response(202, 'REFER')
  const { request, replaces: named } = await bench.event('refer')
  t.is(named?.leg, 'third')
  bench.sip.bridge('out-1', 'third')
  bench.sip.respond(request, 200)
  await talk({ a: call.b, b: other.phone, callerPort: call.calleePort, calleePort: other.port })
  await over(bench, [call.caller, call.callee, other.dialog])
})

test.serial('a caller that was kept waiting is still there, and can be taken', async t => {
  const call = await up(t, 'udp')
  const inLeg = inLegOf(call)
  await call.s.orders({ name: 'unbridge', words: [inLeg] })
  const { bench, restored } = await restarted(t, call)
  t.deepEqual(
    restored.map(({ bridgedWith }) => bridgedWith),
    [undefined, undefined],
  )
  await stillThere(call.a, call.b)
  t.deepEqual([bench.sip.dump().legs.length, bench.sip.dump().mediaPorts], [2, 2])
  bench.sip.bridge(inLeg, 'out-1')
  await talk(call)
  await over(bench, [call.caller, call.callee])
})

test.serial('who was in a mix is still there, and hears the others when it is made again', async t => {
  const call = await up(t, 'udp')
  const other = await third(call)
  const members = [inLegOf(call), 'out-1', 'third'].map(leg => ({ leg, speaks: true, hears: true }))
  await call.s.orders({ name: 'mix', words: ['room', members] })
  await hear({ phone: call.a, port: call.callerPort }, [call.b, other.phone])
  const { bench, restored } = await restarted(t, call)
  t.deepEqual(legsOf(restored), [inLegOf(call), 'out-1', 'third'].sort())
  await stillThere(call.a, call.b, other.phone)
  bench.sip.mix('room', members)
  await hear({ phone: call.a, port: call.callerPort }, [call.b, other.phone])
  await hear({ phone: other.phone, port: other.port }, [call.a, call.b])
  t.is(bench.sip.dump().mixes, 1)
  bench.sip.unmix('room')
  await over(bench, [call.caller, call.callee, other.dialog])
})

test.serial('a call that was overheard goes on, and the ear hears it when it is told to again', async t => {
  const call = await up(t, 'udp')
  const ear = await third(call)
  const inLeg = inLegOf(call)
  await call.s.orders({ name: 'overhear', words: ['third', inLeg, 'listen'] })
  await hear({ phone: call.b, port: call.calleePort }, [call.a, ear.phone])
  const { bench, restored } = await restarted(t, call)
  t.is(restored.find(({ leg }) => leg === inLeg)?.bridgedWith, 'out-1')
  await stillThere(call.a, call.b, ear.phone)
  await talk(call)
  bench.sip.overhear('third', inLeg, 'listen')
  await hear({ phone: call.b, port: call.calleePort }, [call.a, ear.phone])
  bench.sip.endOverhear('third')
  await talk(call)
  await over(bench, [call.caller, call.callee, ear.dialog])
})

test.serial('phones that encrypt their signalling come again, and their call goes on', async t => {
  const own = await identity()
  const call = await up(t, 'tls', { own })
  const { bench, restored } = await restarted(t, call, { transport: 'tls', own })
  t.is(restored.length, 2)
  await stillThere(call.a, call.b)
  await changes({ by: call.caller, other: call.b, direction: 'sendonly', answer: 'recvonly', version: 7 })
  await changes({ by: call.caller, other: call.b, direction: 'sendrecv', answer: 'sendrecv', version: 8 })
  await talk(call)
  await call.callee.bye()
  await bench.event('ended', event => event.by === 'far')
  bench.sip.hangup(inLegOf(call), 'answered')
  call.a.reply(await call.a.request('BYE'), 200)
  for (const phone of [call.a, call.b]) phone.disconnect()
  await bench.settled()
})

test.serial('an encrypted call goes on under its keys, each way where it stood', async t => {
  const s = await scene(['201', '202'])
  t.teardown(() => s.close())
  const [a, b] = [await s.phone('201'), await s.phone('202')]
  const key = randomKey()
  const caller = await a.invite('202', { body: sealedSdp(a.sdp({ formats: '8 101' }), [cryptoLine(key)]) })
  const offered = await b.request('INVITE')
  b.reply(offered, 200, { tag: 'callee', body: b.sdp({ formats: '8 101' }) })
  await b.request('ACK')
  const answer = await a.response(200, 'INVITE')
  caller.acknowledge(answer)
  const callee = b.dialogOf(offered, 'callee')
  const [seal, open] = [new SrtpStream(key), new SrtpStream(cryptoOf(answer.body)[0]?.key ?? Buffer.alloc(30))]
  let sequence = 65_500
  /** Over the place where the numbers begin again, so that both sides must know how often they did. */
  const hears = async (byte: number): Promise<void> => {
    await until(`byte ${byte} both ways`, () => {
      a.sendMedia(seal.seal(voice(sequence & 0xffff, byte), sequence >> 16), mediaPort(answer.body))
      b.speak({ port: mediaPort(offered.body), type: 8, payload: Buffer.alloc(160, byte) })
      sequence += 1
      const atB = b.heard.some(({ payload }) => payload.length === 160 && payload[0] === byte)
      return sequence > 65_600 && atB && a.heard.some(({ raw }) => open.open(raw)?.[0] === byte)
    })
  }
  await hears(11)
  const { bench, restored } = await restarted(t, { s, a, b })
  t.is(restored.length, 2)
  await stillThere(a, b)
  await hears(12)
  await over(bench, [caller, callee])
})

test.serial('a phone whose registration is half said when the process dies says the rest to its successor', async t => {
  const s = await scene(['201', '202'])
  t.teardown(() => s.close())
  const [a, b] = [await s.phone('201'), await s.phone('202')]
  // The second REGISTER, with its proof, is lost with the process.
  const kept: string[] = []
  a.onSend = text => !text.includes('Authorization:') || kept.push(text) < 0
  const refresh = a.register({ callId: 'refresh' })
  await until('the proof', () => kept.length > 0)
  const { bench } = await restarted(t, { s, a, b })
  a.onSend = undefined
  t.is(bench.sip.dump().bindings, 2)
  a.sendRaw(kept[0] ?? '')
  // The proof was made for a challenge of the process that died: asked again at once, and nobody counts it as a wrong password.
  const challenge = await a.response(401, 'REGISTER')
  t.regex(challenge.text, /stale=true/)
  const proof = a.authorize(challenge, { method: 'REGISTER', uri: 'sip:127.0.0.1' })
  const again = (kept[0] ?? '').replace('CSeq: 2', 'CSeq: 3').replace('branch=z9hG4bK', 'branch=z9hG4bKagain')
  a.sendRaw(again.replace(/^Authorization: .*$/m, proof))
  await refresh
  t.deepEqual([bench.sip.dump().bindings, bench.sip.dump().counters['auth-refused'] ?? 0], [2, 0])
})

/** A lamp of the first process, granted and lit. */
async function lamp(t: ExecutionContext) {
  const s = await scene(['201', '202'])
  t.teardown(() => s.close())
  const [a, b] = [await s.phone('201'), await s.phone('202')]
  await s.orders({ name: 'setEventPackages', words: [['dialog']] })
  const watch = new Watch(a, { package: 'dialog', target: '202' })
  const lit = (what: string, holds: () => boolean) =>
    until(what, () => {
      watch.goesOn()
      for (const message of a.inbox.splice(0)) watch.takes(message)
      return holds()
    })
  watch.subscribes()
  await lit('the lamp', () => s.events.some(e => e.type === 'subscribed'))
  const event = s.events.find(e => e.type === 'subscribed')
  if (event?.type !== 'subscribed') throw new Error('nobody subscribed')
  const body = { contentType: 'application/x-state', body: 'idle {version}' }
  await s.orders({ name: 'notify', words: [[event.subscription.id], body] })
  await lit('its state', () => watch.told.length === 1 && watch.answers.length === 1)
  return { s, a, b, watch, lit, subscription: event.subscription }
}

test.serial('a lamp whose refresh was lost with the process is refreshed by its successor, and lit', async t => {
  const { s, a, b, watch, lit, subscription } = await lamp(t)
  const { remoteTag } = watch
  a.onSend = text => !text.startsWith('SUBSCRIBE')
  watch.subscribes()
  const { bench }: After = await restarted(t, { s, a, b })
  bench.sip.setEventPackages(['dialog'])
  // Beyond every number that may have been used since.
  bench.sip.setSubscriptions([{ ...subscription, notified: subscription.notified + 1000 }])
  a.onSend = undefined
  // As a phone does whose request had no answer; the challenge of a new process included.
  watch.repeats()
  await lit('an answer', () => watch.answers.length === 2)
  t.regex(watch.answers[1]?.start ?? '', / 200 /)
  t.is(tagOf(header(watch.answers[1] ?? { start: '', headers: [], body: '', text: '' }, 'To')), remoteTag)
  bench.sip.notify([subscription.id], { contentType: 'application/x-state', body: 'busy {version}' })
  await lit('the state', () => watch.told.some(told => told.startsWith('busy')))
  const numbers = watch.numbers
  t.deepEqual(
    [...numbers].sort((x, y) => x - y),
    [...numbers],
    'no number is used twice',
  )
  t.is(bench.sip.dump().subscriptions, 1)
  watch.subscribes(0)
  await lit('the end', () => bench.sip.dump().subscriptions === 0)
})
