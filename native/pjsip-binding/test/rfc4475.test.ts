// RFC 4475's forty-nine messages, byte for byte, over UDP and TCP: what each is answered, and that it leaves nothing behind.
import { readdirSync, readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { Bench } from './bench.ts'
import { type Heard, Wire } from './wire.ts'

const FOLDER = new URL('./rfc4475/', import.meta.url)

interface Expectation {
  readonly section: string
  readonly what: string
  /** Statuses answered, in order; none is silence. */
  readonly udp: readonly number[]
  /** Over a connection, where that is another matter. */
  readonly tcp?: readonly number[]
  /** A connection whose next message cannot be found is closed. */
  readonly closes?: true
  /** Of the answer. */
  readonly says?: RegExp
}

/** "Valid" requests are asked for their password (401), as any other of a stranger's. */
const EXPECTED: Readonly<Record<string, Expectation>> = {
  wsinv: { section: '3.1.1.1', what: 'a short tortuous INVITE: inside a dialog nobody knows', udp: [481] },
  intmeth: { section: '3.1.1.2', what: 'a method of odd characters', udp: [501], says: /^Allow: .*INVITE/m },
  esc01: { section: '3.1.1.3', what: 'escapes in URIs', udp: [401] },
  escnull: { section: '3.1.1.4', what: 'an escaped null in a user name', udp: [401] },
  esc02: { section: '3.1.1.5', what: 'an escaped method name is another method', udp: [501], says: /^Allow: /m },
  lwsdisp: { section: '3.1.1.6', what: 'no blank between display name and <', udp: [200] },
  longreq: { section: '3.1.1.7', what: 'long values in header fields', udp: [401] },
  dblreq: { section: '3.1.1.8', what: 'a second request behind a REGISTER', udp: [401], tcp: [401, 401], closes: true },
  semiuri: { section: '3.1.1.9', what: 'semicolons in the user part', udp: [200] },
  transports: { section: '3.1.1.10', what: 'many transports in Via', udp: [200] },
  mpart01: { section: '3.1.1.11', what: 'a multipart MESSAGE', udp: [401] },
  unreason: { section: '3.1.1.12', what: 'a response with an unusual reason phrase', udp: [] },
  noreason: { section: '3.1.1.13', what: 'a response without a reason phrase', udp: [] },
  badinv01: {
    section: '3.1.2.1',
    what: 'separators without parameters',
    udp: [400],
    says: /^SIP\/2.0 400 Bad Via header/,
  },
  clerr: { section: '3.1.2.2', what: 'Content-Length beyond the message', udp: [400], closes: true },
  ncl: {
    section: '3.1.2.3',
    what: 'a negative Content-Length',
    udp: [400],
    closes: true,
    says: /^SIP\/2.0 400 Bad Content-Length header/,
  },
  scalar02: { section: '3.1.2.4', what: 'numbers too large, in a request', udp: [400], says: /^SIP\/2.0 400 Bad CSeq/ },
  scalarlg: { section: '3.1.2.5', what: 'numbers too large, in a response', udp: [] },
  quotbal: { section: '3.1.2.6', what: 'a quote that does not end', udp: [400], says: /^SIP\/2.0 400 Bad To header/ },
  ltgtruri: { section: '3.1.2.7', what: '<> around the Request-URI', udp: [400] },
  lwsruri: { section: '3.1.2.8', what: 'blanks within the Request-URI', udp: [400] },
  lwsstart: { section: '3.1.2.9', what: 'two blanks in the request line', udp: [401] },
  trws: { section: '3.1.2.10', what: 'blanks behind the request line', udp: [200] },
  escruri: { section: '3.1.2.11', what: 'escaped headers in the Request-URI', udp: [401] },
  baddate: { section: '3.1.2.12', what: 'a time zone that is not GMT', udp: [401] },
  regbadct: {
    section: '3.1.2.13',
    what: 'a Contact that needs <>',
    udp: [400],
    says: /^SIP\/2.0 400 Bad Contact header/,
  },
  badaspec: { section: '3.1.2.14', what: 'blanks within <>', udp: [200] },
  baddn: { section: '3.1.2.15', what: 'a display name that is no token', udp: [200] },
  badvers: { section: '3.1.2.16', what: 'a protocol that is not ours', udp: [505] },
  mismatch01: { section: '3.1.2.17', what: 'CSeq names another method', udp: [400] },
  mismatch02: { section: '3.1.2.18', what: 'CSeq names another method, and the method is unknown', udp: [400] },
  bigcode: { section: '3.1.2.19', what: 'a status that is too large', udp: [] },
  badbranch: { section: '3.2.1', what: 'a branch without an identifier', udp: [400] },
  insuf: { section: '3.3.1', what: 'headers missing: no answer can be built', udp: [] },
  unkscm: { section: '3.3.2', what: 'an unknown scheme in the Request-URI', udp: [416] },
  novelsc: { section: '3.3.3', what: 'a known scheme that is not for SIP', udp: [416] },
  unksm2: { section: '3.3.4', what: 'unknown schemes in To and Contact', udp: [400] },
  bext01: {
    section: '3.3.5',
    what: 'Require of what nobody knows',
    udp: [420],
    says: /^Unsupported: .*nothingSupportsThis/m,
  },
  invut: { section: '3.3.6', what: 'a body of an unknown type', udp: [415], says: /^Accept: .*application\/sdp/m },
  regaut01: {
    section: '3.3.7',
    what: 'an unknown authorization scheme',
    udp: [401],
    says: /^WWW-Authenticate: Digest/m,
  },
  multi01: { section: '3.3.8', what: 'headers twice that come once', udp: [400] },
  mcl01: { section: '3.3.9', what: 'two Content-Lengths', udp: [400], closes: true },
  bcast: { section: '3.3.10', what: 'a response with a broadcast Via', udp: [] },
  zeromf: { section: '3.3.11', what: 'Max-Forwards 0 at a user agent', udp: [200] },
  cparam01: { section: '3.3.12', what: 'a parameter of the Contact header', udp: [401] },
  cparam02: { section: '3.3.13', what: 'a parameter of the Contact URI', udp: [401] },
  regescrt: { section: '3.3.14', what: 'an escaped Route in a Contact', udp: [401] },
  sdp01: { section: '3.3.15', what: 'Accept without session descriptions', udp: [406] },
  // Without Content-Length, which only a datagram may lack.
  inv2543: { section: '3.4.1', what: 'an INVITE of RFC 2543', udp: [401], tcp: [400], closes: true },
}

test('the table has every message of the RFC', t => {
  const files = readdirSync(FOLDER).flatMap(name => (name.endsWith('.dat') ? [name.slice(0, -4)] : []))
  t.is(files.length, 49)
  t.deepEqual(files.sort(), Object.keys(EXPECTED).sort())
})

async function judge(
  t: ExecutionContext,
  bench: Bench,
  o: { name: string; heard: Heard; statuses: readonly number[] },
) {
  const expected = EXPECTED[o.name]
  t.deepEqual(o.heard.statuses, o.statuses, `${o.name}: ${expected?.section} ${expected?.what}`)
  if (expected?.says && o.statuses.length > 0) t.regex(o.heard.text, expected.says)
  await bench.settled()
  t.deepEqual(bench.sip.dump().legs, [])
}

test.serial('over UDP each is answered as the RFC would have it, and nothing is left of it', async t => {
  const bench = await Bench.start()
  t.teardown(() => bench.stop())
  for (const [name, expected] of Object.entries(EXPECTED)) {
    const wire = await Wire.udp(bench)
    const heard = await wire.ask(readFileSync(new URL(`${name}.dat`, FOLDER)))
    wire.close()
    await judge(t, bench, { name, heard, statuses: expected.udp })
  }
})

test.serial('over TCP each is answered as the RFC would have it, and a stream out of step is closed', async t => {
  const bench = await Bench.start({ transports: ['udp', 'tcp'] })
  t.teardown(() => bench.stop())
  for (const [name, expected] of Object.entries(EXPECTED)) {
    const wire = await Wire.tcp(bench)
    const bytes = readFileSync(new URL(`${name}.dat`, FOLDER))
    // Some of the files end without the empty line, which a datagram's end stands for.
    const whole = bytes.includes('\r\n\r\n') ? bytes : Buffer.concat([bytes, Buffer.from('\r\n')])
    const heard = expected.closes === true ? await wire.askUntilClosed(bytes) : await wire.ask(whole)
    wire.close()
    await judge(t, bench, { name, heard, statuses: expected.tcp ?? expected.udp })
  }
})

test.serial('two requests with a branch that identifies nothing are two', async t => {
  const bench = await Bench.start()
  t.teardown(() => bench.stop())
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const invite = (callId: string) =>
    Buffer.from(
      [
        'INVITE sip:911@plant SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK',
        `From: <sip:1@plant>;tag=${callId}`,
        'To: <sip:911@plant>',
        `Call-ID: ${callId}`,
        'CSeq: 1 INVITE',
        'Contact: <sip:1@127.0.0.1>',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    )
  // Calls for help are taken whatever their branch.
  const [one, two] = [await Wire.udp(bench), await Wire.udp(bench)]
  one.send(invite('one'))
  const first = await bench.event('invite', event => event.callId === 'one')
  bench.sip.hangup(first.leg, 'not-found')
  await one.whenHeard(404)
  await bench.settled()
  two.send(invite('two'))
  const second = await bench.event('invite', event => event.callId === 'two')
  bench.sip.hangup(second.leg, 'not-found')
  await two.whenHeard(404)
  one.close()
  two.close()
  await bench.settled()
  t.not(first.leg, second.leg)
})
