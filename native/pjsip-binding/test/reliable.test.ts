// Provisional answers that must arrive (RFC 3262), and offers before a call is up (RFC 3311), on either leg or on both.
import test from 'ava'
import { type Bench, benchOf } from './bench.ts'
import { ring, talk } from './call.ts'
import { header, headersOf, type Message, mediaPort, method, status, tagOf, uriOf } from './message.ts'
import { type Dialog, type Phone, until } from './phone.ts'

const sequence = (message: Message): number => Number.parseInt(header(message, 'CSeq'), 10)
const tagged = (message: Message, tag: string): boolean => tagOf(header(message, 'To')) === tag

/** 201 dials 600. */
async function dialling(bench: Bench, headers: readonly string[]) {
  const { phone } = await bench.registered('201')
  const dialog = await phone.invite('600', { headers })
  const { leg } = await bench.event('invite')
  return { phone, dialog, leg }
}

/** Remembers the early dialog that a provisional answer makes. */
function early(dialog: Dialog, answer: Message): void {
  dialog.remoteTag = tagOf(header(answer, 'To'))
  dialog.target = uriOf(header(answer, 'Contact'))
}

/** Acknowledges a provisional answer; the INVITE that it belongs to was the dialog's last. */
async function prack(phone: Phone, dialog: Dialog, answer: Message, o: { body?: string; code?: number } = {}) {
  early(dialog, answer)
  const rack = `RAck: ${header(answer, 'RSeq')} ${sequence(answer)} INVITE`
  dialog.request('PRACK', { headers: [rack], ...(o.body === undefined ? {} : { body: o.body }) })
  return phone.response(o.code ?? 200, 'PRACK')
}

test.serial('early media that must arrive is repeated until it has, and the answer repeats none of it', async t => {
  const bench = await benchOf(t)
  const { phone, dialog, leg } = await dialling(bench, ['Supported: 100rel'])
  bench.sip.ring(leg, { status: 180 })
  t.is(header(await phone.response(180, 'INVITE'), 'RSeq'), '', 'what says nothing need not arrive')
  bench.sip.ring(leg, { status: 183, media: { kind: 'box' } })
  const first = await phone.response(183, 'INVITE')
  t.is(header(first, 'Require'), '100rel')
  const copy = await phone.response(183, 'INVITE')
  t.is(copy.text, first.text)
  // The answer does not overtake it.
  bench.sip.answer(leg, { kind: 'box' })
  await phone.response(183, 'INVITE')
  t.false(phone.inbox.some(message => status(message) === 200))
  await prack(phone, dialog, first)
  const answer = await phone.response(200, 'INVITE')
  t.is(answer.body, '')
  t.is(header(answer, 'RSeq'), '')
  dialog.acknowledge(answer)
  await bench.event('answered')
  bench.sip.tone(leg, 'tone', { steps: [{ hertz: [440], milliseconds: 1000 }] })
  await until('the tone', () => phone.heard.length > 3)
  await dialog.bye()
  await bench.settled()
})

test.serial('a caller who insists on it gets it for ringing too, one after the other', async t => {
  const bench = await benchOf(t)
  const { phone, dialog, leg } = await dialling(bench, ['Require: 100rel'])
  bench.sip.ring(leg, { status: 180 })
  const ringing = await phone.response(180, 'INVITE')
  bench.sip.ring(leg, { status: 183, media: { kind: 'box' } })
  await phone.response(180, 'INVITE')
  early(dialog, ringing)
  for (const wrong of [`${Number(header(ringing, 'RSeq')) + 1} ${sequence(ringing)} INVITE`, 'nonsense', '']) {
    dialog.request('PRACK', { headers: [`RAck: ${wrong}`] })
    await phone.response(481, 'PRACK')
  }
  t.false(phone.inbox.some(message => status(message) === 183))
  await prack(phone, dialog, ringing)
  const media = await phone.response(183, 'INVITE')
  t.is(Number(header(media, 'RSeq')), Number(header(ringing, 'RSeq')) + 1)
  await prack(phone, dialog, media)
  bench.sip.hangup(leg, 'busy')
  const refusal = await phone.response(486, 'INVITE')
  phone.send({
    start: `ACK ${phone.uri('600')} SIP/2.0`,
    headers: [
      `Via: ${header(refusal, 'Via')}`,
      ...['From', 'To', 'Call-ID'].map(name => `${name}: ${header(refusal, name)}`),
      `CSeq: ${sequence(refusal)} ACK`,
    ],
  })
  await bench.event('ended')
  await bench.settled()
})

