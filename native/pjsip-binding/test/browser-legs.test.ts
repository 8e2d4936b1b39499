// Descriptions of browsers and modern phones from the wire: what is answered to checks, handshakes and bundles, what the
// other leg is told of it, and what is refused. That media follows is proved with real ones in hw-tests/calls.
import test from 'ava'
import type { MediaEncryption } from '../../../firmware/kernel/call/sip-port.ts'
import { type Bench, benchOf, credential, TIMERS } from './bench.ts'
import { browserSdp, lines, type BrowserOffer as Offer, PRINT, value } from './browser-sdp.ts'
import { ring } from './call.ts'
import { header } from './message.ts'

function setLines(bench: Bench, encryption: MediaEncryption): void {
  bench.sip.setLines(['201', '202'].map(user => ({ ...credential(user, `secret-${user}`), encryption })))
}

/** 201 calls 202 as a browser; 202 answers in the clear. */
async function callUp(bench: Bench, offer: Offer = {}) {
  const { phone: a } = await bench.registered('201')
  const { phone: b, binding } = await bench.registered('202')
  const dialog = await a.invite('202', { body: browserSdp(a, offer) })
  const { leg } = await bench.event('invite')
  ring(bench, { leg: 'out-1', binding, media: { kind: 'relay', with: leg } })
  const offered = await b.request('INVITE')
  b.reply(offered, 200, { tag: 'callee', body: b.sdp({ formats: '8 126' }) })
  await bench.event('answered', e => e.leg === 'out-1')
  await b.request('ACK')
  bench.sip.answer(leg, { kind: 'relay', with: 'out-1' })
  const answer = await a.response(200, 'INVITE')
  dialog.acknowledge(answer)
  await bench.event('answered', e => e.leg === leg)
  return { a, b, dialog, calleeDialog: b.dialogOf(offered, 'callee'), leg, offered: offered.body, answer: answer.body }
}

async function over(bench: Bench, { dialog, b }: Awaited<ReturnType<typeof callUp>>): Promise<void> {
  await dialog.bye()
  bench.sip.hangup('out-1', 'answered')
  b.reply(await b.request('BYE'), 200)
  await bench.settled()
}

/** What of one leg's transport means nothing on another. */
const FOREIGN =
  /^a=(ice-|candidate|fingerprint|setup|rtcp-mux|rtcp-fb|mid|group|extmap|ssrc|msid|bundle-only).*|^m=audio .*TLS.*/gm

test.serial('a browser is answered with all that it needs, and the other phone is told nothing of it', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  t.deepEqual(lines(up.offered, FOREIGN), [])
  t.regex(up.offered, /^m=audio \d+ RTP\/AVP 111 8 126\r$/m)
  t.regex(up.offered, /^m=video 0 /m)
  t.notRegex(up.offered, /0\.0\.0\.0|VP8/)
  const port = /^m=audio (\d+) UDP\/TLS\/RTP\/SAVPF 8 126\r$/m.exec(up.answer)?.[1]
  t.truthy(port)
  t.deepEqual(lines(up.answer, /^a=(group|ice-lite|mid|setup|rtcp-mux|candidate|crypto).*$/gm), [
    'a=ice-lite',
    'a=group:BUNDLE 0',
    'a=mid:0',
    'a=setup:passive',
    `a=candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host`,
    'a=rtcp-mux',
  ])
  t.regex(value(up.answer, 'fingerprint'), /^sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  t.not(value(up.answer, 'fingerprint'), PRINT)
  t.regex(value(up.answer, 'ice-pwd'), /^[0-9a-f]{32}$/)
  t.regex(value(up.answer, 'ice-ufrag'), /^[0-9a-f]{8}$/)
  // Its address of zeros is no hold: it only says that checks will tell.
  t.false(bench.events.some(event => event.type === 'hold-changed'))
  await over(bench, up)
})

test.serial(
  'the same offer again is answered the same, other credentials with others, another certificate too',
  async t => {
    const bench = await benchOf(t)
    const up = await callUp(bench)
    const again = async (offer: Offer) => {
      up.dialog.invite({ body: browserSdp(up.a, offer) })
      const passed = await up.b.request('INVITE')
      t.deepEqual(lines(passed.body, FOREIGN), [])
      up.b.reply(passed, 200, { tag: 'callee', body: up.b.sdp({ formats: '8 126' }) })
      await up.b.request('ACK')
      const answer = await up.a.response(200, 'INVITE')
      up.dialog.acknowledge(answer)
      return answer.body
    }
    const told = (sdp: string) => ['ice-pwd', 'ice-ufrag', 'fingerprint', 'setup'].map(name => value(sdp, name))
    t.deepEqual(told(await again({ version: 2 })), told(up.answer))
    const restarted = await again({ version: 3, password: 'another-password-of-the-browser' })
    t.not(value(restarted, 'ice-pwd'), value(up.answer, 'ice-pwd'))
    t.is(value(restarted, 'fingerprint'), value(up.answer, 'fingerprint'))
    const moved = await again({ version: 4, fingerprint: PRINT.replace('00', 'FF'), setup: 'passive' })
    t.is(value(moved, 'setup'), 'active')
    await over(bench, up)
  },
)

