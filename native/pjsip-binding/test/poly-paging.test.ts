// A page to phones of Poly's make, from the real switch to a listener that knows only their framing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { PolyListener } from '../../../hw-tests/audio/poly-listener.ts'
import { heardSequence, toneSequence, toneSound } from '../../../hw-tests/audio/tone-sequence.ts'
import { formatWav } from '../../../hw-tests/audio/wav.ts'
import { benchOf } from './bench.ts'
import { until } from './phone.ts'

const GROUP = '239.255.77.9'

test.serial(
  'a page to a group of Poly’s is announced, heard whole also where every other packet is lost, and ended',
  async t => {
    const bench = await benchOf(t)
    const ear = await PolyListener.open({ group: GROUP, host: '127.0.0.1' })
    const directory = mkdtempSync(join(tmpdir(), 'poly-'))
    t.teardown(() => {
      ear.close()
      rmSync(directory, { recursive: true, force: true })
    })
    const sequence = toneSequence(7)
    writeFileSync(join(directory, 'tones.wav'), formatWav(toneSound(sequence)))
    await bench.sip.loadSound('tones', join(directory, 'tones.wav'))
    const poly = { channel: 50, caller: 'Hall' }
    bench.sip.page({
      page: 'p1',
      source: { kind: 'playlist', playlist: { sounds: ['tones'], repeats: 1, gapMilliseconds: 0 } },
      listeners: [
        { id: 'hall', kind: 'rtp', host: GROUP, port: ear.port, codec: 'PCMU', ttl: 1, interface: '127.0.0.1', poly },
      ],
      wholeRoundsForLate: 1,
    })
    const ended = await bench.event('page-ended')
    t.is(ended.delivered[0]?.wholeRounds, 1)
    await until('the end to be heard', () => ear.count('end') === 12)
    t.is(ear.count('alert'), 31)
    t.is(ear.strange, 0)
    t.is(ended.delivered[0]?.packets, ear.count('transmit'))
    t.deepEqual(new Set(ear.packets.map(({ channel, caller }) => `${channel} ${caller}`)), new Set(['50 Hall']))
    t.is(new Set(ear.packets.map(packet => packet.serial)).size, 1)
    const order = ear.packets.map(packet => packet.operation).join(' ')
    t.regex(order, /^(alert ){31}(transmit )+(end ?){12}$/)
    t.is(heardSequence(ear.sound(), sequence).times, 1)
    t.is(
      heardSequence(
        ear.sound(index => index % 2 === 0),
        sequence,
      ).times,
      1,
    )
    await bench.settled()
  },
)

test.serial('a page in Poly’s framing that is stopped falls silent and is ended', async t => {
  const bench = await benchOf(t)
  const ear = await PolyListener.open({ group: GROUP, host: '127.0.0.1' })
  const directory = mkdtempSync(join(tmpdir(), 'poly-'))
  t.teardown(() => {
    ear.close()
    rmSync(directory, { recursive: true, force: true })
  })
  writeFileSync(join(directory, 'tones.wav'), formatWav(toneSound(toneSequence(7))))
  await bench.sip.loadSound('tones', join(directory, 'tones.wav'))
  const listener = { kind: 'rtp', host: GROUP, port: ear.port, codec: 'PCMU', interface: 'lo' } as const
  bench.sip.page({
    page: 'p1',
    source: { kind: 'playlist', playlist: { sounds: ['tones'], repeats: 0, gapMilliseconds: 0 } },
    listeners: [{ ...listener, id: 'hall', poly: { channel: 26, caller: '' } }],
    wholeRoundsForLate: 1,
  })
  await bench.event('page-started')
  bench.sip.stopPage('p1')
  await bench.event('page-ended')
  await until('the end to be heard', () => ear.count('end') === 12)
  t.is(ear.packets.at(-1)?.operation, 'end')
  await bench.settled()
})
