// Two phones and the switch between them: registration, calls in both roles, early media, forks, and nothing left behind.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { PbxError } from '../../../firmware/kernel/errors.ts'
import { freePort } from '../../../hw-tests/lab/free-port.ts'
import { createSwitch } from '../lib/index.ts'
import { Bench, benchOf, TIMERS } from './bench.ts'
import { callUp, ring, talk } from './call.ts'
import { header, mediaPort, status } from './message.ts'

for (const host of ['127.0.0.1', '::1']) {
  test.serial(`a phone registers with either digest, refreshes and leaves, on ${host}`, async t => {
    const bench = await benchOf(t, { host })
    const { phone, binding } = await bench.registered('201')
    t.is(binding.line, 'lin_201')
    t.is(binding.source.port, phone.sipPort)
    t.is(binding.userAgent, 'test phone')
    await phone.register({ algorithm: 'SHA-256' })
    const other = await bench.phone('202', { secret: 'wrong' })
    await other.register({ outcome: 401 })
    const refused = await bench.event('auth-refused')
    t.is(refused.authName, '202')
    await phone.register({ expires: 0 })
    t.is((await bench.event('unregistered')).why, 'asked')
    await bench.settled({ bindings: 0 })
  })
}

for (const host of ['127.0.0.1', '::1']) {
  test.serial(`two phones talk through the relay and the callee hangs up, on ${host}`, async t => {
    const bench = await benchOf(t, { host })
    const up = await callUp(bench)
    t.not(up.callerPort, up.b.rtpPort)
    await talk(up)
    await up.calleeDialog.bye()
    const ended = await bench.event('ended', e => e.leg === 'out-1')
    t.is(ended.cause, 'answered')
    t.is(ended.by, 'far')
    t.true((ended.quality?.packetsReceived ?? 0) > 2)
    bench.sip.hangup(up.inLeg, 'answered')
    up.a.reply(await up.a.request('BYE'), 200)
    t.is((await bench.event('ended', e => e.leg === up.inLeg)).by, 'box')
    await bench.settled()
    t.is(bench.events.filter(e => e.type === 'ended').length, 0)
  })
}

test.serial('the offer reaches the callee as the caller wrote it, but for addresses', async t => {
  const bench = await benchOf(t)
  const { phone: a } = await bench.registered('201')
  const { phone: b, binding } = await bench.registered('202')
  const lines = [
    'a=rtpmap:96 X-ODD/44100/2',
    'a=fmtp:96 unheard=of',
    'a=candidate:1 1 UDP 1 10.0.0.1 9 typ host',
    'a=x-vendor:keep me',
    'a=rtcp:4711',
  ]
  const dialog = await a.invite('202', { body: a.sdp({ formats: '96 120', lines }) })
  const arrived = await bench.event('invite')
  ring(bench, { leg: 'out-1', binding, to: '202', media: { kind: 'relay', with: arrived.leg } })
  const offered = await b.request('INVITE')
  t.regex(
    offered.body,
    /m=audio \d+ RTP\/AVP 96 120\r\na=rtpmap:96 X-ODD\/44100\/2\r\na=fmtp:96 unheard=of\r\na=x-vendor:keep me\r\na=sendrecv/,
  )
  t.notRegex(offered.body, /candidate|4711|o=phone/)
  t.not(mediaPort(offered.body), a.rtpPort)
  t.is(header(offered, 'User-Agent'), 'plant-pbx test')
  dialog.cancel()
  await a.response(200, 'CANCEL')
  const refused = await a.response(487, 'INVITE')
  dialog.ackOf(refused)
  t.is((await bench.event('ended', e => e.leg === arrived.leg)).cause, 'cancelled')
  b.reply(offered, 180, { tag: 'x' })
  await bench.event('progress')
  bench.sip.hangup('out-1', 'cancelled')
  const cancel = await b.request('CANCEL')
  b.reply(cancel, 200, { tag: 'x' })
  b.reply(offered, 487, { tag: 'x' })
  await b.request('ACK')
  await bench.settled()
})

