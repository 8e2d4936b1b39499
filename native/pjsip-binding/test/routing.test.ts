// What goes with a call from one leg to the other beside its media: hops left, and why it ended.
import test from 'ava'
import { type Bench, benchOf } from './bench.ts'
import { callUp, ring } from './call.ts'
import { Carrier } from './carrier.ts'
import { header, sdpOf } from './message.ts'

/** 201 dials 202 with these headers, and 202 rings. */
async function ringing(bench: Bench, headers: readonly string[]) {
  const { phone: b, binding } = await bench.registered('202')
  const { phone: a } = await bench.registered('201')
  const dialog = await a.invite('202', { headers })
  const { leg } = await bench.event('invite')
  ring(bench, { leg: 'out', binding, media: { kind: 'relay', with: leg } })
  const offered = await b.request('INVITE')
  b.reply(offered, 180, { tag: 'b' })
  await bench.event('progress')
  return { a, b, dialog, leg, offered }
}

test.serial('why a caller gave up is told to the phone that rang', async t => {
  const bench = await benchOf(t)
  const { a, b, dialog, offered } = await ringing(bench, [])
  a.onSend = text => {
    if (!text.startsWith('CANCEL')) return true
    a.onSend = undefined
    a.sendRaw(text.replace('Max-Forwards', 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\nMax-Forwards'))
    return false
  }
  dialog.cancel()
  await a.response(200, 'CANCEL')
  dialog.ackOf(await a.response(487, 'INVITE'))
  await bench.event('ended')
  bench.sip.hangup('out', 'cancelled')
  const cancel = await b.request('CANCEL')
  t.is(header(cancel, 'Reason'), 'SIP;cause=200;text="Call completed elsewhere"')
  b.reply(cancel, 200, { tag: 'b' })
  b.reply(offered, 487, { tag: 'b' })
  await bench.settled()
})

test.serial('why a phone hung up is told to the other', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.callerDialog.request('BYE', { headers: ['Reason: Q.850;cause=16;text="Terminated"'] })
  await up.a.response(200, 'BYE')
  bench.sip.hangup('out-1', 'answered')
  const bye = await up.b.request('BYE')
  t.is(header(bye, 'Reason'), 'Q.850;cause=16;text="Terminated"')
  up.b.reply(bye, 200)
  await bench.settled()
})

test.serial('a call that is passed on has one hop less, and ends where none is left', async t => {
  const bench = await benchOf(t)
  const { phone: b, binding } = await bench.registered('202')
  const { phone: a } = await bench.registered('201')
  a.onSend = text => {
    if (!/^INVITE/.test(text) || text.includes('Max-Forwards: 5')) return true
    a.sendRaw(text.replace('Max-Forwards: 70', 'Max-Forwards: 5'))
    return false
  }
  const dialog = await a.invite('202')
  const { leg } = await bench.event('invite')
  ring(bench, { leg: 'out', binding, media: { kind: 'relay', with: leg } })
  const offered = await b.request('INVITE')
  t.is(header(offered, 'Max-Forwards'), '4')
  b.reply(offered, 486, { tag: 'b' })
  await b.request('ACK')
  bench.sip.hangup(leg, 'busy')
  dialog.ackOf(await a.response(486, 'INVITE'))
  a.onSend = text => {
    if (!/^INVITE/.test(text) || text.includes('Max-Forwards: 1\r')) return true
    a.sendRaw(text.replace('Max-Forwards: 70', 'Max-Forwards: 1'))
    return false
  }
  const last = await a.invite('202')
  const second = await bench.event('invite')
  ring(bench, { leg: 'none', binding, media: { kind: 'relay', with: second.leg } })
  const ended = await bench.event('ended', event => event.leg === 'none')
  t.deepEqual([ended.cause, ended.status], ['too-many-hops', 483])
  bench.sip.hangup(second.leg, 'too-many-hops')
  last.ackOf(await a.response(483, 'INVITE'))
  await bench.settled()
})

test.serial('a call of its own that comes back for the same number is a loop, for another it is not', async t => {
  const bench = await benchOf(t)
  const { a, b, dialog, leg, offered } = await ringing(bench, [])
  const proxied = async (number: string) => {
    const looped = await b.invite(number, { challenged: false, headers: [`Via: ${header(offered, 'Via')}`] })
    return looped
  }
  const other = await proxied('203')
  other.ackOf(await b.response(401, 'INVITE'))
  const again = await proxied('202')
  again.ackOf(await b.response(482, 'INVITE'))
  b.reply(offered, 486, { tag: 'b' })
  await b.request('ACK')
  bench.sip.hangup(leg, 'busy')
  dialog.ackOf(await a.response(486, 'INVITE'))
  t.is((await bench.event('ended', event => event.leg === 'out')).cause, 'busy')
  await bench.settled()
})

test.serial('the next hop’s transport carries a whole call, whatever the carrier behind it speaks', async t => {
  const bench = await benchOf(t, { transports: ['udp', 'tcp'] })
  const proxy = await Carrier.open()
  t.teardown(() => proxy.close())
  const route = `sip:${proxy.host}:${proxy.port};transport=tcp;lr`
  const via = { family: 4, host: proxy.host, port: proxy.port, transport: 'tcp' } as const
  const from = { number: '201', name: 'Post' }
  // By UDP, and nobody there: what goes past the proxy is lost.
  const target = { uri: 'sip:+13135550100@127.0.0.1:9', via, routes: [route] }
  bench.sip.invite({ leg: 'out', target, from, to: '+13135550100', media: { kind: 'box' }, lane: 'new' })
  const invite = await proxy.request('INVITE')
  t.is(invite.start, 'INVITE sip:+13135550100@127.0.0.1:9 SIP/2.0')
  t.regex(header(invite, 'Via'), /^SIP\/2\.0\/TCP /)
  t.regex(header(invite, 'Contact'), /;transport=tcp/)
  proxy.reply(invite, 200, {
    headers: [`Record-Route: <${route}>`],
    body: sdpOf({ host: '127.0.0.1', port: 40_000, formats: '8' }),
  })
  await bench.event('answered')
  t.is(header(await proxy.request('ACK'), 'Route'), `<${route}>`)
  bench.sip.hangup('out', 'answered')
  const bye = await proxy.request('BYE')
  t.regex(header(bye, 'Via'), /^SIP\/2\.0\/TCP /)
  proxy.reply(bye, 200)
  t.is(proxy.connections.length, 1)
  await proxy.close()
  await bench.settled()
})
