// Requests beside the voice: INFO, MESSAGE, REFER, passwords of a trunk, TCP, and what a stranger must not do to a call.
import test from 'ava'
import { benchOf } from './bench.ts'
import { answered, callUp, hangUp, talk } from './call.ts'
import { header, method, status, tagOf, uriOf } from './message.ts'
import { until } from './phone.ts'

test.serial('keys pressed as INFO are digits; other INFO and MESSAGE wait for JavaScript', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.callerDialog.request('INFO', { body: 'Signal= 5\r\nDuration= 160\r\n', type: 'application/dtmf-relay' })
  await up.a.response(200, 'INFO')
  const digit = await bench.event('digit')
  t.deepEqual([digit.leg, digit.digit, digit.by], [up.inLeg, '5', 'info'])
  up.callerDialog.request('INFO', { body: '<record/>', type: 'application/xml' })
  const asked = await bench.event('message')
  t.deepEqual(
    [asked.leg, asked.contentType, asked.body, asked.line],
    [up.inLeg, 'application/xml', '<record/>', 'lin_201'],
  )
  bench.sip.respond(asked.request, 202)
  await up.a.response(202, 'INFO')
  bench.sip.sendInfo('out-1', 'text/plain', 'hello')
  const told = await up.b.request('INFO')
  t.is(told.body, 'hello')
  up.b.reply(told, 200)
  up.callerDialog.request('OPTIONS')
  await up.a.response(200, 'OPTIONS')
  up.callerDialog.request('INFO', { body: 'unanswered', type: 'text/plain' })
  await bench.event('message')
  await up.callerDialog.bye()
  await up.a.response(481, 'INFO')
  bench.sip.hangup('out-1', 'answered')
  up.b.reply(await up.b.request('BYE'), 200)
  await bench.settled()
})

test.serial('a key pressed as INFO reaches the other phone as the event that it takes', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  await talk(up)
  for (const [body, type, key] of [
    ['Signal=7\r\nDuration=100\r\n', 'application/dtmf-relay', 7],
    ['*', 'application/dtmf', 10],
    ['11\r\n', 'application/dtmf', 11],
    ['signal= D', 'application/dtmf-relay', 15],
  ] as const) {
    up.b.heard.length = 0
    up.callerDialog.request('INFO', { body, type })
    await up.a.response(200, 'INFO')
    await until('the key as an event', () => up.b.heard.some(one => one.type === 101 && one.payload[0] === key))
  }
  t.deepEqual(
    bench.events.flatMap(one => (one.type === 'digit' ? [`${one.digit} ${one.by}`] : [])),
    ['7 info', '* info', '# info', 'D info'],
  )
  await hangUp(bench, up)
})

test.serial('keys for a phone that takes no event are INFO, one behind the other, when it says its own so', async t => {
  const bench = await benchOf(t)
  const { phone, offered } = await answered(bench, { leg: 'out-1', number: '202', formats: '8' })
  phone.dialogOf(offered, 'out-1').request('INFO', { body: 'Signal=1', type: 'application/dtmf-relay' })
  await phone.response(200, 'INFO')
  await bench.event('digit', one => one.by === 'info')
  bench.sip.sendDigits('out-1', '2#')
  for (const key of ['2', '#']) {
    const told = await phone.request('INFO')
    t.is(header(told, 'Content-Type'), 'application/dtmf-relay')
    t.is(told.body, `Signal=${key}\r\nDuration=160\r\n`)
    phone.reply(told, 200)
  }
  await bench.sip.stop()
})

test.serial('a request with the right tags and a foreign Call-ID is refused', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.callerDialog.request('BYE', { callId: 'stranger', cseq: 900 })
  await up.a.response(481, 'BYE')
  await talk(up)
  t.is(bench.sip.dump().legs.length, 2)
  await bench.sip.stop()
})

