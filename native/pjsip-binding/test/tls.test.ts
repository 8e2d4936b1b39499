// SIP over TLS: phones that encrypt their signalling are phones like the others, and nobody at that door can hurt them.
import { connect, createServer } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import { Bench, TIMERS } from './bench.ts'
import { callUp, ring, talk } from './call.ts'
import { type Identity, identity } from './identity.ts'
import { header } from './message.ts'
import { until } from './phone.ts'
import { makePhoneLeaf } from './phone-certificate.ts'

const certificates = identity()

async function secureBench(
  t: ExecutionContext,
  o: Parameters<typeof Bench.start>[0] = {},
): Promise<{ bench: Bench; own: Identity; secure: { transport: 'tls'; trust: { ca: string } } }> {
  const own = await certificates
  const bench = await Bench.start({ transports: ['udp', 'tcp', 'tls'], ...o })
  t.teardown(() => bench.stop())
  bench.sip.setEncryption(own.encryption)
  return { bench, own, secure: { transport: 'tls', trust: { ca: own.authority.certificate } } }
}

const counter = (bench: Bench, name: string): number => bench.sip.dump().counters[name] ?? 0

const PLAIN = { udp: { transport: 'udp' }, tcp: { transport: 'tcp' } } as const

for (const [from, to] of [
  ['tls', 'udp'],
  ['udp', 'tls'],
  ['tls', 'tcp'],
  ['tls', 'tls'],
] as const)
  test.serial(
    `a phone on ${from} calls one on ${to}: both talk, and each side is told the box's address in its own words`,
    async t => {
      const { bench, secure } = await secureBench(t)
      const way = (name: 'udp' | 'tcp' | 'tls') => (name === 'tls' ? secure : PLAIN[name])
      const offered: string[] = []
      const up = await callUp(bench, way(from), way(to))
      offered.push(up.callerDialog.target, up.calleeDialog.target)
      for (const [side, uri] of [
        [from, offered[0]],
        [to, offered[1]],
      ] as const) {
        const wanted =
          side === 'tls' ? `:${bench.tlsPort};transport=tls` : side === 'tcp' ? `;transport=tcp` : `:${bench.port}`
        t.true(uri?.endsWith(wanted), `${uri} is reached by ${side}`)
      }
      await talk(up)
      t.is(counter(bench, 'connections-tls'), [from, to].filter(one => one === 'tls').length)
      await up.callerDialog.bye()
      await bench.event('ended', e => e.leg === up.inLeg)
      bench.sip.hangup('out-1', 'answered')
      up.b.reply(await up.b.request('BYE'), 200)
      await bench.event('ended', e => e.leg === 'out-1')
      await until('no dialog', () => bench.sip.dump().dialogs === 0)
    },
  )

test.serial('what the box sends to a phone goes down the connection that the phone opened, and says TLS', async t => {
  const { bench, secure } = await secureBench(t)
  const { phone, binding } = await bench.registered('202', secure)
  t.is(binding.source.transport, 'tls')
  bench.sip.outOfDialog({
    request: 'm1',
    method: 'MESSAGE',
    target: { binding },
    contentType: 'text/plain',
    body: 'evacuate hall 3',
    lane: 'new',
  })
  const message = await phone.request('MESSAGE')
  t.is(message.body, 'evacuate hall 3')
  t.regex(header(message, 'Via'), new RegExp(`^SIP/2.0/TLS 127.0.0.1:${bench.tlsPort};`))
  phone.reply(message, 200)
  t.is((await bench.event('replied')).status, 200)
  bench.sip.qualifyEvery(1)
  phone.reply(await phone.request('OPTIONS'), 200)
  t.true((await bench.event('qualified')).reachable)
})

test.serial('a call for help over TLS needs no password and no registration', async t => {
  const { bench, secure } = await secureBench(t)
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const phone = await bench.phone('999', secure)
  const dialog = await phone.invite('911', { challenged: false })
  const invite = await bench.event('invite')
  t.deepEqual([invite.emergency, invite.source.transport], [true, 'tls'])
  bench.sip.answer(invite.leg, { kind: 'box' })
  dialog.acknowledge(await phone.response(200, 'INVITE'))
  await bench.event('answered')
  bench.sip.hangup(invite.leg, 'answered')
  phone.reply(await phone.request('BYE'), 200)
})

test.serial(
  'a phone whose connection broke is unreachable at once, rings no stranger, and is reached again when it comes again',
  async t => {
    const { bench, secure } = await secureBench(t)
    for (const way of [secure, PLAIN.tcp]) {
      const { phone, binding } = await bench.registered('202', way)
      phone.disconnect()
      const told = await bench.event('qualified', e => e.contact === binding.contact)
      t.false(told.reachable)
      ring(bench, { leg: `dead-${way.transport}`, binding })
      const ended = await bench.event('ended', e => e.leg === `dead-${way.transport}`)
      t.is(ended.cause, 'unreachable')
      await phone.connect(way.transport)
      await phone.register()
      const again = await bench.event('registered', e => e.binding.source.port === phone.sipPort)
      ring(bench, { leg: `again-${way.transport}`, binding: again.binding })
      const offered = await phone.request('INVITE')
      phone.reply(offered, 486, { tag: 'busy' })
      t.is((await bench.event('ended', e => e.leg === `again-${way.transport}`)).cause, 'busy')
    }
  },
)

