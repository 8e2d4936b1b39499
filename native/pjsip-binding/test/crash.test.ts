// The process dies under twenty calls: its successor relays on the same ports, and the phones never notice.
import test from 'ava'
import { createSwitch } from '../lib/index.ts'
import { Bench, TIMERS } from './bench.ts'
import { talk } from './call.ts'
import { dies, type Scene, scene } from './crash-scene.ts'
import { header, type Message, mediaPort } from './message.ts'
import { type Dialog, type Phone, until } from './phone.ts'

interface Call {
  readonly a: Phone
  readonly b: Phone
  readonly caller: Dialog
  readonly callee: Dialog
  readonly callerPort: number
  readonly calleePort: number
}

async function call(s: Scene, n: number): Promise<Call> {
  const a = await s.phone(`a${n}`)
  const b = await s.phone(`b${n}`)
  const caller = await a.invite(`b${n}`)
  const offered = await b.request('INVITE')
  b.reply(offered, 200, { tag: `tag-${n}`, body: b.sdp({ formats: '8 101' }) })
  await b.request('ACK')
  const answer = await a.response(200, 'INVITE')
  caller.acknowledge(answer)
  return {
    a,
    b,
    caller,
    callee: b.dialogOf(offered, `tag-${n}`),
    callerPort: mediaPort(answer.body),
    calleePort: mediaPort(offered.body),
  }
}

/** The OPTIONS with which a successor asks whether a phone is still there. */
async function answerOptions(phone: Phone): Promise<Message> {
  const asked = await phone.request('OPTIONS')
  phone.reply(asked, 200)
  return asked
}

test.serial('twenty calls outlive the process: relay, hold and BYE go on', async t => {
  const users = Array.from({ length: 20 }, (_, n) => [`a${n}`, `b${n}`]).flat()
  const s = await scene(users)
  t.teardown(() => s.close())
  const calls: Call[] = []
  for (let n = 0; n < 20; n += 1) calls.push(await call(s, n))
  for (const one of calls) await talk(one)
  await until('all answered', () => s.events.filter(e => e.type === 'answered').length === 40)
  await dies(s.child)

  const bench = new Bench({ sip: createSwitch({ timers: TIMERS }), config: s.config })
  t.teardown(() => bench.sip.stop())
  const { restored } = await bench.sip.start(s.config)
  t.is(restored.length, 40)
  t.true(restored.every(leg => leg.state === 'established' && leg.bridgedWith !== undefined))
  t.true(restored.filter(leg => leg.direction === 'out').every(leg => /^out-\d+$/.test(leg.leg)))
  const ssrcs = new Map(calls.map(one => [one, one.a.heard.at(-1)?.ssrc]))
  for (const one of calls) {
    await answerOptions(one.a)
    await answerOptions(one.b)
    await talk(one)
    t.is(one.a.heard.at(-1)?.ssrc, ssrcs.get(one))
  }
  for (const one of calls.slice(0, 10)) {
    one.caller.request('INVITE', { body: one.a.sdp({ direction: 'sendonly', version: 2 }) })
    const atCallee = await one.b.request('INVITE')
    t.regex(atCallee.body, /a=sendonly/)
    t.is(mediaPort(atCallee.body), one.calleePort)
    one.b.reply(atCallee, 200, { body: one.b.sdp({ formats: '8 101', direction: 'recvonly', version: 2 }) })
    await one.b.request('ACK')
    one.caller.acknowledge(await one.a.response(200, 'INVITE'))
    t.true((await bench.event('hold-changed')).held)
    await one.callee.bye()
    const ended = await bench.event('ended', e => e.by === 'far')
    const other = restored.find(leg => leg.leg === ended.leg)?.bridgedWith ?? ''
    bench.sip.hangup(other, 'answered')
    one.a.reply(await one.a.request('BYE'), 200)
  }
  t.is(bench.sip.dump().legs.length, 20)

  // A second crash, at rest this time: the successor leaves without a word, and the one after it goes on.
  await bench.sip.stop({ keep: true })
  const next = new Bench({ sip: createSwitch({ timers: TIMERS }), config: s.config })
  const again = await next.sip.start(s.config)
  t.is(again.restored.length, 20)
  for (const one of calls.slice(10)) {
    const before = Number.parseInt(header(await answerOptions(one.b), 'CSeq'), 10)
    t.true(before > 200)
    await answerOptions(one.a)
    await talk(one)
    await one.caller.bye()
    const ended = await next.event('ended', e => e.by === 'far')
    next.sip.hangup(again.restored.find(leg => leg.leg === ended.leg)?.bridgedWith ?? '', 'answered')
    one.b.reply(await one.b.request('BYE'), 200)
  }
  await next.settled()
  await next.sip.stop()
})

test.serial('what was half done when the process died is finished by its successor', async t => {
  const s = await scene(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
  t.teardown(() => s.close())
  // Ringing: the callee has answered 180.
  const a1 = await s.phone('a1')
  const b1 = await s.phone('b1')
  const ringing = await a1.invite('b1')
  const atB1 = await b1.request('INVITE')
  b1.reply(atB1, 180, { tag: 'r' })
  await until('ringing', () => s.events.some(e => e.type === 'progress'))
  // Answered, but the caller's ACK is still to come.
  const a2 = await s.phone('a2')
  const b2 = await s.phone('b2')
  const late = await a2.invite('b2')
  const atB2 = await b2.request('INVITE')
  b2.reply(atB2, 200, { tag: 'l', body: b2.sdp({ formats: '8 101' }) })
  await b2.request('ACK')
  await a2.response(200, 'INVITE')
  // A re-INVITE that the other phone has not answered yet.
  const third = await call(s, 3)
  third.caller.request('INVITE', { body: third.a.sdp({ direction: 'sendonly', version: 2 }) })
  await third.b.request('INVITE')
  await third.a.response(100, 'INVITE')
  await dies(s.child)
  a2.inbox.length = 0

  const bench = new Bench({ sip: createSwitch({ timers: TIMERS }), config: s.config })
  t.teardown(() => bench.sip.stop())
  const { restored } = await bench.sip.start(s.config)
  t.is(restored.length, 4)
  ringing.ackOf(await a1.response(503, 'INVITE'))
  const cancel = await b1.request('CANCEL')
  t.is(/branch=([^;]+)/.exec(header(cancel, 'Via'))?.[1], /branch=([^;]+)/.exec(header(atB1, 'Via'))?.[1])
  b1.reply(cancel, 200, { tag: 'r' })
  const repeated = await a2.response(200, 'INVITE')
  late.acknowledge(repeated)
  await answerOptions(a2)
  await talk({ a: a2, b: b2, callerPort: mediaPort(repeated.body), calleePort: mediaPort(atB2.body) })
  const refused = await third.a.response(500, 'INVITE')
  third.caller.request('ACK', { cseq: Number.parseInt(header(refused, 'CSeq'), 10) })
  await talk(third)
})
