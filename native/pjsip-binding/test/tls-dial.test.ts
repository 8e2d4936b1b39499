// The box connects to trunks over TLS: to whom it believes and nobody else, once for all calls, and again when it breaks.
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type TlsOptions } from 'node:tls'
import test, { type ExecutionContext } from 'ava'
import type { Peer, PeerDoubt } from '../../../firmware/kernel/call/sip-port.ts'
import { makeAuthority, makeLeaf } from '../../../firmware/platform/http/certificate.ts'
import { type Bench, benchOf, TIMERS } from './bench.ts'
import { Carrier } from './carrier.ts'
import { identity } from './identity.ts'
import { header } from './message.ts'
import { until } from './phone.ts'

const DAY = 86_400_000
const authority = makeAuthority('carrier', Date.now())
const shows = async (names: readonly string[], now = Date.now()): Promise<TlsOptions> => {
  const { certificate, key } = await makeLeaf(await authority, names, now)
  return { cert: certificate, key }
}

async function carrier(t: ExecutionContext, options: TlsOptions): Promise<Carrier> {
  const made = await Carrier.open(options)
  t.teardown(() => made.close())
  return made
}

/** A box and a carrier that it believes. */
async function connected(
  t: ExecutionContext,
  timers: object = {},
): Promise<{ bench: Bench; far: Carrier; peer: Peer }> {
  const bench = await benchOf(t, { timers: { ...TIMERS, ...timers } })
  const far = await carrier(t, await shows(['carrier.example', '127.0.0.1']))
  const peer = far.peer({ serverName: 'carrier.example', authorities: (await authority).certificate })
  bench.sip.keepConnections([peer])
  t.true((await bench.event('connection-changed')).up)
  return { bench, far, peer }
}

async function nothingIsLeft(bench: Bench): Promise<void> {
  bench.sip.keepConnections([])
  await until('no connection is left', () => bench.sip.dump().counters['connections-tls'] === 0)
  await bench.settled()
}

const asks = (bench: Bench, peer: Peer, request = 'q1') =>
  bench.sip.outOfDialog({
    request,
    method: 'OPTIONS',
    target: { uri: 'sip:carrier.example;transport=tls', via: peer.address },
    lane: 'new',
  })

const calls = (bench: Bench, peer: Peer, leg = 'out-1') =>
  bench.sip.invite({
    leg,
    target: { uri: 'sip:+13135550100@carrier.example;transport=tls', via: peer.address },
    from: { number: '201', name: 'Post' },
    to: '+13135550100',
    media: { kind: 'box' },
    lane: 'new',
  })

test.serial(
  'one connection carries questions and calls, and the far side is told which of its names is meant',
  async t => {
    const { bench, far, peer } = await connected(t)
    t.deepEqual(far.asked, ['carrier.example'])
    asks(bench, peer)
    const question = await far.request('OPTIONS')
    t.regex(header(question, 'Via'), /^SIP\/2\.0\/TLS /)
    far.reply(question, 200)
    t.is((await bench.event('replied')).status, 200)
    calls(bench, peer)
    const invite = await far.request('INVITE')
    far.reply(invite, 486)
    await far.request('ACK')
    t.is((await bench.event('ended')).cause, 'busy')
    bench.sip.keepConnections([peer])
    asks(bench, peer, 'q2')
    far.reply(await far.request('OPTIONS'), 200)
    await bench.event('replied')
    t.is(far.connections.length, 1, 'the same once more changes nothing')
    await nothingIsLeft(bench)
  },
)