test.serial('a busy callee and one that does not answer end with their causes', async t => {
  const bench = await benchOf(t)
  const { phone: b, binding } = await bench.registered('202')
  const call = (leg: string): void => ring(bench, { leg, binding, to: '202', name: 'Ann' })
  call('busy')
  b.reply(await b.request('INVITE'), 486, { tag: 'x' })
  const busy = await bench.event('ended')
  t.deepEqual([busy.cause, busy.status, busy.by], ['busy', 486, 'far'])
  await b.request('ACK')
  call('later')
  b.reply(await b.request('INVITE'), 503, { tag: 'x', headers: ['Retry-After: 7'] })
  t.is((await bench.event('ended')).retryAfter, 7)
  await b.request('ACK')
  call('silent')
  await b.request('INVITE')
  const silent = await bench.event('ended')
  t.deepEqual([silent.cause, silent.by], ['unreachable', 'timeout'])
  await bench.settled()
})

test.serial('early media flows before the answer, and the first of two branches to answer wins', async t => {
  const bench = await benchOf(t)
  const { phone: a } = await bench.registered('201')
  const { phone: b, binding: toB } = await bench.registered('202')
  const { phone: c, binding: toC } = await bench.registered('203')
  const dialog = await a.invite('600')
  const arrived = await bench.event('invite')
  const branch = (leg: string, binding: typeof toB): void =>
    ring(bench, { leg, binding, to: '600', name: 'Ann', media: { kind: 'relay', with: arrived.leg } })
  branch('to-b', toB)
  branch('to-c', toC)
  const atB = await b.request('INVITE')
  const atC = await c.request('INVITE')
  b.reply(atB, 183, { tag: 'b', body: b.sdp({ formats: '0 101' }) })
  t.true((await bench.event('progress', e => e.leg === 'to-b')).media)
  bench.sip.ring(arrived.leg, { status: 183, media: { kind: 'relay', with: 'to-b' } })
  const early = await a.response(183, 'INVITE')
  await talk({ a, b, callerPort: mediaPort(early.body), calleePort: mediaPort(atB.body) })
  c.reply(atC, 180, { tag: 'c' })
  c.reply(atC, 200, { tag: 'c', body: c.sdp({ formats: '0 101' }) })
  await bench.event('answered', e => e.leg === 'to-c')
  bench.sip.answer(arrived.leg, { kind: 'relay', with: 'to-c' })
  bench.sip.hangup('to-b', 'elsewhere-answered')
  const cancel = await b.request('CANCEL')
  t.regex(header(cancel, 'Reason'), /completed elsewhere/)
  b.reply(cancel, 200, { tag: 'b' })
  b.reply(atB, 487, { tag: 'b' })
  const answer = await a.response(200, 'INVITE')
  dialog.acknowledge(answer)
  await talk({ a, b: c, callerPort: mediaPort(answer.body), calleePort: mediaPort(atC.body) })
  await dialog.bye()
  bench.sip.hangup('to-c', 'answered')
  c.reply(await c.request('BYE'), 200)
  await bench.settled()
})

test.serial('an answer that crosses our CANCEL is acknowledged and ended', async t => {
  const bench = await benchOf(t)
  const { phone: b, binding } = await bench.registered('202')
  ring(bench, { leg: 'x', binding, to: '202' })
  const offered = await b.request('INVITE')
  b.reply(offered, 180, { tag: 'x' })
  await bench.event('progress')
  bench.sip.hangup('x', 'no-answer')
  await b.request('CANCEL')
  b.reply(offered, 200, { tag: 'x', body: b.sdp() })
  await b.request('ACK')
  b.reply(await b.request('BYE'), 200)
  t.is((await bench.event('ended')).cause, 'no-answer')
  await bench.settled()
  t.false(bench.events.some(e => e.type === 'answered' || e.type === 'ended'))
})

test.serial('an emergency call needs no password, and a wrong one does not matter', async t => {
  const bench = await benchOf(t)
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const stranger = await bench.phone('999', { secret: 'none' })
  const dialog = await stranger.invite('911', {
    challenged: false,
    headers: ['Authorization: Digest username="201", realm="plant", nonce="x", uri="sip:911@plant", response="0"'],
  })
  const arrived = await bench.event('invite')
  t.true(arrived.emergency)
  t.is(arrived.line, undefined)
  bench.sip.answer(arrived.leg, { kind: 'box' })
  dialog.acknowledge(await stranger.response(200, 'INVITE'))
  await bench.event('answered')
  await dialog.bye()
  t.is((await bench.event('ended')).cause, 'answered')
  const other = await stranger.invite('912', { challenged: false })
  other.ackOf(await stranger.response(401, 'INVITE'))
  await bench.settled()
})

