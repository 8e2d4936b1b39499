// Whom a phone takes the other end for, when somebody else answers or the call is handed on.
import test from 'ava'
import { type Bench, benchOf, credential } from './bench.ts'
import { answered, ring, talk } from './call.ts'
import { header, mediaPort, method, status } from './message.ts'

const TAKES_UPDATE = ['Allow: INVITE, ACK, CANCEL, BYE, UPDATE']

/** 201 dials 600, and 202 answers. */
async function groupCall(bench: Bench, headers: readonly string[]) {
  const { phone: b, binding } = await bench.registered('202')
  const { phone: a } = await bench.registered('201')
  const dialog = await a.invite('600', { headers })
  const { leg } = await bench.event('invite')
  ring(bench, { leg: 'out', binding, to: '202', name: 'Ann', media: { kind: 'relay', with: leg } })
  const offered = await b.request('INVITE')
  b.reply(offered, 200, { tag: 'b', body: b.sdp({ formats: '8 101' }), headers: TAKES_UPDATE })
  await b.request('ACK')
  await bench.event('answered', event => event.leg === 'out')
  bench.sip.answer(leg, { kind: 'relay', with: 'out' })
  const answer = await a.response(200, 'INVITE')
  dialog.acknowledge(answer)
  await bench.event('answered', event => event.leg === leg)
  return { a, b, dialog, leg, offered, answer }
}

test.serial('who answered is told with the answer, and whom the call was handed to by UPDATE', async t => {
  const bench = await benchOf(t)
  const { a, b, dialog, leg, answer } = await groupCall(bench, TAKES_UPDATE)
  t.is(header(answer, 'P-Asserted-Identity'), '<sip:202@127.0.0.1>')
  // 202 hands it on to 203, which the box has rung by itself.
  const third = await answered(bench, { leg: 'third', number: '203', formats: '8 101' })
  bench.sip.bridge(leg, 'third')
  bench.sip.hangup('out', 'moved')
  b.reply(await b.request('BYE'), 200)
  const update = await a.request('UPDATE')
  t.is(header(update, 'P-Asserted-Identity'), '<sip:203@127.0.0.1>')
  t.is(update.body, '')
  t.not(header(update, 'Session-Expires'), '', 'it is a refresh too')
  a.reply(update, 200)
  await talk({ a, b: third.phone, callerPort: mediaPort(answer.body), calleePort: mediaPort(third.offered.body) })
  // The third phone takes no UPDATE: it is left in peace.
  t.false(third.phone.inbox.some(message => status(message) === 0 && method(message) === 'UPDATE'))
  await dialog.bye()
  bench.sip.hangup('third', 'answered')
  third.phone.reply(await third.phone.request('BYE'), 200)
  await bench.settled()
})

test.serial('who asked for privacy is named to nobody', async t => {
  const bench = await benchOf(t)
  const { a, b, dialog, leg } = await groupCall(bench, ['Privacy: id'])
  const { phone: c, binding } = await bench.registered('203')
  ring(bench, { leg: 'other', binding, to: '203' })
  const offered = await c.request('INVITE')
  c.reply(offered, 200, { tag: 'c', body: c.sdp({ formats: '8 101' }), headers: TAKES_UPDATE })
  await c.request('ACK')
  await bench.event('answered', event => event.leg === 'other')
  bench.sip.bridge(leg, 'other')
  bench.sip.bridge('out', 'other')
  // What is told goes in order: 202 learns of 203, and 203 of 202, never of who kept back.
  const atThird = await c.request('UPDATE')
  t.is(header(atThird, 'P-Asserted-Identity'), '<sip:202@127.0.0.1>')
  c.reply(atThird, 200)
  const atSecond = await b.request('UPDATE')
  t.is(header(atSecond, 'P-Asserted-Identity'), '<sip:203@127.0.0.1>')
  b.reply(atSecond, 200)
  await dialog.bye()
  for (const [name, phone] of [
    ['out', b],
    ['other', c],
  ] as const) {
    bench.sip.hangup(name, 'answered')
    phone.reply(await phone.request('BYE'), 200)
  }
  t.false(a.inbox.some(message => status(message) === 0 && method(message) === 'UPDATE'))
  await bench.settled()
})

test.serial('who sent a call on reaches the phone in its headers, with the box as it sees it', async t => {
  const bench = await benchOf(t)
  const { phone, binding } = await bench.registered('202')
  const by = [{ number: '203', name: 'Gate "A"', why: 'busy' as const }]
  const order = {
    target: { binding },
    from: { number: '201', name: '' },
    to: '202',
    media: { kind: 'box' },
    lane: 'new',
  } as const
  bench.sip.invite({ leg: 'out', ...order, diversions: { as: 'both', by } })
  const offered = await phone.request('INVITE')
  t.is(header(offered, 'Diversion'), '"Gate \\"A\\"" <sip:203@127.0.0.1>;reason=user-busy;privacy=off')
  t.is(
    header(offered, 'History-Info'),
    '<sip:203@127.0.0.1?Reason=SIP%3Bcause%3D486>;index=1, <sip:202@127.0.0.1>;index=1.1;mp=1',
  )
  phone.reply(offered, 486, { tag: 'b' })
  await bench.event('ended')
  await bench.settled()
})

test.serial('what an INVITE says of its caller is told in parts', async t => {
  const bench = await benchOf(t)
  const { phone } = await bench.registered('201')
  const headers = [
    'P-Asserted-Identity: "Ann" <sip:+13135550100@carrier>',
    'Privacy: id',
    'Diversion: <sip:+13135550101@carrier>;reason=no-answer',
    'Diversion: <sip:+13135550102@carrier>;reason=unconditional',
  ]
  await phone.invite('600', { headers })
  const invite = await bench.event('invite')
  t.deepEqual(invite.told, {
    asserted: { number: '+13135550100', name: 'Ann' },
    withheld: true,
    diversions: [
      { number: '+13135550102', name: '', why: 'always' },
      { number: '+13135550101', name: '', why: 'no-answer' },
    ],
  })
  bench.sip.hangup(invite.leg, 'not-found')
  await bench.event('ended')
  await bench.settled()
})

test.serial('a line that wants it is told of the other end in Remote-Party-ID too', async t => {
  const bench = await benchOf(t)
  const lines = ['201', '202', '203'].map(user => credential(user, `secret-${user}`))
  bench.sip.setLines(lines.map(line => (line.authName === '203' ? line : { ...line, remotePartyId: true })))
  const { a, b, dialog, offered, answer } = await groupCall(bench, TAKES_UPDATE)
  t.is(header(offered, 'Remote-Party-ID'), '"Ann" <sip:201@127.0.0.1>;party=calling;privacy=off;screen=yes')
  t.is(header(answer, 'Remote-Party-ID'), '<sip:202@127.0.0.1>;party=called;privacy=off;screen=yes')
  const { phone, binding } = await bench.registered('203')
  ring(bench, { leg: 'third', binding })
  const plain = await phone.request('INVITE')
  t.is(header(plain, 'Remote-Party-ID'), '')
  phone.reply(plain, 486, { tag: 'c' })
  await bench.event('ended', event => event.leg === 'third')
  await dialog.bye()
  bench.sip.hangup('out', 'answered')
  b.reply(await b.request('BYE'), 200)
  t.false(a.inbox.some(message => status(message) === 0))
  await bench.settled()
})