test.serial('a phone that comes back on another connection in the middle of a call goes on with it', async t => {
  const { bench, secure } = await secureBench(t)
  const up = await callUp(bench, secure)
  up.b.disconnect()
  await bench.event('qualified', e => e.line === 'lin_202' && !e.reachable)
  await talk(up)
  await up.b.connect('tls')
  await up.b.register()
  up.b.reply(await up.b.request('OPTIONS'), 200)
  bench.sip.hangup('out-1', 'answered')
  up.b.reply(await up.b.request('BYE'), 200)
  await up.callerDialog.bye()
  await until('no leg', () => bench.sip.dump().legs.length === 0)
  t.is(counter(bench, 'calls-on-another-connection'), 1)
})

test.serial('a call whose phone does not come back ends as unreachable in its time', async t => {
  const { bench, secure } = await secureBench(t, { timers: { ...TIMERS, flow: 1500 } })
  const up = await callUp(bench, PLAIN.udp, secure)
  up.b.disconnect()
  const ended = await bench.event('ended', e => e.leg === 'out-1')
  t.deepEqual([ended.cause, ended.by], ['unreachable', 'timeout'])
  await up.callerDialog.bye()
  await bench.event('ended', e => e.leg === up.inLeg)
})

test.serial('a ping is answered, and a silent connection is pinged by the box', async t => {
  const { bench, own, secure } = await secureBench(t, { timers: { ...TIMERS, silence: 700 } })
  const socket = connectSecurely({ port: bench.tlsPort, host: '127.0.0.1', ca: own.authority.certificate })
  t.teardown(() => socket.destroy())
  let heard = ''
  socket.on('data', bytes => {
    heard += bytes.toString('latin1')
  })
  socket.write('\r\n\r\n')
  await until('a pong', () => heard === '\r\n')
  await until('a ping', () => heard === '\r\n\r\n\r\n')
  const { phone } = await bench.registered('201', secure)
  phone.sendRaw('\r\n\r\n')
  await phone.register()
  t.is(counter(bench, 'connections-tls'), 2)
})

test.serial('a new certificate is for new connections; those that are open, and their calls, go on', async t => {
  const { bench, own, secure } = await secureBench(t)
  const up = await callUp(bench, secure)
  const next = await identity('renewed')
  bench.sip.setEncryption(next.encryption)
  await t.throwsAsync(bench.phone('203', secure), { message: /unable to verify|self.signed/ })
  const { phone } = await bench.registered('203', { transport: 'tls', trust: { ca: next.authority.certificate } })
  await talk(up)
  await up.callerDialog.bye()
  await bench.event('ended', e => e.leg === up.inLeg)
  bench.sip.hangup('out-1', 'answered')
  up.b.reply(await up.b.request('BYE'), 200)
  phone.disconnect()
  const error = t.throws(() => bench.sip.setEncryption({ ...own.encryption, key: next.box.key }), {
    code: 'switch.bad-certificate',
  })
  t.regex(error?.message ?? '', /key/)
  const again = await bench.registered('204', { transport: 'tls', trust: { ca: next.authority.certificate } })
  t.truthy(again.binding, 'a wrong one changes nothing')
})

test.serial('phones are asked for a certificate as it was set: never, when given, always', async t => {
  const { bench, own } = await secureBench(t)
  const stranger = await identity('stranger')
  const ca = own.authority.certificate
  const right = await makePhoneLeaf(own.authority, 'phone')
  const wrong = await makePhoneLeaf(stranger.authority, 'phone')
  const trusts = {
    none: { ca },
    right: { ca, cert: right.certificate, key: right.key },
    wrong: { ca, cert: wrong.certificate, key: wrong.key },
  }
  const registers = async (trust: keyof typeof trusts): Promise<boolean> => {
    try {
      const { phone } = await bench.registered('201', { transport: 'tls', trust: trusts[trust] })
      phone.disconnect()
      return true
    } catch {
      // Refused, at the handshake or just behind it: the counter says why.
      return false
    }
  }
  const authorities = own.authority.certificate
  bench.sip.setEncryption({ ...own.encryption, authorities, clients: 'when-given' })
  t.deepEqual([await registers('none'), await registers('right')], [true, true])
  const refused = async (trust: keyof typeof trusts) => {
    const before = counter(bench, 'tls-refused-certificate')
    const socket = connectSecurely({ port: bench.tlsPort, host: '127.0.0.1', ...trusts[trust] })
    socket.on('error', () => undefined)
    await until(`${trust} to be refused`, () => counter(bench, 'tls-refused-certificate') > before)
    socket.destroy()
  }
  await refused('wrong')
  bench.sip.setEncryption({ ...own.encryption, authorities, clients: 'always' })
  await refused('none')
  await refused('wrong')
  t.true(await registers('right'))
  const said = bench.events.filter(e => e.type === 'log').map(e => (e.type === 'log' ? e.text : ''))
  t.true(
    said.some(text => /TLS with 127\.0\.0\.1 refused: .*certificate/.test(text)),
    said.join('\n'),
  )
})

