// Bench of memory: what the supervisor holds when idle, with calls up, under steady load, and when it is over.
import { machineLoad, residentKilobytes } from './cost.ts'
import type { Bench } from './figures.ts'
import { rounded } from './figures.ts'
import { calledPhones, holdCalls } from './held-calls.ts'
import { onRig, pause, range } from './rig.ts'
import { CALLED, CALLERS, EACH, places } from './sip-load.ts'

interface Size {
  readonly held: number
  readonly loadSeconds: number
  /** After the load, until what is left is counted. */
  readonly restSeconds: number
}
const FULL: Size = { held: 200, loadSeconds: 60, restSeconds: 60 }
const QUICK: Size = { held: 40, loadSeconds: 3, restSeconds: 1 }
const LOAD = { perSecond: 100, holdMilliseconds: 1000 }

export const memory: Bench = o =>
  onRig([...range(CALLERS, EACH), ...range(CALLED, EACH)], async rig => {
    const size = o.quick ? QUICK : FULL
    const resident = () => residentKilobytes(rig.box.pidOf('supervisor'))
    const idle = resident()
    const called = await calledPhones(rig, o.quick ? size.held : EACH)
    try {
      // The first calls load what all later ones use: it is not theirs.
      await (await places(rig, { ...LOAD, calls: size.held })).counts
      await pause(2000)
      const before = resident()
      const held = await holdCalls(rig, { called, calls: size.held, holdSeconds: 2 })
      const during = resident()
      const failedHeld = await held.over()
      o.say(`${LOAD.perSecond} calls a second for ${size.loadSeconds} s`)
      const load = places(rig, { ...LOAD, calls: LOAD.perSecond * size.loadSeconds, among: size.held })
      let loaded = 0
      const watch = setInterval(() => (loaded = Math.max(loaded, resident())), 250)
      const { failed } = await (await load).counts
      clearInterval(watch)
      await pause(size.restSeconds * 1000)
      const mb = (kilobytes: number) => rounded(kilobytes / 1024, 1)
      return {
        rss_idle_mb: mb(idle),
        rss_loaded_mb: mb(loaded),
        kb_per_call: rounded(Math.max(0, during - before) / size.held, 1),
        rss_after_mb: mb(resident()),
        held_calls: size.held,
        failed: failed + failedHeld,
        machine_load: machineLoad(),
      }
    } finally {
      await called.stop()
    }
  })