test.serial('a caller that never acknowledges is given up', async t => {
  const bench = await benchOf(t)
  const { phone, dialog, leg } = await dialling(bench, ['Require: 100rel'])
  bench.sip.ring(leg, { status: 180 })
  await phone.response(180, 'INVITE')
  dialog.ackOf(await phone.response(504, 'INVITE'))
  const ended = await bench.event('ended')
  t.deepEqual([ended.cause, ended.by], ['unreachable', 'timeout'])
  t.true(phone.inbox.filter(message => status(message) === 180).length >= 4)
  await bench.settled()
})

test.serial('a call for help waits for no acknowledgement', async t => {
  const bench = await benchOf(t)
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const phone = await bench.phone('999')
  const dialog = await phone.invite('911', { headers: ['Require: 100rel'], challenged: false })
  const { leg } = await bench.event('invite')
  bench.sip.ring(leg, { status: 183, media: { kind: 'box' } })
  t.is(header(await phone.response(183, 'INVITE'), 'RSeq'), '')
  bench.sip.answer(leg, { kind: 'box' })
  dialog.acknowledge(await phone.response(200, 'INVITE'))
  await bench.event('answered')
  await dialog.bye()
  await bench.settled()
})

test.serial('what a called phone wants acknowledged is acknowledged once, in order, branch by branch', async t => {
  const bench = await benchOf(t)
  const { phone, binding } = await bench.registered('202')
  ring(bench, { leg: 'out', binding })
  const offered = await phone.request('INVITE')
  t.regex(headersOf(offered, 'Supported').join(), /100rel/)
  const says = (rseq: number, tag: string, code = 183): void =>
    phone.reply(offered, code, {
      tag,
      body: phone.sdp({ formats: '8 101' }),
      headers: ['Require: 100rel', `RSeq: ${rseq}`],
    })
  says(500, 'a')
  const first = await phone.request('PRACK')
  t.is(header(first, 'RAck'), `500 ${sequence(offered)} INVITE`)
  t.true(tagged(first, 'a'))
  phone.reply(first, 200)
  says(500, 'a')
  says(502, 'a')
  says(7, 'b', 180)
  const second = await phone.next('PRACK of the other branch', m => method(m) === 'PRACK' && tagged(m, 'b'))
  t.is(header(second, 'RAck'), `7 ${sequence(offered)} INVITE`)
  t.true(tagged(second, 'b'))
  phone.reply(second, 200)
  await bench.event('progress', event => event.status === 180)
  t.is(
    bench.events.filter(event => event.type === 'progress').length,
    1,
    'copies and what is out of order tell nothing',
  )
  // The other branch answers, and its dialog it is.
  phone.reply(offered, 200, { tag: 'c', body: phone.sdp({ formats: '8 101' }) })
  t.true(tagged(await phone.request('ACK'), 'c'))
  await bench.event('answered')
  // So did a third one, too late: it is not left believing in a call.
  phone.reply(offered, 200, { tag: 'd', body: phone.sdp({ formats: '8 101' }) })
  await phone.next('ACK to the late branch', m => method(m) === 'ACK' && tagged(m, 'd'))
  phone.reply(await phone.next('BYE to the late branch', m => method(m) === 'BYE' && tagged(m, 'd')), 200)
  bench.sip.hangup('out', 'answered')
  const bye = await phone.request('BYE')
  t.true(tagged(bye, 'c'))
  phone.reply(bye, 200)
  await bench.settled()
})

/** 201 hears early media of 202. */
async function hearing(bench: Bench, o: { caller: readonly string[]; callee: readonly string[] }) {
  const { phone: b, binding } = await bench.registered('202')
  const { phone: a, dialog, leg } = await dialling(bench, o.caller)
  ring(bench, { leg: 'out', binding, media: { kind: 'relay', with: leg } })
  const offered = await b.request('INVITE')
  b.reply(offered, 183, { tag: 'b', body: b.sdp({ formats: '8 101' }), headers: o.callee })
  await bench.event('progress', event => event.media)
  bench.sip.ring(leg, { status: 183, media: { kind: 'relay', with: 'out' } })
  const heard = await a.response(183, 'INVITE')
  return { a, b, dialog, leg, offered, heard, callee: b.dialogOf(offered, 'b') }
}