test.serial('a transfer is surfaced with the leg it replaces, and its outcome is told', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  const replaces = `${up.calleeDialog.callId}%3Bto-tag%3D${up.calleeDialog.remoteTag}%3Bfrom-tag%3D${up.calleeDialog.localTag}`
  up.callerDialog.request('REFER', { headers: [`Refer-To: <sip:203@plant?Replaces=${replaces}>`] })
  await up.a.response(202, 'REFER')
  const refer = await bench.event('refer')
  t.is(refer.to, 'sip:203@plant')
  t.is(refer.replaces?.leg, 'out-1')
  const trying = await up.a.request('NOTIFY')
  t.regex(trying.body, /100 Trying/)
  up.a.reply(trying, 200)
  bench.sip.respond(refer.request, 200)
  const done = await up.a.request('NOTIFY')
  t.regex(header(done, 'Subscription-State'), /terminated/)
  t.regex(done.body, /200 OK/)
  up.a.reply(done, 200)
  const third = await bench.registered('203')
  const taking = await third.phone.invite('202', {
    headers: [
      `Replaces: ${up.callerDialog.callId};to-tag=${up.callerDialog.remoteTag};from-tag=${up.callerDialog.localTag}`,
    ],
  })
  const arrived = await bench.event('invite')
  t.deepEqual(arrived.replaces, { leg: up.inLeg, earlyOnly: false })
  taking.cancel()
  taking.ackOf(await third.phone.response(487, 'INVITE'))
  await bench.sip.stop()
})

test.serial('a trunk that asks for a password gets it, and once is enough', async t => {
  const bench = await benchOf(t)
  const trunk = await bench.phone('trunk')
  const call = (leg: string): void =>
    bench.sip.invite({
      leg,
      target: { uri: `sip:5551000@127.0.0.1:${trunk.sipPort}` },
      from: { number: '201', name: '' },
      to: '5551000',
      media: { kind: 'box' },
      lane: 'new',
      credentials: { username: 'acme', secret: 's3' },
    })
  call('out')
  const first = await trunk.request('INVITE')
  trunk.reply(first, 407, {
    tag: 'c1',
    headers: ['Proxy-Authenticate: Digest realm="telco", nonce="n1", algorithm=MD5, qop="auth"'],
  })
  await trunk.request('ACK')
  const second = await trunk.next(
    'authorized INVITE',
    m => method(m) === 'INVITE' && status(m) === 0 && header(m, 'Proxy-Authorization') !== '',
  )
  t.regex(header(second, 'Proxy-Authorization'), /username="acme".*realm="telco"/)
  trunk.reply(second, 200, {
    tag: 'd',
    body: trunk.sdp(),
    headers: [`Record-Route: <sip:127.0.0.1:${trunk.sipPort};lr>`],
  })
  const ack = await trunk.request('ACK')
  t.is(tagOf(header(ack, 'To')), 'd')
  await bench.event('answered')
  bench.sip.hangup('out', 'answered')
  const bye = await trunk.request('BYE')
  t.is(uriOf(header(bye, 'Route')), `sip:127.0.0.1:${trunk.sipPort};lr`)
  trunk.reply(bye, 200)
  await bench.event('ended')
  call('refused')
  for (let n = 0; n < 3; n += 1) {
    const request = await trunk.request('INVITE')
    trunk.reply(request, 401, {
      tag: `e${n}`,
      headers: [`WWW-Authenticate: Digest realm="telco", nonce="m${n}", algorithm=MD5, stale=true`],
    })
    await trunk.request('ACK')
  }
  const refused = await bench.event('ended')
  t.deepEqual([refused.cause, refused.status], ['forbidden', 401])
  await bench.settled()
})

