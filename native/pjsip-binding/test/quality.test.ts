// A network that loses, doubles and overtakes by a rule lies between a phone and the box: the box counts what was done to it.
import { setTimeout as wait } from 'node:timers/promises'
import test from 'ava'
import { benchOf } from './bench.ts'
import { callUp, hangUp, type Up } from './call.ts'
import { until } from './phone.ts'

const PACKETS = 600
/** The first is for latching, the last ones show that nothing is missing at the end. */
const SPARED = 20

/** What the network does to one packet. */
type Fate = 'passes' | 'lost' | 'doubled' | 'overtaken'

/** The same for the same seed, on every machine. */
function fates(seed: number): readonly Fate[] {
  let state = seed
  let calm = 0
  return Array.from({ length: PACKETS }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const drawn = state / 2 ** 32
    calm += 1
    // Two faults never touch, so that each is counted as what it is.
    if (i < SPARED || i >= PACKETS - SPARED || calm < 3) return 'passes'
    const fate = drawn < 0.08 ? 'lost' : drawn < 0.11 ? 'doubled' : drawn < 0.14 ? 'overtaken' : 'passes'
    if (fate !== 'passes') calm = 0
    return fate
  })
}

/** Speaks through that network, a few packets at a time and faster than a phone. */
async function speakThrough(up: Up, network: readonly Fate[]): Promise<void> {
  const say = (sequence: number) => up.a.speak({ port: up.callerPort, type: 8, sequence })
  const began = performance.now()
  let kept: number | undefined
  for (const [i, fate] of network.entries()) {
    if (fate === 'overtaken') {
      kept = i
      continue
    }
    if (fate !== 'lost') say(i)
    if (fate === 'doubled') say(i)
    if (kept !== undefined) say(kept)
    kept = undefined
    if (i % 4 === 3) await wait(Math.max(0, began + i * 4 - performance.now()))
  }
}

/** What the phone at the other end would report: RFC 3550 section 6.4.2. */
function receiverReport(about: number, o: { readonly lost: number; readonly highest: number }): Buffer {
  const packet = Buffer.alloc(32)
  packet.writeUInt32BE(0x81c9_0007, 0)
  packet.writeUInt32BE(0x5566_7788, 4)
  packet.writeUInt32BE(about, 8)
  packet.writeUInt32BE(o.lost, 12)
  packet.writeUInt32BE(o.highest, 16)
  packet.writeUInt32BE(160, 20)
  return packet
}

test('the box counts what a network did to a call, tells it while the call lasts, and when it ends', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  const network = fates(7)
  const count = (fate: Fate) => network.filter(one => one === fate).length
  t.true(count('lost') > 20 && count('doubled') > 5 && count('overtaken') > 5)
  await speakThrough(up, network)
  const arrived = PACKETS - count('lost') + count('doubled')
  await until('the other phone to hear all that passed', () => up.b.heard.length >= arrived)
  const stream = up.b.heard[0]
  const highest = Math.max(...up.b.heard.map(({ sequence }) => sequence))
  up.b.sendMedia(receiverReport(stream?.ssrc ?? 0, { lost: count('lost'), highest }), up.calleePort)
  const told = await bench.event('measured', e => e.leg === up.inLeg && e.quality.packetsReceived === arrived)
  t.like(told.quality, {
    packetsExpected: PACKETS,
    packetsLost: count('lost'),
    duplicates: count('doubled'),
    codec: 'PCMA',
  })
  // On a machine that stands still for a moment one that was overtaken also comes too late.
  const { reordered, late } = told.quality
  t.true(reordered <= count('overtaken') && reordered + late >= count('overtaken'))
  const heard = await bench.event('measured', e => e.leg === 'out-1' && e.quality.report !== undefined)
  t.like(heard.quality.report, { reports: 1, lost: count('lost'), jitterMilliseconds: 20 })
  t.is(heard.quality.packetsSent, arrived)
  await hangUp(bench, up)
  const over = bench.events.find(e => e.type === 'ended' && e.leg === up.inLeg)
  t.like(over, { quality: { packetsLost: count('lost'), duplicates: count('doubled') } })
})