test.serial('a call passes the routes that it is given, and so does a question', async t => {
  const { bench, far, peer } = await connected(t)
  const routes = ['sip:proxy.example;transport=tls;lr', 'sip:core.example;lr']
  const target = { uri: 'sip:+1@carrier.example', via: peer.address, routes }
  bench.sip.outOfDialog({ request: 'q', method: 'OPTIONS', target, lane: 'new' })
  const question = await far.request('OPTIONS')
  const passed = question.headers.filter(([name]) => name === 'Route').map(([, value]) => value)
  t.deepEqual(passed, ['<sip:proxy.example;transport=tls;lr>', '<sip:core.example;lr>'])
  t.is(question.start, 'OPTIONS sip:+1@carrier.example SIP/2.0')
  far.reply(question, 200)
  await bench.event('replied')
  const from = { number: '201', name: 'Post' }
  bench.sip.invite({ leg: 'out', target, from, to: '+1', media: { kind: 'box' }, lane: 'new' })
  const invite = await far.request('INVITE')
  t.deepEqual(
    invite.headers.filter(([name]) => name === 'Route').map(([, value]) => value),
    ['<sip:proxy.example;transport=tls;lr>', '<sip:core.example;lr>'],
  )
  far.reply(invite, 486)
  await bench.event('ended')
  const wrong = { uri: 'sip:a@b', via: peer.address, routes: ['sip:x>\r\nEvil: 1'] }
  t.throws(() => bench.sip.outOfDialog({ request: 'w', method: 'OPTIONS', target: wrong, lane: 'new' }))
  await nothingIsLeft(bench)
})

/** Two carriers behind one address, told apart by the name that is asked for (RFC 6066 section 3). */
async function sharedAddress(t: ExecutionContext, names: readonly string[]): Promise<Carrier> {
  const contexts = new Map<string, ReturnType<typeof createSecureContext>>()
  for (const name of names) contexts.set(name, createSecureContext(await shows([name])))
  const [first] = contexts.values()
  return carrier(t, { SNICallback: (name, done) => done(null, contexts.get(name) ?? first) })
}

test.serial(
  'two carriers behind one address are each known by their own name, and called by their own connection',
  async t => {
    const bench = await benchOf(t)
    const far = await sharedAddress(t, ['one.example', 'two.example'])
    const authorities = (await authority).certificate
    const peers = ['one.example', 'two.example'].map(name => {
      const peer = far.peer({ names: [name], serverName: name, authorities })
      return { ...peer, address: { ...peer.address, peer: `trk_${name}` } }
    })
    bench.sip.keepConnections(peers)
    for (const { address } of peers)
      t.true((await bench.event('connection-changed', e => e.with.peer === address.peer)).up)
    for (const peer of [...peers, ...peers].reverse()) {
      asks(bench, peer)
      const question = await far.request('OPTIONS')
      t.is(far.nameFor(question), peer.names[0] ?? '')
      far.reply(question, 200)
      t.is((await bench.event('replied')).status, 200)
      calls(bench, peer)
      const invite = await far.request('INVITE')
      t.is(far.nameFor(invite), peer.names[0] ?? '')
      far.reply(invite, 486)
      t.is(far.nameFor(await far.request('ACK')), peer.names[0] ?? '')
      await bench.event('ended')
    }
    t.is(far.connections.length, 2)
    await nothingIsLeft(bench)
  },
)

test.serial(
  'who is at a carrier’s address and is not him gets nothing of his, though another is believed there',
  async t => {
    const bench = await benchOf(t)
    const far = await sharedAddress(t, ['one.example'])
    const authorities = (await authority).certificate
    const [one, two] = ['one.example', 'two.example'].map(name => {
      const peer = far.peer({ names: [name], serverName: name, authorities })
      return { ...peer, address: { ...peer.address, peer: `trk_${name}` } }
    }) as [Peer, Peer]
    bench.sip.keepConnections([two, one])
    t.true((await bench.event('connection-changed', e => e.with.peer === one.address.peer)).up)
    t.like(await bench.event('connection-changed', e => e.with.peer === two.address.peer), {
      up: false,
      why: 'other-name',
    })
    asks(bench, two)
    t.is((await bench.event('replied')).status, 503)
    calls(bench, two)
    t.like(await bench.event('ended'), { cause: 'unreachable' })
    t.deepEqual(far.messages, [])
    asks(bench, one)
    far.reply(await far.request('OPTIONS'), 200)
    t.is((await bench.event('replied')).status, 200)
  },
)

