// A phone behind a proxy (RFC 3327): calls, texts and questions go by the way that its REGISTER named.
import test from 'ava'
import type { Binding } from '../../../firmware/kernel/call/sip-port.ts'
import { type Bench, benchOf } from './bench.ts'
import { ring } from './call.ts'
import { header, headersOf, status } from './message.ts'

const CONTACT = '<sip:202@192.0.2.7:5062>'

/** 202 behind a proxy, which is this socket. */
async function behindProxy(bench: Bench, path: (port: number) => readonly string[]) {
  const proxy = await bench.phone('202')
  const entries = path(proxy.sipPort)
  const headers = ['Supported: path', ...entries.map(entry => `Path: ${entry}`)]
  const granted = await proxy.register({ contact: CONTACT, headers })
  const { binding } = await bench.event('registered')
  return { proxy, binding, granted }
}

const near = (port: number) => `<sip:127.0.0.1:${port};lr>`
const far = '"edge, two" <sip:edge.plant.example;lr;ob>'

test.serial('a call goes by the proxies of Path, and comes back by them', async t => {
  const bench = await benchOf(t)
  const { proxy, binding, granted } = await behindProxy(bench, port => [`${near(port)}, ${far}`])
  t.deepEqual(binding.path, [near(proxy.sipPort), far])
  t.deepEqual(headersOf(granted, 'Path'), [near(proxy.sipPort), far])
  ring(bench, { leg: 'out', binding })
  const offered = await proxy.request('INVITE')
  t.is(offered.start, 'INVITE sip:202@192.0.2.7:5062 SIP/2.0')
  t.deepEqual(headersOf(offered, 'Route'), [near(proxy.sipPort), far])
  const recorded = [`Record-Route: ${near(proxy.sipPort)}`]
  proxy.reply(offered, 200, { tag: 'b', body: proxy.sdp({ formats: '8 101' }), headers: recorded })
  t.deepEqual(headersOf(await proxy.request('ACK'), 'Route'), [near(proxy.sipPort)])
  await bench.event('answered')
  bench.sip.hangup('out', 'answered')
  const bye = await proxy.request('BYE')
  t.deepEqual(headersOf(bye, 'Route'), [near(proxy.sipPort)])
  proxy.reply(bye, 200)
  await bench.settled()
})

test.serial('the way outlives a restart, and texts and questions take it too', async t => {
  const bench = await benchOf(t)
  const { proxy, binding } = await behindProxy(bench, port => [near(port), far])
  const kept = JSON.parse(JSON.stringify(binding)) as Binding
  await bench.sip.stop()
  bench.sip.setBindings([kept])
  bench.sip.qualifyEvery(1)
  await bench.sip.start(bench.config)
  const options = await proxy.request('OPTIONS')
  t.deepEqual(headersOf(options, 'Route'), [near(proxy.sipPort), far])
  proxy.reply(options, 200)
  bench.sip.qualifyEvery(0)
  t.true((await bench.event('qualified')).reachable)
  bench.sip.outOfDialog({ request: 'text', method: 'MESSAGE', target: { binding: kept }, body: 'Fire', lane: 'new' })
  const message = await proxy.request('MESSAGE')
  t.deepEqual(headersOf(message, 'Route'), [near(proxy.sipPort), far])
  proxy.reply(message, 200)
  t.is((await bench.event('replied')).status, 200)
  ring(bench, { leg: 'out', binding: kept })
  const offered = await proxy.request('INVITE')
  t.deepEqual(headersOf(offered, 'Route'), [near(proxy.sipPort), far])
  proxy.reply(offered, 486, { tag: 'b' })
  await bench.event('ended')
  await bench.settled()
})

test.serial('a REGISTER whose Path is no way is refused, and nothing is bound', async t => {
  const bench = await benchOf(t)
  const proxy = await bench.phone('202')
  for (const path of [
    '<mailto:ann@plant>',
    'nonsense',
    `<sip:${'a'.repeat(300)}>`,
    Array(9).fill('<sip:p;lr>').join(','),
  ])
    t.is(header(await proxy.register({ headers: [`Path: ${path}`], outcome: 400 }), 'CSeq'), '2 REGISTER', path)
  t.is(bench.sip.dump().bindings, 0)
  const required = await proxy.register({ headers: ['Require: path', 'Path: <sip:127.0.0.1;lr>'] })
  t.is(status(required), 200)
})

test.serial('phones that come together are not asked to come back together', async t => {
  const bench = await benchOf(t, { expires: { min: 30, max: 600 } })
  const phone = await bench.phone('201')
  const granted: number[] = []
  for (let n = 0; n < 40; n += 1) {
    const answer = await phone.register({ expires: 3600, callId: `same-${n}` })
    granted.push(Number(/expires=(\d+)/.exec(header(answer, 'Contact'))?.[1]))
  }
  t.true(
    granted.every(seconds => seconds >= 540 && seconds <= 600),
    granted.join(),
  )
  // Of 61 values forty draws miss this with less chance than one in a million.
  t.true(new Set(granted).size > 15, granted.join())
})
