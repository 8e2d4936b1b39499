// What a call agrees on while it lasts: hold, renegotiation, glare, and legs that are joined anew.
import test from 'ava'
import { benchOf } from './bench.ts'
import { answered, callUp, hangUp, ring, talk } from './call.ts'
import { header, mediaPort, method, status } from './message.ts'
import { until } from './phone.ts'

test.serial('hold and resume pass through to the other phone, and JavaScript is told', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  await talk(up)
  up.callerDialog.request('INVITE', { body: up.a.sdp({ direction: 'sendonly', version: 2 }) })
  const atCallee = await up.b.request('INVITE')
  t.regex(atCallee.body, /a=sendonly/)
  t.is(mediaPort(atCallee.body), up.calleePort)
  await up.a.response(100, 'INVITE')
  up.b.reply(atCallee, 200, { body: up.b.sdp({ formats: '8 101', direction: 'recvonly', version: 2 }) })
  await up.b.request('ACK')
  const answer = await up.a.response(200, 'INVITE')
  t.regex(answer.body, /a=recvonly/)
  up.callerDialog.acknowledge(answer)
  t.true((await bench.event('hold-changed', e => e.leg === up.inLeg)).held)
  up.callerDialog.request('INVITE', { body: up.a.sdp({ version: 3 }) })
  const resumed = await up.b.request('INVITE')
  up.b.reply(resumed, 200, { body: up.b.sdp({ formats: '8 101', version: 3 }) })
  up.callerDialog.acknowledge(await up.a.response(200, 'INVITE'))
  t.false((await bench.event('hold-changed')).held)
  await talk(up)
  await hangUp(bench, up)
})

test.serial('two re-INVITEs that cross meet 491, a refusal is relayed and changes nothing', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.callerDialog.request('INVITE', { body: up.a.sdp({ direction: 'sendonly' }) })
  const atCallee = await up.b.request('INVITE')
  up.calleeDialog.request('INVITE', { body: up.b.sdp({ direction: 'sendonly' }) })
  const glare = await up.b.response(491, 'INVITE')
  up.calleeDialog.request('ACK', { cseq: Number.parseInt(header(glare, 'CSeq'), 10) })
  up.b.reply(atCallee, 488)
  const refusal = await up.a.response(488, 'INVITE')
  up.callerDialog.request('ACK', { cseq: Number.parseInt(header(refusal, 'CSeq'), 10) })
  t.false(bench.events.some(e => e.type === 'hold-changed'))
  await talk(up)
  up.callerDialog.request('UPDATE', { body: up.a.sdp({ direction: 'inactive', version: 9 }) })
  const update = await up.b.next(
    're-INVITE or UPDATE',
    m => status(m) === 0 && (method(m) === 'INVITE' || method(m) === 'UPDATE'),
  )
  t.regex(update.body, /a=inactive/)
  up.b.reply(update, 200, { body: up.b.sdp({ direction: 'inactive', version: 9 }) })
  t.regex((await up.a.response(200, 'UPDATE')).body, /a=inactive/)
  t.true((await bench.event('hold-changed')).held)
  await bench.sip.stop()
})

test.serial('a re-INVITE without a description is answered with an offer, and the ACK brings the answer', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.callerDialog.request('INVITE')
  const offer = await up.a.response(200, 'INVITE')
  t.is(mediaPort(offer.body), up.callerPort)
  up.callerDialog.acknowledge(offer, { body: up.a.sdp({ formats: '8 101', version: 4 }) })
  await talk(up)
  await hangUp(bench, up)
})

test.serial('a leg answered by the box hears a sound and presses keys', async t => {
  const bench = await benchOf(t)
  const { phone } = await bench.registered('201')
  const dialog = await phone.invite('*97', { body: phone.sdp({ formats: '8 0 101' }) })
  const arrived = await bench.event('invite')
  t.is(arrived.dialled, '*97')
  bench.sip.answer(arrived.leg, { kind: 'box' })
  const answer = await phone.response(200, 'INVITE')
  t.regex(answer.body, /m=audio \d+ RTP\/AVP 8 101\r\n/)
  dialog.acknowledge(answer)
  await bench.event('answered')
  bench.sip.tone(arrived.leg, 'ringback', {
    steps: [
      { hertz: [440, 480], milliseconds: 2000 },
      { hertz: [], milliseconds: 4000 },
    ],
  })
  await until('the tone', () => phone.heard.length > 5)
  t.is(phone.heard[0]?.type, 8)
  bench.sip.stopPlay(arrived.leg, 'ringback')
  const event = (end: number, duration: number): Buffer => Buffer.from([5, end | 10, duration >> 8, duration & 255])
  for (const [end, duration] of [
    [0, 160],
    [0, 320],
    [0x80, 480],
    [0x80, 480],
    [0x80, 480],
  ] as const)
    phone.speak({ port: mediaPort(answer.body), type: 101, payload: event(end, duration) })
  const digit = await bench.event('digit')
  t.deepEqual([digit.digit, digit.by], ['5', 'rfc4733'])
  dialog.request('INVITE', { body: phone.sdp({ formats: '8 0 101', direction: 'sendonly', version: 2 }) })
  const held = await phone.response(200, 'INVITE')
  t.regex(held.body, /a=recvonly/)
  dialog.acknowledge(held)
  t.true((await bench.event('hold-changed')).held)
  await dialog.bye()
  await bench.settled()
})

