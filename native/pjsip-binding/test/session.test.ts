// Session timers (RFC 4028): who refreshes, what is too brief, and the phone that is not there any more.
import test from 'ava'
import { createSwitch } from '../lib/index.ts'
import { Bench, benchOf, TIMERS } from './bench.ts'
import { callUp, hangUp, ring, talk } from './call.ts'
import { dies, scene } from './crash-scene.ts'
import { header, headersOf, type Message, method, status, tagOf } from './message.ts'
import type { Phone } from './phone.ts'

const BRIEF = { ...TIMERS, session: 8, sessionLeast: 2 }
const sequence = (message: Message): number => Number.parseInt(header(message, 'CSeq'), 10)
/** The box's next request of this kind: not a copy of one that was seen. */
const later = (phone: Phone, name: string, than?: Message): Promise<Message> =>
  phone.next(
    `another ${name}`,
    m =>
      status(m) === 0 &&
      method(m) === name &&
      tagOf(header(m, 'To')) !== '' &&
      sequence(m) > (than ? sequence(than) : 0),
  )
const options = (message: Message): string => headersOf(message, 'Supported').join()

/** 201 has dialled 600 with these headers, and the box has answered. */
async function answered(bench: Bench, headers: readonly string[]) {
  const { phone } = await bench.registered('201')
  const dialog = await phone.invite('600', { headers })
  const { leg } = await bench.event('invite')
  bench.sip.answer(leg, { kind: 'box' })
  const answer = await phone.response(200, 'INVITE')
  dialog.acknowledge(answer)
  await bench.event('answered')
  return { phone, dialog, answer, leg }
}

/** The box has called 202, which answered with these headers. */
async function called(bench: Bench, headers: readonly string[]) {
  const { phone, binding } = await bench.registered('202')
  ring(bench, { leg: 'out', binding })
  const offered = await phone.request('INVITE')
  phone.reply(offered, 200, { tag: 'b', body: phone.sdp({ formats: '8 101' }), headers })
  await phone.request('ACK')
  await bench.event('answered')
  return { phone, dialog: phone.dialogOf(offered, 'b'), offered }
}

/** The phone hears the box hang up, and the box says why. */
async function givenUp(bench: Bench, phone: Phone) {
  phone.reply(await phone.request('BYE'), 200)
  const ended = await bench.event('ended')
  await bench.settled()
  return [ended.cause, ended.by]
}

test.serial('a phone that refreshes keeps its call, and loses it when it falls silent', async t => {
  const bench = await benchOf(t, { timers: BRIEF })
  const asked = ['Supported: timer', 'Session-Expires: 6;refresher=uac', 'Min-SE: 2']
  const { phone, dialog, answer } = await answered(bench, asked)
  t.is(header(answer, 'Session-Expires'), '6;refresher=uac')
  t.is(header(answer, 'Require'), 'timer')
  t.regex(options(answer), /timer/)
  t.regex(header(answer, 'Allow'), /UPDATE/)
  dialog.request('UPDATE', { headers: asked })
  t.is(header(await phone.response(200, 'UPDATE'), 'Session-Expires'), '6;refresher=uac')
  // A re-INVITE that says what was said before is a refresh too: it is answered with what was answered before.
  dialog.request('INVITE', { body: phone.sdp(), headers: asked })
  const again = await phone.response(200, 'INVITE')
  t.is(again.body, answer.body)
  t.is(header(again, 'Session-Expires'), '6;refresher=uac')
  dialog.acknowledge(again)
  t.deepEqual(await givenUp(bench, phone), ['session-expired', 'timeout'])
})

test.serial('an interval that is too brief is refused with the least there is, never to a call for help', async t => {
  const bench = await benchOf(t, { timers: BRIEF })
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const brief = ['Supported: timer', 'Session-Expires: 1']
  const { phone } = await bench.registered('201')
  const refused = await phone.invite('600', { headers: brief, challenged: false })
  const refusal = await phone.response(422, 'INVITE')
  t.is(header(refusal, 'Min-SE'), '2')
  refused.ackOf(refusal)
  const help = await phone.invite('911', { headers: brief, challenged: false })
  const { leg } = await bench.event('invite')
  bench.sip.answer(leg, { kind: 'box' })
  help.acknowledge(await phone.response(200, 'INVITE'))
  help.request('UPDATE', { headers: brief })
  t.is(header(await phone.response(422, 'UPDATE'), 'Min-SE'), '2')
  await help.bye()
  await bench.settled()
})

test.serial(
  'who says nothing of the interval is refreshed by the box, with UPDATE where the phone takes it',
  async t => {
    const bench = await benchOf(t, { timers: BRIEF })
    const { phone, offered } = await called(bench, [
      'Allow: INVITE, ACK, BYE, CANCEL, UPDATE',
      'Supported: timer',
      'Require: timer',
      'Session-Expires: 6;refresher=uac',
    ])
    t.is(header(offered, 'Session-Expires'), '8')
    t.is(header(offered, 'Min-SE'), '2')
    t.regex(options(offered), /timer/)
    for (let round = 0; round < 2; round += 1) {
      const update = await phone.request('UPDATE')
      t.is(update.body, '')
      t.is(header(update, 'Session-Expires'), '6;refresher=uac')
      phone.reply(update, 200, { headers: ['Require: timer', 'Session-Expires: 6;refresher=uac'] })
    }
    // Switched off: the next one finds nobody.
    await phone.request('UPDATE')
    t.deepEqual(await givenUp(bench, phone), ['session-expired', 'timeout'])
  },
)