for (const [title, caller, callee] of [
  ['the caller', ['Supported: 100rel'], []],
  ['the phone that is called', [], ['Require: 100rel', 'RSeq: 1']],
] as const)
  test.serial(`early media passes where only ${title} wants it acknowledged`, async t => {
    const bench = await benchOf(t)
    const { a, b, dialog, leg, offered, heard } = await hearing(bench, { caller, callee })
    if (callee.length > 0) b.reply(await b.request('PRACK'), 200)
    t.is(header(heard, 'RSeq') !== '', caller.length > 0)
    if (caller.length > 0) await prack(a, dialog, heard)
    await talk({ a, b, callerPort: mediaPort(heard.body), calleePort: mediaPort(offered.body) })
    b.reply(offered, 200, { tag: 'b', body: b.sdp({ formats: '8 101' }) })
    await bench.event('answered', event => event.leg === 'out')
    bench.sip.answer(leg, { kind: 'relay', with: 'out' })
    dialog.acknowledge(await a.response(200, 'INVITE'))
    await bench.event('answered', event => event.leg === leg)
    await talk({ a, b, callerPort: mediaPort(heard.body), calleePort: mediaPort(offered.body) })
    await dialog.bye()
    bench.sip.hangup('out', 'answered')
    b.reply(await b.request('BYE'), 200)
    await bench.settled()
  })

test.serial('an offer before the call is up passes to the other phone where both are that far', async t => {
  const bench = await benchOf(t)
  const { a, b, dialog, leg, offered, heard, callee } = await hearing(bench, {
    caller: ['Supported: 100rel', 'Allow: INVITE, ACK, CANCEL, BYE, UPDATE, PRACK'],
    callee: ['Require: 100rel', 'RSeq: 1', 'Allow: INVITE, ACK, CANCEL, BYE, UPDATE, PRACK'],
  })
  b.reply(await b.request('PRACK'), 200)
  // Too early: the caller has not acknowledged yet.
  early(dialog, heard)
  dialog.request('UPDATE', { body: a.sdp({ direction: 'inactive', version: 2 }) })
  t.not(header(await a.response(500, 'UPDATE'), 'Retry-After'), '')
  await prack(a, dialog, heard)
  dialog.request('UPDATE', { body: a.sdp({ direction: 'sendonly', version: 3 }) })
  const atCallee = await b.request('UPDATE')
  t.regex(atCallee.body, /a=sendonly/)
  t.is(mediaPort(atCallee.body), mediaPort(offered.body))
  // Meanwhile the other side has an offer too.
  callee.cseq = 200
  callee.request('UPDATE', { body: b.sdp({ formats: '8 101', direction: 'inactive', version: 2 }) })
  await b.response(491, 'UPDATE')
  b.reply(atCallee, 200, { body: b.sdp({ formats: '8 101', direction: 'recvonly', version: 2 }) })
  t.regex((await a.response(200, 'UPDATE')).body, /a=recvonly/)
  callee.request('UPDATE', { body: b.sdp({ formats: '8 101', version: 4 }) })
  const atCaller = await a.request('UPDATE')
  a.reply(atCaller, 200, { body: a.sdp({ formats: '8 101', version: 4 }) })
  t.regex((await b.response(200, 'UPDATE')).body, /a=sendrecv/)
  bench.sip.hangup('out', 'no-answer')
  b.reply(await b.request('CANCEL'), 200, { tag: 'b' })
  b.reply(offered, 487, { tag: 'b' })
  bench.sip.hangup(leg, 'no-answer')
  await a.response(480, 'INVITE')
  await bench.settled()
})

test.serial('an offer that comes with the acknowledgement has its answer with the reply', async t => {
  const bench = await benchOf(t)
  const { phone, dialog, leg } = await dialling(bench, ['Supported: 100rel'])
  bench.sip.ring(leg, { status: 183, media: { kind: 'box' } })
  const media = await phone.response(183, 'INVITE')
  const replied = await prack(phone, dialog, media, { body: phone.sdp({ formats: '0 101', version: 2 }) })
  t.regex(replied.body, /RTP\/AVP 0 101/)
  bench.sip.answer(leg, { kind: 'box' })
  dialog.acknowledge(await phone.response(200, 'INVITE'))
  await bench.event('answered')
  bench.sip.tone(leg, 'tone', { steps: [{ hertz: [440], milliseconds: 1000 }] })
  await until('the tone in the codec of that', () => phone.heard.some(packet => packet.type === 0))
  await dialog.bye()
  await bench.settled()
})