const DOUBTS: readonly (readonly [
  what: string,
  why: PeerDoubt,
  shown: () => Promise<TlsOptions>,
  o?: Partial<Peer>,
])[] = [
  ['has run out', 'expired', () => shows(['carrier.example'], Date.now() - 500 * DAY)],
  ['is not valid yet', 'not-yet-valid', () => shows(['carrier.example'], Date.now() + 5 * DAY)],
  ['is for somebody else', 'other-name', () => shows(['other.example'])],
  ['is for a wildcard', 'other-name', () => shows(['*.example'])],
  ['is for another address', 'other-name', () => shows(['127.0.0.9']), { names: ['127.0.0.1'] }],
  [
    'is signed by nobody that this machine knows',
    'unknown-authority',
    () => shows(['carrier.example']),
    { authorities: '' },
  ],
  [
    'was signed by nobody that the box believes',
    'unknown-authority',
    async () => {
      const { certificate, key } = await makeLeaf(
        await makeAuthority('stranger', Date.now()),
        ['carrier.example'],
        Date.now(),
      )
      return { cert: certificate, key }
    },
  ],
  [
    'is another than the one that was pinned',
    'other-certificate',
    () => shows(['carrier.example']),
    { fingerprints: ['00'.repeat(32)] },
  ],
]

for (const [what, why, shown, o = {}] of DOUBTS)
  test.serial(`whose certificate ${what} is not spoken to`, async t => {
    const bench = await benchOf(t)
    const far = await carrier(t, await shown())
    const peer = far.peer({ authorities: (await authority).certificate, ...o })
    bench.sip.keepConnections([peer])
    const told = await bench.event('connection-changed')
    t.like(told, { up: false, why })
    asks(bench, peer)
    t.is((await bench.event('replied')).status, 503)
    calls(bench, peer)
    t.like(await bench.event('ended'), { cause: 'unreachable' })
    t.deepEqual(far.messages, [])
  })

test.serial('a certificate that is pinned needs no authority and no name; an address is a name', async t => {
  const bench = await benchOf(t)
  const shown = await shows(['somebody.example'])
  const far = await carrier(t, shown)
  const pin = new X509Certificate(String(shown.cert)).fingerprint256.replaceAll(':', '').toLowerCase()
  bench.sip.keepConnections([far.peer({ names: [], fingerprints: [pin] })])
  t.true((await bench.event('connection-changed')).up)
  const other = await carrier(t, await shows(['127.0.0.1']))
  bench.sip.keepConnections([other.peer({ names: ['127.0.0.1'], authorities: (await authority).certificate })])
  t.like(await bench.event('connection-changed', e => e.with.port === other.port), { up: true })
  await until('who is no peer any more is hung up on', () => far.connection.destroyed)
  t.is(bench.sip.dump().counters['connections-tls'], 1)
})

test.serial(
  'a carrier that is away is tried until it is there, and a connection that breaks is opened anew',
  async t => {
    const bench = await benchOf(t)
    const options = await shows(['carrier.example'])
    const gone = await Carrier.open(options)
    await gone.close()
    const peer = gone.peer({ authorities: (await authority).certificate })
    bench.sip.keepConnections([peer])
    t.like(await bench.event('connection-changed'), { up: false, why: 'unreachable' })
    const far = await Carrier.open(options, gone.port)
    t.teardown(() => far.close())
    await bench.event('connection-changed', ({ up }) => up)
    far.connection.destroy()
    await bench.event('connection-changed', e => !e.up && e.why === 'closed')
    await bench.event('connection-changed', ({ up }) => up)
    asks(bench, peer)
    far.reply(await far.request('OPTIONS'), 200)
    t.is((await bench.event('replied')).status, 200)
  },
)

