// The box offers a handshake in the media stream (DTLS-SRTP) to phones that call by one: what they are told, what becomes of
// their answers, and what is told of handshakes that fail. That media follows is proved with real ones in hw-tests/calls.
import test from 'ava'
import type { LineCredential } from '../../../firmware/kernel/call/sip-port.ts'
import { type Bench, benchOf, credential, TIMERS } from './bench.ts'
import { browserSdp, lines, value } from './browser-sdp.ts'
import { ring } from './call.ts'
import { method, status } from './message.ts'
import { until } from './phone.ts'
import { protoOf } from './srtp.ts'

const DTLS = 'UDP/TLS/RTP/SAVP'

function keyedBy(bench: Bench, o: Pick<LineCredential, 'keying' | 'calledByHandshake' | 'encryption'>): void {
  bench.sip.setLines(['201', '202'].map(user => ({ ...credential(user, `secret-${user}`), ...o })))
}

test.serial(
  'a line that is keyed by handshake is offered one, with checks, and keeps what it was told in what follows',
  async t => {
    const bench = await benchOf(t)
    keyedBy(bench, { keying: 'dtls' })
    const { phone: b, binding } = await bench.registered('202')
    ring(bench, { leg: 'out-1', binding })
    const offered = await b.request('INVITE')
    const port = /^m=audio (\d+) UDP\/TLS\/RTP\/SAVP /m.exec(offered.body)?.[1]
    t.deepEqual(lines(offered.body, /^a=(ice-lite|group|mid|setup|rtcp-mux|candidate|crypto).*$/gm), [
      'a=ice-lite',
      'a=group:BUNDLE audio',
      'a=mid:audio',
      'a=setup:actpass',
      `a=candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host`,
      `a=candidate:1 2 udp 2130706430 127.0.0.1 ${Number(port) + 1} typ host`,
      'a=rtcp-mux',
    ])
    t.regex(value(offered.body, 'fingerprint'), /^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    b.reply(offered, 200, { tag: 'callee', body: browserSdp(b, { setup: 'active', proto: DTLS }) })
    await b.request('ACK')
    await bench.event('answered')
    const dialog = b.dialogOf(offered, 'callee')
    dialog.invite({ body: browserSdp(b, { version: 2, proto: DTLS }) })
    const answer = await b.response(200, 'INVITE')
    dialog.acknowledge(answer)
    // The phone began the handshake, and the association stays.
    t.is(value(answer.body, 'setup'), 'passive')
    for (const name of ['fingerprint', 'ice-ufrag', 'ice-pwd'])
      t.is(value(answer.body, name), value(offered.body, name), name)
    bench.sip.hangup('out-1', 'answered')
    b.reply(await b.request('BYE'), 200)
    await bench.settled()
  },
)

test.serial(
  'who answers that it waits for the box, or chooses nothing, has it begin; and it begins for good',
  async t => {
    const bench = await benchOf(t)
    keyedBy(bench, { keying: 'dtls' })
    const { phone: b, binding } = await bench.registered('202')
    for (const setup of ['passive', 'actpass']) {
      ring(bench, { leg: `out-${setup}`, binding })
      const offered = await b.request('INVITE')
      b.reply(offered, 200, { tag: setup, body: browserSdp(b, { setup, proto: DTLS }) })
      await b.request('ACK')
      await bench.event('answered')
      const dialog = b.dialogOf(offered, setup)
      dialog.invite({ body: browserSdp(b, { version: 2, proto: DTLS }) })
      const answer = await b.response(200, 'INVITE')
      dialog.acknowledge(answer)
      t.is(value(answer.body, 'setup'), 'active')
      bench.sip.hangup(`out-${setup}`, 'answered')
      b.reply(await b.request('BYE'), 200)
    }
    await bench.settled()
  },
)

test.serial('a phone is offered what it called with last, unless its line says otherwise', async t => {
  const bench = await benchOf(t)
  const { phone: a, binding } = await bench.registered('201')
  const called = async (body: string, handshake: boolean) => {
    const dialog = await a.invite('600', { body })
    const arrived = await bench.event('invite')
    bench.sip.hangup(arrived.leg, 'busy')
    dialog.ackOf(await a.response(486, 'INVITE'))
    await bench.event('ended')
    t.like(await bench.event('keying-learned'), { line: 'lin_201', handshake })
  }
  let calls = 0
  const offered = async () => {
    calls += 1
    ring(bench, { leg: `out-${calls}`, binding })
    const request = await a.request('INVITE')
    a.reply(request, 486, { tag: 'callee' })
    await a.request('ACK')
    await bench.event('ended')
    return protoOf(request.body)
  }
  t.is(await offered(), 'RTP/AVP')
  await called(browserSdp(a), true)
  t.is(await offered(), DTLS)
  await called(a.sdp(), false)
  t.is(await offered(), 'RTP/AVP')
  keyedBy(bench, { calledByHandshake: true, encryption: 'required' })
  t.is(await offered(), DTLS)
  keyedBy(bench, { calledByHandshake: true, keying: 'sdes', encryption: 'required' })
  t.is(await offered(), 'RTP/SAVP')
  keyedBy(bench, { keying: 'dtls', encryption: 'off' })
  t.is(await offered(), 'RTP/AVP')
  await bench.settled()
})

test.serial('a phone that takes no handshake any more is asked once more without, if its line lets it', async t => {
  const bench = await benchOf(t)
  const { phone: b, binding } = await bench.registered('202')
  const invite = async () => {
    const request = await b.next('INVITE', m => status(m) === 0 && method(m) === 'INVITE')
    return { request, proto: protoOf(request.body) }
  }
  for (const { keyed, falls } of [
    { keyed: { keying: 'dtls' }, falls: 'RTP/AVP' },
    { keyed: { calledByHandshake: true, encryption: 'required' }, falls: 'RTP/SAVP' },
  ] as const) {
    keyedBy(bench, keyed)
    ring(bench, { leg: `out-${falls}`, binding })
    const first = await invite()
    t.is(first.proto, DTLS)
    b.reply(first.request, 488, { tag: 'no' })
    const again = await invite()
    t.is(again.proto, falls)
    t.deepEqual(lines(again.request.body, /^a=(fingerprint|setup|ice-|candidate|rtcp-mux|group|mid).*$/gm), [])
    b.reply(again.request, 486, { tag: 'busy' })
    t.is((await bench.event('ended')).status, 486)
  }
  keyedBy(bench, { keying: 'dtls', encryption: 'required' })
  ring(bench, { leg: 'out-must', binding })
  b.reply((await invite()).request, 488, { tag: 'no' })
  t.is((await bench.event('ended')).status, 488)
  t.is(bench.sip.dump().counters['handshakes-refused'], 2)
  await bench.settled()
})

test.serial(
  'a phone that answers a handshake in the clear is spoken to in the clear, or left where it must encrypt',
  async t => {
    const bench = await benchOf(t)
    keyedBy(bench, { keying: 'dtls' })
    const { phone: b, binding } = await bench.registered('202')
    const answer = async (leg: string) => {
      ring(bench, { leg, binding })
      b.reply(await b.request('INVITE'), 200, { tag: leg, body: b.sdp() })
      await b.request('ACK')
    }
    await answer('out-1')
    await bench.event('answered')
    bench.sip.tone('out-1', 'tone', { steps: [{ hertz: [440], milliseconds: 400 }] })
    await until('ten packets of the tone', () => b.heard.length >= 10)
    bench.sip.hangup('out-1', 'answered')
    b.reply(await b.request('BYE'), 200)
    keyedBy(bench, { keying: 'dtls', encryption: 'required' })
    await answer('out-2')
    b.reply(await b.request('BYE'), 200)
    t.is((await bench.event('ended', e => e.leg === 'out-2')).cause, 'not-acceptable')
    await bench.settled()
  },
)

test.serial(
  'a handshake that gave no keys is told of with its line, once, also of a call for help, which goes on',
  async t => {
    const bench = await benchOf(t, { timers: { ...TIMERS, keys: 300 } })
    keyedBy(bench, { keying: 'dtls' })
    const { phone: b, binding } = await bench.registered('202')
    for (const lane of ['new', 'emergency'] as const) {
      const leg = `out-${lane}`
      bench.sip.invite({
        leg,
        target: { binding },
        from: { number: '201', name: '' },
        to: '202',
        media: { kind: 'box' },
        lane,
      })
      b.reply(await b.request('INVITE'), 200, { tag: lane, body: browserSdp(b, { setup: 'active', proto: DTLS }) })
      await b.request('ACK')
      const { why, line } = await bench.event('media-refused')
      t.deepEqual([why, line], ['no-handshake', 'lin_202'])
      if (lane === 'emergency') bench.sip.hangup(leg, 'answered')
      b.reply(await b.request('BYE'), 200)
      await bench.event('ended', e => e.leg === leg)
    }
    t.false(bench.events.some(event => event.type === 'media-refused'))
    await bench.settled()
  },
)
