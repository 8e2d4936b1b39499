// A phone whose line has its speech cleaned: where the box hears it, and nowhere else; never in a call for help.
import test from 'ava'
import type { LineCredential } from '../../../firmware/kernel/call/sip-port.ts'
import { decodeG711, encodeG711 } from '../../../hw-tests/audio/g711.ts'
import { dbfs, rms } from '../../../hw-tests/audio/sound.ts'
import { type Bench, benchOf, credential } from './bench.ts'
import { answered, callUp, hangUp } from './call.ts'
import { mediaPort } from './message.ts'
import { type Phone, until } from './phone.ts'

/** Of 8 kHz, in 20 ms. */
const FRAME = 160
/** Packets until the noise of a place is known, three seconds; and those by which it is measured. */
const LEARNED = 150
const MEASURED = 40

/** The same hiss each time: a hall at -32 dB of full scale. */
function hiss(): Buffer {
  let dice = 12345
  const samples = Float32Array.from({ length: 8000 }, () => {
    dice = (Math.imul(dice, 1103515245) + 12345) & 0x7fffffff
    return (dice / 0x40000000 - 1) * 0.045
  })
  return Buffer.from(encodeG711('PCMA', samples))
}

const frameDb = (payload: Buffer): number => dbfs(Math.max(1e-5, rms(decodeG711('PCMA', payload))))

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** How loud `listener` hears the hiss that `speaker` sends to `port`, dB against full scale. */
async function loudness(o: { speaker: Phone; port: number; listener: Phone }): Promise<number> {
  const noise = hiss()
  let sent = 0
  const began = performance.now()
  o.listener.heard.length = 0
  await until('the listener to have heard enough', () => {
    for (; sent < (performance.now() - began) / 20; sent += 1) {
      const at = (sent * FRAME) % (noise.length - FRAME)
      o.speaker.speak({ port: o.port, type: 8, payload: noise.subarray(at, at + FRAME) })
    }
    return o.listener.heard.length >= LEARNED + MEASURED
  })
  return median(o.listener.heard.slice(-MEASURED).map(({ payload }) => frameDb(payload)))
}

function cleaned(bench: Bench, cleaning: NonNullable<LineCredential['cleaning']>): void {
  const lines = ['201', '202', '203'].map(user => credential(user, `secret-${user}`))
  bench.sip.setLines(lines.map(line => (line.authName === '201' ? { ...line, cleaning } : line)))
}

const SAID = dbfs(rms(decodeG711('PCMA', hiss())))

test.serial(
  'a line’s speech is cleaned in a mix and in a live page, not where it is relayed, and nobody else’s',
  async t => {
    const bench = await benchOf(t)
    cleaned(bench, 'noise')
    const up = await callUp(bench)
    const [toB, toA] = [
      { speaker: up.a, port: up.callerPort, listener: up.b },
      { speaker: up.b, port: up.calleePort, listener: up.a },
    ]
    t.true(Math.abs((await loudness(toB)) - SAID) < 1, 'relayed')
    bench.sip.mix(
      'room',
      [up.inLeg, 'out-1'].map(leg => ({ leg, speaks: true, hears: true })),
    )
    const inMix = await loudness(toB)
    t.true(inMix < SAID - 10, `in the mix ${inMix.toFixed(1)} dB of ${SAID.toFixed(1)}`)
    t.true(Math.abs((await loudness(toA)) - SAID) < 1, 'the other one in the mix')
    bench.sip.unmix('room')
    bench.sip.page({
      page: 'live',
      source: { kind: 'leg', leg: up.inLeg },
      listeners: [{ id: 'phone', kind: 'leg', leg: 'out-1' }],
      wholeRoundsForLate: 0,
    })
    const inPage = await loudness(toB)
    t.true(inPage < SAID - 10, `in the page ${inPage.toFixed(1)} dB of ${SAID.toFixed(1)}`)
    bench.sip.stopPage('live')
    await bench.event('page-ended')
    await hangUp(bench, up)
  },
)

test.serial('what is said in a call for help is heard as it was said, whatever the line’s setting', async t => {
  const bench = await benchOf(t)
  cleaned(bench, 'noise-gain-and-echo')
  bench.sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
  const { phone: a } = await bench.registered('201')
  const dialog = await a.invite('911', { challenged: false })
  const arrived = await bench.event('invite')
  t.like(arrived, { emergency: true, line: 'lin_201' })
  bench.sip.answer(arrived.leg, { kind: 'box' })
  const answer = await a.response(200, 'INVITE')
  dialog.acknowledge(answer)
  await bench.event('answered', e => e.leg === arrived.leg)
  const { phone: guard } = await answered(bench, { leg: 'guard', number: '202', formats: '8 101' })
  bench.sip.mix(
    'help',
    [arrived.leg, 'guard'].map(leg => ({ leg, speaks: true, hears: true })),
  )
  const heard = await loudness({ speaker: a, port: mediaPort(answer.body), listener: guard })
  t.true(Math.abs(heard - SAID) < 1.5, `${heard.toFixed(1)} dB of ${SAID.toFixed(1)}`)
  await dialog.bye()
  bench.sip.hangup('guard', 'answered')
  guard.reply(await guard.request('BYE'), 200)
  await bench.settled()
})

test.serial('another word than the known ones is refused', async t => {
  const bench = await benchOf(t)
  const wrong = { ...credential('201', 'secret-201'), cleaning: 'everything' as 'noise' }
  t.throws(() => bench.sip.setLines([wrong]), { message: /cleaning must be/ })
})
