// What the box says and hears: sounds, recordings, mixes and pages, commanded through the port.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { benchOf } from './bench.ts'
import { answered, callUp, talk } from './call.ts'
import { mediaPort } from './message.ts'
import { until } from './phone.ts'

/** A WAV of 8 kHz mono, a 400 Hz tone. */
function wav(seconds: number): Buffer {
  const samples = Math.round(seconds * 8000)
  const out = Buffer.alloc(44 + samples * 2)
  out.write('RIFF', 0)
  out.writeUInt32LE(36 + samples * 2, 4)
  out.write('WAVEfmt ', 8)
  out.writeUInt32LE(16, 16)
  out.writeUInt16LE(1, 20)
  out.writeUInt16LE(1, 22)
  out.writeUInt32LE(8000, 24)
  out.writeUInt32LE(16000, 28)
  out.writeUInt16LE(2, 32)
  out.writeUInt16LE(16, 34)
  out.write('data', 36)
  out.writeUInt32LE(samples * 2, 40)
  for (let n = 0; n < samples; n += 1)
    out.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * 400 * n) / 8000)), 44 + n * 2)
  return out
}

test.serial('a sound is loaded once and played to its end; one that is no sound is refused', async t => {
  const bench = await benchOf(t)
  const directory = mkdtempSync(join(tmpdir(), 'sound-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  writeFileSync(join(directory, 'hello.wav'), wav(0.3))
  writeFileSync(join(directory, 'text.wav'), 'no sound at all')
  const { seconds } = await bench.sip.loadSound('hello', join(directory, 'hello.wav'))
  t.true(Math.abs(seconds - 0.3) < 0.05)
  await t.throwsAsync(bench.sip.loadSound('bad', join(directory, 'text.wav')), { code: 'switch.sound-unreadable' })
  const { phone } = await bench.registered('201')
  const dialog = await phone.invite('600')
  const arrived = await bench.event('invite')
  bench.sip.answer(arrived.leg, { kind: 'box' })
  const answer = await phone.response(200, 'INVITE')
  dialog.acknowledge(answer)
  await bench.event('answered')
  bench.sip.record(arrived.leg, join(directory, 'call.wav'))
  bench.sip.play(arrived.leg, 'p1', { sounds: ['hello'], repeats: 2, gapMilliseconds: 20 })
  t.true((await bench.event('played', e => e.play === 'p1')).complete)
  t.true(phone.heard.length >= 28)
  bench.sip.play(arrived.leg, 'p2', { sounds: ['hello'], repeats: 0, gapMilliseconds: 0 })
  bench.sip.stopPlay(arrived.leg, 'p2')
  t.false((await bench.event('played', e => e.play === 'p2')).complete)
  await dialog.bye()
  const recorded = await bench.event('recorded')
  t.is(recorded.leg, arrived.leg)
  t.is(recorded.error, undefined)
  t.true(readFileSync(join(directory, 'call.wav')).length > 44 + 8000)
  await bench.settled()
})

test.serial('three legs in a mix hear one another, and a page reaches a leg and a plain listener', async t => {
  const bench = await benchOf(t)
  const directory = mkdtempSync(join(tmpdir(), 'sound-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  writeFileSync(join(directory, 'alarm.wav'), wav(0.2))
  await bench.sip.loadSound('alarm', join(directory, 'alarm.wav'))
  const up = await callUp(bench)
  await talk(up)
  const { phone: c, offered } = await answered(bench, { leg: 'third', number: '203', formats: '0 101' })
  const everybody = [up.inLeg, 'out-1', 'third'].map(leg => ({ leg, speaks: true, hears: true }))
  bench.sip.mix('room', everybody)
  t.is(bench.sip.dump().mixes, 1)
  await until('the third to hear', () => {
    up.a.speak({ port: up.callerPort, type: 8 })
    return c.heard.length > 5 && up.b.heard.length > 5
  })
  bench.sip.unmix('room')
  const speaker = await bench.phone('speaker')
  bench.sip.page({
    page: 'p1',
    source: { kind: 'playlist', playlist: { sounds: ['alarm'], repeats: 2, gapMilliseconds: 20 } },
    listeners: [
      { id: 'leg', kind: 'leg', leg: 'third' },
      { id: 'horn', kind: 'rtp', host: '127.0.0.1', port: speaker.rtpPort, codec: 'PCMA' },
    ],
    wholeRoundsForLate: 1,
  })
  await bench.event('page-started', e => e.listener === 'horn')
  const ended = await bench.event('page-ended')
  t.true(ended.complete)
  t.deepEqual(ended.delivered.map(one => [one.listener, one.wholeRounds]).sort(), [
    ['horn', 2],
    ['leg', 2],
  ])
  t.true(speaker.heard.filter(packet => packet.type === 8).length >= 20)
  t.true(mediaPort(offered.body) > 0)
  for (const leg of [up.inLeg, 'out-1', 'third']) bench.sip.hangup(leg, 'answered')
  for (const phone of [up.a, up.b, c]) phone.reply(await phone.request('BYE'), 200)
  await bench.settled()
})
