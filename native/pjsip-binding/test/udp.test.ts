// The SIP socket: what is urgent comes first, what holds a way open is answered, what cannot be read harms nobody.
import { type ChildProcess, fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { freePort } from '../../../hw-tests/lab/free-port.ts'
import { Bench, voicePorts } from './bench.ts'
import { header, status } from './message.ts'
import { damaged, seeded } from './mutations.ts'
import { until } from './phone.ts'
import { tortures } from './tortures.ts'
import { Wire } from './wire.ts'

const HOST = '127.0.0.1'

interface Request {
  readonly method?: string
  readonly user: string
  readonly callId: string
  readonly port: number
  readonly headers?: readonly string[]
  readonly body?: string
}

function request({ method = 'INVITE', user, callId, port, headers = [], body = '' }: Request): Buffer {
  const lines = [
    `${method} sip:${user}@${HOST} SIP/2.0`,
    `Via: SIP/2.0/UDP ${HOST}:${port};rport;branch=z9hG4bK${callId}`,
    `From: <sip:1@plant>;tag=${callId}`,
    `To: <sip:${user}@plant>`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:1@${HOST}:${port}>`,
    'Max-Forwards: 70',
    ...headers,
    `Content-Length: ${body.length}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

interface Flooded {
  readonly child: ChildProcess
  readonly server: { readonly host: string; readonly port: number }
  readonly heard: string[]
  counters: Record<string, number> | undefined
}

async function flooded(t: ExecutionContext, hosts: readonly string[] = [HOST]): Promise<Flooded> {
  const server = { host: HOST, port: await freePort(HOST) }
  const stateDirectory = mkdtempSync(join(tmpdir(), 'switch-'))
  const config = {
    listen: hosts.map(host => ({ transport: 'udp', host, port: server.port })),
    rtp: voicePorts(),
    realm: 'plant',
    userAgent: 'plant-pbx test',
    stateDirectory,
    expires: { min: 30, max: 600 },
  }
  const child = fork(new URL('./flooded-child.ts', import.meta.url), [JSON.stringify(config)], { stdio: 'inherit' })
  const out: Flooded = { child, server, heard: [], counters: undefined }
  t.teardown(() => {
    child.kill('SIGKILL')
    rmSync(stateDirectory, { recursive: true, force: true })
  })
  const ready = once(child, 'message')
  child.on('message', message => {
    const { heard, counters } = message as { heard?: string; counters?: Record<string, number> }
    if (heard !== undefined) out.heard.push(heard)
    if (counters !== undefined) out.counters = counters
  })
  await ready
  return out
}

test.serial('a call for help sent once into a full socket is heard, and before those that fill it', async t => {
  const s = await flooded(t)
  const wire = await Wire.udp(s.server)
  // Heard first: the kernel knows the numbers by now.
  wire.send(request({ user: '911', callId: 'calm', port: wire.port }))
  await until('the first call for help', () => s.heard.includes('calm'), 20_000)
  s.child.kill('SIGSTOP')
  const flood = createSocket('udp4')
  flood.bind(0, HOST)
  await once(flood, 'listening')
  const { port } = flood.address()
  const filler = [`Subject: ${'x'.repeat(900)}`]
  // More than any buffer holds while nobody reads it.
  for (let n = 0; n < 30_000; n += 1) {
    flood.send(request({ user: '202', callId: `f${n}`, port, headers: filler }), s.server.port, HOST)
    if (n % 50 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  for (const [callId, user] of [
    ['plain', '911'],
    ['with-context', '9911;phone-context=plant'],
  ] as const)
    wire.send(request({ user, callId, port: wire.port }))
  // All of it has left this process before the switch goes on.
  await new Promise<void>(resolve => flood.send('', s.server.port, HOST, () => resolve()))
  s.child.kill('SIGCONT')
  await until('both calls for help', () => s.heard.includes('plain') && s.heard.includes('with-context'), 30_000)
  await wire.whenHeard(404)
  flood.close()
  wire.close()
  s.child.send('count')
  const counters = await until('the counters', () => s.counters, 20_000)
  t.is(counters['udp-no-express'] ?? 0, 0)
  t.deepEqual(s.heard.sort(), ['calm', 'plain', 'with-context'])
  const closed = once(s.child, 'exit')
  s.child.send('stop')
  await closed
})

test.serial('both families listen on one port, and each has its way for calls for help', async t => {
  const s = await flooded(t, ['0.0.0.0', '::'])
  for (const [family, host] of [
    ['4', HOST],
    ['6', '::1'],
  ] as const) {
    const wire = await Wire.udp({ host, port: s.server.port })
    wire.send(request({ user: '911', callId: `help-${family}`, port: wire.port }))
    await until(`the call for help to ${host}`, () => s.heard.includes(`help-${family}`), 20_000)
    await wire.whenHeard(404)
    wire.close()
  }
  s.child.send('count')
  const counters = await until('the counters', () => s.counters, 20_000)
  t.is(counters['udp-no-express'] ?? 0, 0)
  t.is(counters['udp-not-steered'] ?? 0, 0)
})

test.serial('a switch that was killed is followed at once on the same port', async t => {
  const s = await flooded(t)
  const gone = once(s.child, 'exit')
  s.child.kill('SIGKILL')
  await gone
  const bench = await Bench.start({ port: s.server.port })
  t.teardown(() => bench.stop())
  const wire = await Wire.udp(bench)
  const heard = await wire.ask(request({ method: 'OPTIONS', user: '202', callId: 'after', port: wire.port }))
  wire.close()
  t.deepEqual(heard.statuses, [200])
})

const COOKIE = Buffer.from('2112a442', 'hex')

function binding(attributes: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.from([0, 1, 0, attributes.length])
  return Buffer.concat([head, COOKIE, Buffer.from('000102030405060708090a0b', 'hex'), attributes])
}

for (const host of ['127.0.0.1', '::1'])
  test.serial(`a binding request is answered with the address it came from, on ${host}`, async t => {
    const bench = await Bench.start({ host })
    t.teardown(() => bench.stop())
    const wire = await Wire.udp(bench)
    wire.send(binding())
    const answer = await until('an answer', () => wire.datagrams[0], 20_000)
    t.is(answer.subarray(0, 2).toString('hex'), '0101')
    t.is(answer.subarray(4, 20).toString('hex'), binding().subarray(4).toString('hex'))
    t.is(answer.readUInt16BE(2), answer.length - 20)
    t.is(answer.readUInt16BE(20), 0x20)
    t.is(answer.readUInt16BE(26) ^ 0x2112, wire.port)
    const seen = answer.subarray(28).map((byte, n) => byte ^ (answer[4 + n] ?? 0))
    t.is(Buffer.from(seen).toString('hex'), host === '::1' ? `${'00'.repeat(15)}01` : '7f000001')
    // CHANGE-REQUEST is not of RFC 8489: what must be understood and is not, is named.
    wire.datagrams.length = 0
    wire.send(binding(Buffer.from('0003000400000002', 'hex')))
    const refused = await until('a refusal', () => wire.datagrams[0], 20_000)
    t.is(refused.subarray(0, 2).toString('hex'), '0111')
    t.is(refused.subarray(20, 28).toString('hex'), '0009000400000414')
    t.is(refused.subarray(28, 34).toString('hex'), '000a00020003')
    wire.close()
  })

test.serial('pings are answered on a connection and over UDP, and what is no message is passed over', async t => {
  const bench = await Bench.start({ transports: ['udp', 'tcp'] })
  t.teardown(() => bench.stop())
  const stream = await Wire.tcp(bench)
  stream.send(Buffer.from('\r\n\r\n'))
  await until('a pong', () => stream.bytesHeard === '\r\n', 20_000)
  const wire = await Wire.udp(bench)
  wire.send(Buffer.from('\r\n\r\n'))
  await until('a pong', () => wire.datagrams[0]?.toString() === '\r\n', 20_000)
  wire.datagrams.length = 0
  for (const noise of ['', '\0\0\0\0', '\r\n', 'hello', 'GET / HTTP/1.1\r\n\r\n', '\x00\x01\x00\x04!\x12\xa4B']) {
    t.deepEqual((await wire.ask(Buffer.from(noise, 'latin1'))).statuses, [], JSON.stringify(noise))
    wire.datagrams.length = 0
  }
  stream.close()
  wire.close()
  await bench.settled()
})

test.serial('a datagram that is too long, and a header that does not matter, are dealt with', async t => {
  const bench = await Bench.start()
  t.teardown(() => bench.stop())
  const wire = await Wire.udp(bench)
  const ask = (o: Partial<Request>) =>
    wire.ask(request({ method: 'OPTIONS', user: '202', callId: 'x', port: wire.port, ...o }))
  const long = await ask({ callId: 'long', headers: [`Subject: ${'x'.repeat(9000)}`] })
  t.deepEqual(long.statuses, [513])
  wire.datagrams.length = 0
  // As phones send them: each would cost the whole message, were it read by the letter.
  for (const [n, line] of ['Allow: ,,;', 'Supported: "', 'Accept: ;;', 'Authorization: Basic x'].entries()) {
    const heard = await ask({ callId: `lenient-${n}`, headers: [line] })
    t.deepEqual(heard.statuses, [200], line)
    wire.datagrams.length = 0
  }
  const bad = await ask({ callId: 'bad', headers: ['Max-Forwards: many'] })
  t.regex(bad.text, /^SIP\/2.0 400 /)
  wire.close()
})

test.serial('the answer to what cannot be read goes where it came from, with rport and received as asked', async t => {
  const bench = await Bench.start()
  t.teardown(() => bench.stop())
  const wire = await Wire.udp(bench)
  const bytes = request({ method: 'OPTIONS', user: '202', callId: 'odd', port: 9 })
  const heard = await wire.ask(Buffer.from(bytes.toString().replace('CSeq: 1', 'CSeq: 99999999999999')))
  t.deepEqual(heard.statuses, [400])
  const [answer] = wire.messages().filter(message => status(message) === 400)
  if (answer === undefined) throw new Error('no answer')
  const via = `SIP/2.0/UDP ${HOST}:9;rport=${wire.port};branch=z9hG4bKodd;received=${HOST}`
  t.is(header(answer, 'Via'), via)
  t.is(header(answer, 'To'), '<sip:202@plant>;tag=z9hG4bKodd')
  t.is(header(answer, 'Call-ID'), 'odd')
  wire.close()
})

test.serial('a phone whose port is closed does not stop the socket', async t => {
  const bench = await Bench.start()
  t.teardown(() => bench.stop())
  const { phone, binding: gone } = await bench.registered('201')
  phone.close()
  bench.phones.length = 0
  for (const leg of ['a', 'b', 'c'])
    bench.sip.invite({
      leg,
      target: { binding: gone },
      from: { number: '202', name: 'x' },
      to: '201',
      media: { kind: 'box' },
      lane: 'new',
    })
  const wire = await Wire.udp(bench)
  const heard = await wire.ask(request({ method: 'OPTIONS', user: '202', callId: 'still', port: wire.port }))
  t.deepEqual(heard.statuses, [200])
  wire.close()
  for (const leg of ['a', 'b', 'c']) bench.sip.hangup(leg, 'cancelled')
  await until('their ends', () => bench.events.filter(event => event.type === 'ended').length === 3, 20_000)
})

test.serial('four thousand damaged messages of the torture suite are read, answered or dropped', async t => {
  const bench = await Bench.start({ transports: ['udp', 'tcp'] })
  t.teardown(() => bench.stop())
  const random = seeded(5118)
  const wire = await Wire.udp(bench)
  for (let n = 0; n < 4000; n += 1) {
    wire.send(Buffer.from(damaged(tortures[n % tortures.length] ?? '', random), 'latin1'))
    if (n % 20 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  // Sent again until it is answered: the socket may still be full of the others.
  await until(
    'an answer',
    () => {
      wire.send(request({ method: 'OPTIONS', user: '202', callId: 'alive', port: wire.port }))
      return wire.messages().some(message => header(message, 'Call-ID') === 'alive')
    },
    30_000,
  )
  t.true(wire.messages().some(message => status(message) === 400))
  wire.close()
  await bench.settled()
  t.deepEqual(bench.sip.dump().legs, [])
})
