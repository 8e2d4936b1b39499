// Bench of calls: a hundred a second, each challenged, rung, answered, held for a second and hung up.
import { machineLoad } from './cost.ts'
import type { Bench, BenchOptions, Figures } from './figures.ts'
import { quantile, rounded } from './figures.ts'
import { onPeer } from './peer.ts'
import { loopSince, onRig, pause, type Rig, range, type Target } from './rig.ts'
import { answerers, CALLED, CALLERS, EACH, places, type Traced, tracedMessages } from './sip-load.ts'

const LOAD = { perSecond: 100, holdMilliseconds: 1000 }
/** What the box still does for calls that are over belongs to them. */
const AFTERMATH = 1500
const STAMPS_APART = 100
/** The same phone is called again after five seconds: what took so long was refused, and is counted as failed. */
const LONGEST = 4000

export const calls: Bench = o => {
  if (o.peer) return onPeer(o.peer, peer => measured(peer, o))
  return onRig([...range(CALLERS, EACH), ...range(CALLED, EACH)], rig => measured(rig, o, onlyOfBox(rig)))
}

/** Figures that no stranger tells. */
interface Own {
  begin(): Promise<void>
  end(): Promise<Figures>
}

const onlyOfBox = ({ box, screen }: Rig): Own => ({
  begin: async () => void (await loopSince(box)),
  end: async () => {
    const loop = await loopSince(box)
    const delays = { event_loop_p99_ms: rounded(loop.p99), event_loop_longest_ms: rounded(loop.longest) }
    return { ...delays, facts_on_screen: screen.facts }
  },
})

async function measured(target: Target, o: BenchOptions, own?: Own): Promise<Figures> {
  const called = await answerers(target, { numbers: EACH, traced: true })
  try {
    const count = LOAD.perSecond * (o.quick ? 5 : 30)
    // The first calls compile what all later ones use.
    await (await places(target, { ...LOAD, calls: o.quick ? 100 : 500 })).counts
    await own?.begin()
    o.say(`${count} calls at ${LOAD.perSecond} a second`)
    target.cost.restart()
    const placed = await places(target, { ...LOAD, calls: count, traced: true })
    const { succeeded, failed, retransmissions } = await placed.counts
    await pause(AFTERMATH)
    const cpu = target.cost.seconds
    const more = await own?.end()
    await called.stop()
    const forwarded = forwardTimes(await tracedMessages(placed.folder), await tracedMessages(called.folder))
    return {
      cpu_s_per_1000_calls: rounded((cpu * 1000) / succeeded),
      invite_forward_p50_ms: rounded(quantile(forwarded, 0.5)),
      invite_forward_p99_ms: rounded(quantile(forwarded, 0.99)),
      ...more,
      failed,
      succeeded,
      retransmissions,
      machine_load: machineLoad(),
    }
  } finally {
    await called.stop()
  }
}

/** From the INVITE with credentials leaving a caller to the INVITE reaching the called phone, in milliseconds, call by call. */
function forwardTimes(callers: readonly Traced[], phones: readonly Traced[]): readonly number[] {
  const numberOf = ({ line }: Traced) => /^INVITE sip:(\d+)@/.exec(line)?.[1] ?? ''
  const arrived = new Map<string, number[]>()
  for (const one of phones) if (!one.sent && one.line.startsWith('INVITE')) push(arrived, numberOf(one), one.at)
  return callers.flatMap(one => {
    if (!one.sent || !one.line.startsWith('INVITE') || !/\b2\b/.test(one.cseq)) return []
    // Both sides stamp what they wrote or read a moment ago: an arrival may seem to come before its leaving.
    const at = arrived.get(numberOf(one))?.find(time => time >= one.at - STAMPS_APART)
    return at === undefined || at - one.at > LONGEST ? [] : [Math.max(0, at - one.at)]
  })
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