test.serial('stop ends what is up, and the switch can start again', async t => {
  const bench = await Bench.start()
  const up = await callUp(bench)
  const stopped = bench.stop()
  const byes = [up.a, up.b].map(async phone => phone.reply(await phone.request('BYE'), 200))
  await Promise.all(byes)
  await stopped
  t.is(bench.events.at(-1)?.type, 'stopped')
  t.is(bench.events.filter(e => e.type === 'ended').length, 2)
  const again = await Bench.start()
  await again.registered('201')
  await again.stop()
  t.true(up.a.inbox.every(m => status(m) !== 481))
})

test.serial('a phone that was switched off and comes back from another port leaves no dead contact behind', async t => {
  const bench = await benchOf(t)
  const { binding: before } = await bench.registered('201')
  const { binding: after } = await bench.registered('201')
  const gone = await bench.event('unregistered')
  t.is(gone.contact, before.contact)
  t.is(gone.why, 'replaced')
  t.not(after.contact, before.contact)
  await bench.settled({ bindings: 1 })
})

test.serial('a phone that registered from another port than its Contact names is called at its Contact', async t => {
  const bench = await benchOf(t)
  const listening = await bench.phone('201')
  const { phone: registering, binding } = await bench.registered('202')
  const elsewhere = { ...binding, contact: `sip:202@127.0.0.1:${listening.sipPort};x=y` }
  ring(bench, { leg: 'x', binding: elsewhere, to: '202' })
  listening.reply(await listening.request('INVITE'), 486, { tag: 'x' })
  t.is((await bench.event('ended')).cause, 'busy')
  const behindNat = { ...binding, contact: 'sip:202@10.9.8.7:5060' }
  ring(bench, { leg: 'y', binding: behindNat, to: '202' })
  registering.reply(await registering.request('INVITE'), 486, { tag: 'y' })
  t.is((await bench.event('ended')).leg, 'y')
  await bench.settled()
})

test.serial('a port that is taken is named, and the switch can start once it is free', async t => {
  const host = '127.0.0.1'
  const squatter = createSocket('udp4')
  await new Promise<void>(resolve => squatter.bind(0, host, () => resolve()))
  const { port } = squatter.address()
  const sip = createSwitch({ timers: TIMERS })
  const stateDirectory = mkdtempSync(join(tmpdir(), 'switch-'))
  t.teardown(() => rmSync(stateDirectory, { recursive: true, force: true }))
  const config = {
    listen: [{ transport: 'udp', host, port }],
    rtp: { from: 21000, to: 21100 },
    realm: 'plant',
    userAgent: 'x',
    stateDirectory,
    expires: { min: 30, max: 60 },
  } as const
  const refused = await t.throwsAsync(sip.start(config), { instanceOf: PbxError, code: 'switch.port-taken' })
  t.is((refused as PbxError).fields.address, `udp:${host}:${port}`)
  await new Promise<void>(resolve => squatter.close(() => resolve()))
  await sip.start(config)
  t.is(sip.dump().pools, 0)
  await sip.stop()
})

test.serial('a process that leaves without stopping its switch leaves quietly', async t => {
  const script = `
    import { createSwitch } from ${JSON.stringify(new URL('../lib/index.ts', import.meta.url).pathname)}
    import { mkdtempSync } from 'node:fs'
    import { tmpdir } from 'node:os'
    import { join } from 'node:path'
    const sip = createSwitch()
    await sip.start({ listen: [{ transport: 'udp', host: '127.0.0.1', port: ${await freePort('127.0.0.1')} }], rtp: { from: 21200, to: 21300 }, realm: 'x',
      userAgent: 'x', stateDirectory: mkdtempSync(join(tmpdir(), 'switch-')), expires: { min: 30, max: 60 } })
    process.exit(7)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code, signal] = await once(child, 'exit')
  t.deepEqual([code, signal], [7, null])
})