test.serial('a carrier that pings is answered, also in the bytes behind a message', async t => {
  const { bench, far, peer } = await connected(t)
  far.connection.write('\r\n\r\n')
  await until('a pong', () => far.pongs === 1)
  asks(bench, peer)
  const question = await far.request('OPTIONS')
  far.reply(question, 200)
  t.is((await bench.event('replied')).status, 200)
  calls(bench, peer)
  far.reply(await far.request('INVITE'), 180, { trailing: '\r\n\r\n' })
  await bench.event('progress')
  await until('another pong', () => far.pongs === 2)
  bench.sip.hangup('out-1', 'cancelled')
  await far.request('CANCEL')
  t.is(far.connections.length, 1)
})

test.serial('a silent connection is pinged; who stops answering pings is gone', async t => {
  const { bench, far } = await connected(t, { ping: 200, pong: 300 })
  await until('the carrier was pinged twice', () => far.pings > 1)
  far.answersPings = false
  t.like(await bench.event('connection-changed'), { up: false, why: 'silent' })
  far.answersPings = true
  t.true((await bench.event('connection-changed')).up)
})

test.serial('who never answers pings keeps its connection', async t => {
  const bench = await benchOf(t, { timers: { ...TIMERS, ping: 200, pong: 200 } })
  const far = await carrier(t, await shows(['carrier.example']))
  far.answersPings = false
  bench.sip.keepConnections([far.peer({ authorities: (await authority).certificate })])
  t.true((await bench.event('connection-changed')).up)
  await until('it was pinged often', () => far.pings > 3)
  t.is(far.connections.length, 1)
})

test.serial('a carrier that asks for a certificate is shown the box’s own, where the trunk says so', async t => {
  const bench = await benchOf(t, { transports: ['udp', 'tls'] })
  const own = await identity()
  bench.sip.setEncryption(own.encryption)
  const far = await carrier(t, {
    ...(await shows(['carrier.example'])),
    requestCert: true,
    rejectUnauthorized: true,
    ca: own.authority.certificate,
  })
  const { certificate: authorities } = await authority
  bench.sip.keepConnections([far.peer({ authorities, showsCertificate: true })])
  t.true((await bench.event('connection-changed')).up)
  await until('the carrier knows the box', () => far.connections.length === 1)
  t.is(far.connection.getPeerCertificate().subject.CN, 'box')
  const strict = await carrier(t, {
    ...(await shows(['carrier.example'])),
    requestCert: true,
    rejectUnauthorized: true,
    ca: own.authority.certificate,
    maxVersion: 'TLSv1.2',
  })
  bench.sip.keepConnections([strict.peer({ authorities })])
  t.like(await bench.event('connection-changed', e => e.with.port === strict.port), { up: false, why: 'refused' })
})

test.serial('an authority that cannot be read is refused, and what was set before goes on', async t => {
  const { bench, far, peer } = await connected(t)
  t.throws(() => bench.sip.keepConnections([{ ...peer, authorities: 'nonsense' }]), { code: 'switch.bad-authority' })
  asks(bench, peer)
  far.reply(await far.request('OPTIONS'), 200)
  t.is((await bench.event('replied')).status, 200)
})

test.serial('a far side that accepts and says nothing holds up nobody', async t => {
  const bench = await benchOf(t, { timers: { ...TIMERS, handshake: 500 } })
  const { createServer } = await import('node:net')
  const mute = createServer(socket => socket.on('error', () => {}))
  await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void mute.close())
  const { port } = mute.address() as { port: number }
  const far = await carrier(t, await shows(['carrier.example']))
  const { certificate: authorities } = await authority
  const peer = far.peer({ authorities })
  bench.sip.keepConnections([{ ...peer, address: { ...peer.address, port } }, peer])
  t.true((await bench.event('connection-changed', e => e.with.port === far.port)).up)
  t.like(await bench.event('connection-changed', e => e.with.port === port), { up: false, why: 'slow' })
  asks(bench, peer)
  far.reply(await far.request('OPTIONS'), 200)
  t.is((await bench.event('replied')).status, 200)
})