test.serial('messages go both ways outside calls, and phones are asked whether they are there', async t => {
  const bench = await benchOf(t)
  const { phone, binding } = await bench.registered('201')
  bench.sip.outOfDialog({
    request: 'm1',
    method: 'MESSAGE',
    target: { binding },
    contentType: 'text/plain',
    body: 'Fire drill',
    lane: 'emergency',
    headers: [{ name: 'X-Priority', value: 'high' }],
  })
  const told = await phone.request('MESSAGE')
  t.is(told.body, 'Fire drill')
  t.is(header(told, 'X-Priority'), 'high')
  phone.reply(told, 200, { tag: 'm' })
  t.is((await bench.event('replied')).status, 200)
  bench.sip.outOfDialog({
    request: 'm2',
    method: 'NOTIFY',
    target: { binding },
    lane: 'new',
    headers: [{ name: 'Event', value: 'check-sync' }],
  })
  await phone.request('NOTIFY')
  t.is((await bench.event('replied', e => e.request === 'm2')).status, 408)
  const dialog = await phone.invite('x', { challenged: false })
  dialog.ackOf(await phone.response(401, 'INVITE'))
  const uri = phone.uri('202')
  const send = (extra: string[], cseq: number): void =>
    phone.send({
      start: `MESSAGE ${uri} SIP/2.0`,
      headers: [
        phone.via(),
        'From: <sip:201@plant>;tag=q',
        'To: <sip:202@plant>',
        'Call-ID: msg',
        `CSeq: ${cseq} MESSAGE`,
        'Max-Forwards: 70',
        ...extra,
      ],
      body: 'hi',
      type: 'text/plain',
    })
  send([], 1)
  send([phone.authorize(await phone.response(401, 'MESSAGE'), { method: 'MESSAGE', uri })], 2)
  const asked = await bench.event('message')
  t.deepEqual([asked.line, asked.to, asked.body], ['lin_201', '202', 'hi'])
  bench.sip.respond(asked.request, 404)
  await phone.response(404, 'MESSAGE')
  bench.sip.qualifyEvery(1)
  const options = await phone.request('OPTIONS')
  phone.reply(options, 200, { tag: 'o' })
  t.true((await bench.event('qualified')).reachable)
  bench.sip.qualifyEvery(0)
  await bench.settled()
  t.throws(
    () =>
      bench.sip.outOfDialog({
        request: 'bad',
        method: 'MESSAGE',
        target: { binding },
        lane: 'new',
        headers: [{ name: 'X', value: 'a\r\nEvil: 1' }],
      }),
    { message: /line break/ },
  )
})

test.serial('phones on TCP call one another over the connections they opened', async t => {
  const bench = await benchOf(t, { transports: ['udp', 'tcp'] })
  const up = await callUp(bench, { transport: 'tcp' })
  await talk(up)
  await up.callerDialog.bye()
  bench.sip.hangup('out-1', 'answered')
  up.b.reply(await up.b.request('BYE'), 200)
  t.is((await bench.event('ended')).by, 'far')
})

test.serial('the box registers at a trunk as whom it says, and is told what the trunk answers', async t => {
  const bench = await benchOf(t)
  const trunk = await bench.phone('trunk')
  const via = { family: 4, host: '127.0.0.1', port: trunk.sipPort, transport: 'udp' } as const
  bench.sip.outOfDialog({
    request: 'r1',
    method: 'REGISTER',
    target: { uri: 'sip:carrier.example', via },
    registration: { account: 'sip:acme@carrier.example', contact: 'box-1', callId: 'c1', cseq: 7 },
    headers: [{ name: 'Expires', value: '600' }],
    lane: 'new',
  })
  const asked = await trunk.request('REGISTER')
  t.regex(header(asked, 'Contact'), new RegExp(`<sip:box-1@127\\.0\\.0\\.1:${bench.port}>`))
  t.deepEqual(
    ['Call-ID', 'CSeq', 'Expires'].map(name => header(asked, name)),
    ['c1', '7 REGISTER', '600'],
  )
  for (const name of ['From', 'To']) t.is(uriOf(header(asked, name)), 'sip:acme@carrier.example')
  const challenge = 'Digest realm="telco", nonce="n1", algorithm=SHA-256, qop="auth"'
  trunk.reply(asked, 401, { tag: 'r', headers: [`WWW-Authenticate: ${challenge}`, 'Min-Expires: 900'] })
  const { status: code, headers = [] } = await bench.event('replied')
  t.is(code, 401)
  const told = new Map(headers.map(({ name, value }) => [name, value]))
  t.regex(told.get('WWW-Authenticate') ?? '', /realm="telco".*nonce="n1"/)
  t.is(told.get('Min-Expires'), '900')
})