test.serial('a phone without timers is asked with what it knows already, and nobody else hears of it', async t => {
  const bench = await benchOf(t, { timers: BRIEF })
  const up = await callUp(bench)
  const atCaller = await later(up.a, 'INVITE')
  const atCallee = await later(up.b, 'INVITE')
  for (const [phone, asked] of [
    [up.a, atCaller],
    [up.b, atCallee],
  ] as const) {
    // One that refuses is there all the same.
    phone.reply(asked, 488)
    await phone.request('ACK')
  }
  const second = await later(up.b, 'INVITE', atCallee)
  t.is(second.body, atCallee.body)
  up.b.reply(second, 200, { body: up.b.sdp({ formats: '8 101' }) })
  await up.b.request('ACK')
  up.a.reply(await later(up.a, 'INVITE', atCaller), 481)
  await up.a.request('ACK')
  const ended = await bench.event('ended')
  t.deepEqual([ended.leg, ended.cause, ended.by], [up.inLeg, 'unreachable', 'far'])
  bench.sip.hangup('out-1', 'unreachable')
  up.b.reply(await up.b.request('BYE'), 200)
  await bench.settled()
})

test.serial('a refresh is between a phone and the box: the other phone does not hear of it', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.callerDialog.request('INVITE', { body: up.a.sdp() })
  up.callerDialog.acknowledge(await up.a.response(200, 'INVITE'))
  up.calleeDialog.request('INVITE', { body: up.b.sdp({ formats: '8 101' }) })
  up.calleeDialog.acknowledge(await up.b.response(200, 'INVITE'))
  await talk(up)
  t.false(
    [...up.a.inbox, ...up.b.inbox].some(
      message => status(message) === 0 && method(message) === 'INVITE' && tagOf(header(message, 'To')) !== '',
    ),
  )
  await hangUp(bench, up)
})

test.serial('a far side that wants a longer interval gets it', async t => {
  const bench = await benchOf(t, { timers: BRIEF })
  const { phone, binding } = await bench.registered('202')
  ring(bench, { leg: 'out', binding })
  const first = await phone.request('INVITE')
  phone.reply(first, 422, { tag: 'x', headers: ['Min-SE: 50'] })
  await phone.request('ACK')
  const second = await phone.next('another INVITE', m => method(m) === 'INVITE' && sequence(m) > sequence(first))
  t.deepEqual([header(second, 'Session-Expires'), header(second, 'Min-SE')], ['50', '50'])
  t.is(sequence(second), sequence(first) + 1)
  t.is(header(second, 'Call-ID'), header(first, 'Call-ID'))
  t.is(second.body, first.body)
  phone.reply(second, 422, { tag: 'y', headers: ['Min-SE: 40'] })
  await phone.request('ACK')
  t.is((await bench.event('ended')).status, 422)
  await bench.settled()
})

test.serial('refreshes that cross are taken up again after a while', async t => {
  const bench = await benchOf(t, { timers: { ...BRIEF, session: 12 } })
  const { phone } = await called(bench, [])
  const first = await later(phone, 'INVITE')
  phone.reply(first, 491)
  await phone.request('ACK')
  const again = await later(phone, 'INVITE', first)
  t.true(sequence(again) > sequence(first))
  t.is(again.body, first.body)
  phone.reply(again, 200, { body: phone.sdp({ formats: '8 101' }) })
  await phone.request('ACK')
  bench.sip.hangup('out', 'answered')
  phone.reply(await phone.request('BYE'), 200)
  await bench.settled()
})

test.serial('the interval outlives the process: who does not refresh to the successor is given up', async t => {
  const s = await scene(['a1', 'b1'], { timers: BRIEF })
  t.teardown(() => s.close())
  const a = await s.phone('a1')
  const b = await s.phone('b1')
  const caller = await a.invite('b1', {
    headers: ['Supported: timer', 'Session-Expires: 8;refresher=uac', 'Min-SE: 2'],
  })
  const offered = await b.request('INVITE')
  b.reply(offered, 200, {
    tag: 'b',
    body: b.sdp({ formats: '8 101' }),
    headers: ['Allow: UPDATE', 'Supported: timer', 'Require: timer', 'Session-Expires: 8;refresher=uac'],
  })
  await b.request('ACK')
  caller.acknowledge(await a.response(200, 'INVITE'))
  await dies(s.child)
  // Its own interval is half an hour: what it goes by is what was agreed before.
  const bench = new Bench({ sip: createSwitch({ timers: TIMERS }), config: s.config })
  t.teardown(() => bench.sip.stop())
  const { restored } = await bench.sip.start(s.config)
  t.is(restored.length, 2)
  for (const phone of [a, b]) phone.reply(await phone.request('OPTIONS'), 200)
  const update = await b.request('UPDATE')
  t.is(header(update, 'Session-Expires'), '8;refresher=uac')
  b.reply(update, 200, { headers: ['Require: timer', 'Session-Expires: 60;refresher=uac'] })
  a.reply(await a.request('BYE'), 200)
  const ended = await bench.event('ended')
  t.deepEqual(
    [ended.leg, ended.cause, ended.by],
    [restored.find(leg => leg.direction === 'in')?.leg ?? '', 'session-expired', 'timeout'],
  )
  t.false(b.inbox.some(message => status(message) === 0 && method(message) === 'BYE'))
  bench.sip.hangup(restored.find(leg => leg.direction === 'out')?.leg ?? '', 'unreachable')
  b.reply(await b.request('BYE'), 200)
  await bench.settled()
})
