// Bench of the relay: two hundred calls that talk, 50 packets a second each way, as G.711 has them.
import { machineLoad } from './cost.ts'
import type { Bench } from './figures.ts'
import { rounded } from './figures.ts'
import { calledPhones, holdCalls } from './held-calls.ts'
import { onRig, range } from './rig.ts'
import { speak } from './rtp-load.ts'
import { CALLED, CALLERS } from './sip-load.ts'

const CALLS = 200
const QUICK_CALLS = 100

export const relay: Bench = o => {
  const calls = o.quick ? QUICK_CALLS : CALLS
  return onRig([...range(CALLERS, calls), ...range(CALLED, calls)], async rig => {
    const called = await calledPhones(rig, calls)
    const seconds = o.quick ? 4 : 20
    try {
      const held = await holdCalls(rig, { called, calls, holdSeconds: seconds + 8 })
      try {
        o.say(`${calls} calls talk for ${seconds} s`)
        let cpu = Number.NaN
        const counts = await speak({
          folder: rig.folder,
          streams: held.streams,
          host: rig.box.host,
          seconds,
          warmUpSeconds: 2,
          begin: () => rig.cost.restart(),
          end: () => {
            cpu = rig.cost.seconds
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
  })
}
