import { createSocket } from 'node:dgram'
import test from 'ava'
import { formatRtp, readRtp } from './rtp.ts'
import { RtpListener } from './rtp-listener.ts'
import { rtpPackets, sendRtp } from './rtp-sender.ts'
import { heardSequence, toneSequence, toneSound } from './tone-sequence.ts'

const melody = toneSequence(11, { count: 5 })

test('several loudspeakers of one multicast group hear a stream whole', async t => {
  const group = `239.192.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
  const first = await RtpListener.open({ group })
  const second = await RtpListener.open({ group, port: first.port })
  t.teardown(() => Promise.all([first.close(), second.close()]))
  const begun = performance.now()
  await sendRtp(toneSound(melody), { to: group, port: first.port, codec: 'PCMA' })
  for (const listener of [first, second]) {
    await listener.whenHeard(50)
    const [stream] = listener.streams
    t.is(listener.streams.length, 1)
    t.is(stream?.packets, 50)
    t.is(stream?.lost, 0)
    t.true((stream?.firstPacketAt ?? 0) >= begun)
    const heard = heardSequence(listener.sound(), melody)
    t.is(heard.times, 1)
    t.true(heard.longestGapMs <= 40)
  }
})

test('lost packets are counted, also where the sequence number wraps, and leave a hole', async t => {
  const listener = await RtpListener.open({})
  t.teardown(() => listener.close())
  const socket = createSocket('udp4')
  const packets = rtpPackets(toneSound(melody), 'PCMU', 7).map(packet => {
    const parsed = readRtp(packet)
    return parsed && formatRtp({ ...parsed, sequence: (parsed.sequence + 65530) & 0xffff })
  })
  for (const [i, packet] of packets.entries()) {
    if (packet && (i < 20 || i > 24)) await new Promise(done => socket.send(packet, listener.port, '127.0.0.1', done))
  }
  await listener.whenHeard(45)
  socket.close()
  t.is(listener.streams[0]?.lost, 5)
  t.is(listener.streams[0]?.ssrc, 7)
  const { longestGapMs } = heardSequence(listener.sound(), melody)
  t.true(Math.abs(longestGapMs - 100) <= 20, `${longestGapMs} ms`)
})

test('what is not RTP is not taken for it', t => {
  t.is(readRtp(Buffer.from('OPTIONS sip:a SIP/2.0')), undefined)
  t.is(readRtp(new Uint8Array([0x80, 0, 0, 1])), undefined)
  t.is(readRtp(new Uint8Array([0x9f, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])), undefined)
})

test('a stream that does not come is said', async t => {
  const listener = await RtpListener.open({})
  t.teardown(() => listener.close())
  await t.throwsAsync(listener.whenHeard(1, 0.05), { message: /0 of 1 RTP packets/ })
})