test.serial('what the other phone wants later is offered to the browser as it is spoken to', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.calleeDialog.invite({ body: up.b.sdp({ formats: '8 126', direction: 'sendonly', version: 2 }) })
  const passed = await up.a.request('INVITE')
  t.regex(passed.body, /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 8 126\r$/m)
  for (const name of ['ice-pwd', 'ice-ufrag', 'fingerprint', 'setup', 'mid', 'group', 'candidate'])
    t.is(value(passed.body, name), value(up.answer, name), name)
  t.regex(passed.body, /^a=sendonly\r$/m)
  up.a.reply(passed, 200, {
    body: browserSdp(up.a, { version: 2, setup: 'active' }).replace('a=sendrecv', 'a=recvonly'),
  })
  await up.a.request('ACK')
  const answer = await up.b.response(200, 'INVITE')
  t.deepEqual(lines(answer.body, FOREIGN), [])
  up.calleeDialog.acknowledge(answer)
  await over(bench, up)
})

test.serial('a line that must encrypt is content with a handshake; one that must not refuses it', async t => {
  const bench = await benchOf(t)
  const { phone: a } = await bench.registered('201')
  const refusal = async (offer: Offer) => {
    const dialog = await a.invite('202', { body: browserSdp(a, offer) })
    const answer = await a.response(488, 'INVITE')
    dialog.ackOf(answer)
    return header(answer, 'Warning')
  }
  t.regex(await refusal({ fingerprint: 'sha-1 00:11' }), /no-common-suite/)
  t.regex(await refusal({ fingerprint: PRINT.slice(0, -3) }), /no-common-suite/)
  setLines(bench, 'off')
  t.regex(await refusal({}), /encryption-off/)
  setLines(bench, 'required')
  const dialog = await a.invite('600', { body: browserSdp(a) })
  const { leg } = await bench.event('invite')
  bench.sip.answer(leg, { kind: 'box' })
  const answer = await a.response(200, 'INVITE')
  t.deepEqual([value(answer.body, 'setup'), value(answer.body, 'mid')], ['passive', '0'])
  t.regex(answer.body, /^m=video 0 .*\r\na=mid:1\r$/m)
  dialog.acknowledge(answer)
  await bench.event('answered')
  t.is(bench.sip.dump().counters['media-encrypted'], 0)
  await dialog.bye()
  await bench.settled()
})

test.serial('a call whose handshake gives no keys is ended, for it would be silent; a call for help never', async t => {
  const bench = await benchOf(t, { timers: { ...TIMERS, keys: 300 } })
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const { phone: a } = await bench.registered('201')
  const answered = async (number: string, challenged: boolean) => {
    const dialog = await a.invite(number, { challenged, body: browserSdp(a) })
    const { leg } = await bench.event('invite', e => e.emergency !== challenged)
    bench.sip.answer(leg, { kind: 'box' })
    dialog.acknowledge(await a.response(200, 'INVITE'))
    await bench.event('answered', e => e.leg === leg)
    return { dialog, leg }
  }
  const help = await answered('911', false)
  const other = await answered('600', true)
  a.reply(await a.request('BYE'), 200)
  const ended = await bench.event('ended')
  t.deepEqual([ended.leg, ended.cause, ended.by], [other.leg, 'not-acceptable', 'box'])
  t.deepEqual(
    bench.sip.dump().legs.map(({ leg }) => leg),
    [help.leg],
  )
  await help.dialog.bye()
  await bench.settled()
})

test.serial('a call for help by handshake is answered by a line that must not encrypt', async t => {
  const bench = await benchOf(t)
  setLines(bench, 'off')
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const { phone: a } = await bench.registered('201')
  const dialog = await a.invite('911', { challenged: false, body: browserSdp(a) })
  const { leg } = await bench.event('invite')
  bench.sip.answer(leg, { kind: 'box' })
  const answer = await a.response(200, 'INVITE')
  t.is(value(answer.body, 'setup'), 'passive')
  dialog.acknowledge(answer)
  await bench.event('answered')
  await dialog.bye()
  await bench.settled()
})

test.serial('a phone that makes checks in the clear, with RTCP of its own, has a candidate for each', async t => {
  const bench = await benchOf(t)
  const { phone: a } = await bench.registered('201')
  const body = browserSdp(a, { proto: 'RTP/AVP' }).replace('a=rtcp-mux\r\n', '')
  const dialog = await a.invite('600', { body })
  const { leg } = await bench.event('invite')
  bench.sip.answer(leg, { kind: 'box' })
  const answer = await a.response(200, 'INVITE')
  const port = Number(/^m=audio (\d+) RTP\/AVP /m.exec(answer.body)?.[1])
  t.deepEqual(
    lines(answer.body, /^a=candidate.*$/gm).map(line => line.split(' ').slice(1, 6)),
    [
      ['1', 'udp', '2130706431', '127.0.0.1', `${port}`],
      ['2', 'udp', '2130706430', '127.0.0.1', `${port + 1}`],
    ],
  )
  t.deepEqual(lines(answer.body, /^a=(fingerprint|setup|rtcp-mux).*$/gm), [])
  dialog.acknowledge(answer)
  await bench.event('answered')
  await dialog.bye()
  await bench.settled()
})