test.serial('legs that were answered apart are bridged, and re-INVITEd where they must', async t => {
  const bench = await benchOf(t)
  const { phone: a } = await bench.registered('201')
  const { phone: b, binding } = await bench.registered('202')
  const dialog = await a.invite('600', { body: a.sdp({ formats: '0 101' }) })
  const arrived = await bench.event('invite')
  bench.sip.answer(arrived.leg, { kind: 'box' })
  const answer = await a.response(200, 'INVITE')
  dialog.acknowledge(answer)
  ring(bench, { leg: 'agent', binding, to: '202' })
  const offered = await b.request('INVITE')
  b.reply(offered, 200, { tag: 'b', body: b.sdp({ formats: '8 101' }) })
  await b.request('ACK')
  await bench.event('answered', e => e.leg === 'agent')
  bench.sip.bridge(arrived.leg, 'agent')
  await until('both to hear one another though they speak differently', () => {
    a.speak({ port: mediaPort(answer.body), type: 0 })
    b.speak({ port: mediaPort(offered.body), type: 8 })
    return a.heard.some(p => p.type === 0) && b.heard.some(p => p.type === 8)
  })
  t.is(bench.sip.dump().legs.find(leg => leg.leg === 'agent')?.bridgedWith, arrived.leg)
  bench.sip.unbridge('agent')
  t.is(bench.sip.dump().legs.find(leg => leg.leg === 'agent')?.bridgedWith, undefined)
  await dialog.bye()
  bench.sip.hangup('agent', 'answered')
  b.reply(await b.request('BYE'), 200)
  await bench.settled()
})

test.serial('a phone on hold is taken off hold when it is bridged to somebody else', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.callerDialog.request('INVITE', { body: up.a.sdp({ direction: 'sendonly', version: 2 }) })
  up.b.reply(await up.b.request('INVITE'), 200, {
    body: up.b.sdp({ formats: '8 101', direction: 'recvonly', version: 2 }),
  })
  await up.b.request('ACK')
  up.callerDialog.acknowledge(await up.a.response(200, 'INVITE'))
  const { phone: c, offered } = await answered(bench, { leg: 'third', number: '203', formats: '8 101' })
  bench.sip.bridge('out-1', 'third')
  const resumed = await up.b.request('INVITE')
  t.regex(resumed.body, /a=sendrecv/)
  up.b.reply(resumed, 200, { body: up.b.sdp({ formats: '8 101', version: 3 }) })
  await up.b.request('ACK')
  await talk({ a: c, b: up.b, callerPort: mediaPort(offered.body), calleePort: mediaPort(resumed.body) })
  await up.callerDialog.bye()
  for (const leg of ['out-1', 'third']) bench.sip.hangup(leg, 'answered')
  up.b.reply(await up.b.request('BYE'), 200)
  c.reply(await c.request('BYE'), 200)
  await bench.settled()
})

test.serial('an INVITE without a description is offered one', async t => {
  const bench = await benchOf(t)
  const { phone } = await bench.registered('201')
  const dialog = await phone.invite('600', { body: '' })
  const arrived = await bench.event('invite')
  bench.sip.answer(arrived.leg, { kind: 'box' })
  const offer = await phone.response(200, 'INVITE')
  t.regex(offer.body, /RTP\/AVP 0 8 9 111 101 102/)
  dialog.acknowledge(offer, { body: phone.sdp({ formats: '9', lines: ['a=rtpmap:9 G722/8000'] }) })
  await bench.event('answered')
  bench.sip.tone(arrived.leg, 't', { steps: [{ hertz: [440], milliseconds: 1000 }] })
  await until('the tone in the codec of the answer', () => phone.heard.some(p => p.type === 9))
  await dialog.bye()
  await bench.settled()
})