test.serial(
  'what is no TLS, what never ends its handshake, and what never signs in is shown the door, and counted',
  async t => {
    const { bench, own, secure } = await secureBench(t, { timers: { ...TIMERS, handshake: 800, stranger: 800 } })
    const { phone } = await bench.registered('201', secure)
    const closed = (socket: {
      on(event: 'close', then: () => void): unknown
      on(event: 'error', then: () => void): unknown
    }) =>
      new Promise<void>(resolve => {
        socket.on('error', () => undefined)
        socket.on('close', () => resolve())
      })
    const plain = connect(bench.tlsPort, '127.0.0.1')
    const plainClosed = closed(plain)
    plain.write('REGISTER sip:box SIP/2.0\r\n\r\n')
    await plainClosed
    t.is(counter(bench, 'tls-refused-protocol'), 1)
    const half = connect(bench.tlsPort, '127.0.0.1')
    const halfClosed = closed(half)
    half.write(Buffer.from([0x16, 0x03, 0x01]))
    await halfClosed
    const idle = connectSecurely({ port: bench.tlsPort, host: '127.0.0.1', ca: own.authority.certificate })
    idle.write('OPTIONS sip:box SIP/2.0\r\nVia: SIP/2.0/TLS ')
    await closed(idle)
    await until('both counted', () => counter(bench, 'tls-refused-slow') === 2)
    phone.sendRaw('\r\n\r\n')
    t.is(counter(bench, 'connections-tls'), 1, 'the phone that signed in is still there')
  },
)

test.serial(
  'a crowd of connections that say nothing takes nothing from phones that are in, nor from calls for help over UDP',
  async t => {
    const { bench, secure } = await secureBench(t)
    bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
    const up = await callUp(bench, secure)
    const crowd = Array.from({ length: 300 }, (_, n) =>
      connect({ port: bench.tlsPort, host: '127.0.0.1', localAddress: `127.0.1.${1 + (n % 200)}` }),
    )
    for (const socket of crowd) socket.on('error', () => undefined)
    t.teardown(() => crowd.forEach(socket => void socket.destroy()))
    await until('the crowd to be thinned', () => counter(bench, 'tls-refused-crowded') > 100)
    await talk(up)
    const newcomer = await bench.registered('203', secure)
    t.is(newcomer.binding.source.transport, 'tls', 'a phone finds its way in through the crowd')
    const help = await bench.phone('204')
    await help.invite('911', { challenged: false })
    t.true((await bench.event('invite', e => e.emergency)).emergency)
    up.calleeDialog.request('INFO')
    await up.b.response(200, 'INFO')
  },
)

test.serial('a message that is split at every byte is one message, and two that come together are two', async t => {
  const { bench, secure } = await secureBench(t)
  const phone = await bench.phone('201', secure)
  const whole = phone.sendRaw.bind(phone)
  phone.sendRaw = text => {
    for (const byte of Buffer.from(text)) whole(Buffer.from([byte]))
  }
  await phone.register()
  await bench.event('registered')
  const options = (id: string) =>
    `OPTIONS sip:box SIP/2.0\r\n${phone.via()}\r\nFrom: <sip:201@plant>;tag=x\r\nTo: <sip:box>\r\nCall-ID: ${id}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`
  whole(options('one') + options('two'))
  const heard = [await phone.response(200, 'OPTIONS'), await phone.response(200, 'OPTIONS')].map(m =>
    header(m, 'Call-ID'),
  )
  t.deepEqual(heard, ['one', 'two'])
})

test.serial(
  'before the box has a certificate TLS turns everybody away, and a port that is taken is said by name',
  async t => {
    const bench = await Bench.start({ transports: ['udp', 'tls'] })
    t.teardown(() => bench.stop())
    const socket = connect(bench.tlsPort, '127.0.0.1')
    socket.on('error', () => undefined)
    await until('it is counted', () => counter(bench, 'tls-refused-not-ready') === 1)
    await bench.sip.stop()
    const other = createServer().listen(bench.tlsPort, '127.0.0.1')
    await new Promise<void>(resolve => other.once('listening', () => resolve()))
    const error = await t.throwsAsync(bench.sip.start(bench.config), { code: 'switch.port-taken' })
    t.regex(error?.message ?? '', new RegExp(`tls:127.0.0.1:${bench.tlsPort}`))
    await new Promise(resolve => other.close(resolve))
    await bench.sip.start(bench.config)
  },
)
