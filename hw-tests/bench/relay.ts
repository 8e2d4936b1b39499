// Bench of the relay: two hundred calls that talk, 50 packets a second each way, as G.711 has them.
import { machineLoad } from './cost.ts'
import type { Bench, BenchOptions, Figures } from './figures.ts'
import { rounded } from './figures.ts'
import { calledPhones, holdCalls } from './held-calls.ts'
import { onPeer } from './peer.ts'
import { onRig, range, type Target } from './rig.ts'
import { speak } from './rtp-load.ts'
import { CALLED, CALLERS, EACH } from './sip-load.ts'

const CALLS = 200
const QUICK_CALLS = 100

/** Those who call, and those who are called. */
const MOST_CALLS = EACH

export const relay: Bench = o => {
  const calls = o.calls ?? (o.quick ? QUICK_CALLS : CALLS)
  if (calls > MOST_CALLS) throw new Error(`--calls ${calls}: at most ${MOST_CALLS}, one for each phone`)
  if (o.peer) return onPeer(o.peer, peer => measured(peer, o, calls))
  return onRig([...range(CALLERS, calls), ...range(CALLED, calls)], rig => measured(rig, o, calls))
}

async function measured(target: Target, o: BenchOptions, calls: number): Promise<Figures> {
  const called = await calledPhones(target, calls)
  const seconds = o.quick ? 4 : 20
  try {
    const held = await holdCalls(target, { called, calls, holdSeconds: seconds + 8 })
    try {
      o.say(`${calls} calls talk for ${seconds} s`)
      let cpu = Number.NaN
      const counts = await speak({
        folder: target.folder,
        streams: held.streams,
        host: target.host,
        seconds,
        warmUpSeconds: 2,
        begin: () => target.cost.restart(),
        end: () => {
          cpu = target.cost.seconds
        },
      })
      return {
        cpu_s_per_call_minute: rounded((cpu * 60) / (calls * seconds), 4),
        cpu_us_per_packet: rounded((cpu * 1e6) / counts.sent, 1),
        calls,
        packets: counts.sent,
        lost_packets: counts.sent - counts.received,
        latency_p50_us: counts.p50,
        latency_p99_us: counts.p99,
        latency_p999_us: counts.p999,
        generator_late: counts.late,
        machine_load: machineLoad(),
      }
    } finally {
      await held.drop()
    }
  } finally {
    await called.stop()
  }
}
