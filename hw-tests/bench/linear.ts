// Bench of a busy hour: what a call costs beside ten others, and what it costs beside two hundred, at the same rate.
import { machineLoad } from './cost.ts'
import type { Bench, Figures } from './figures.ts'
import { rounded } from './figures.ts'
import { onRig, pause, type Rig, range } from './rig.ts'
import { answerers, CALLED, CALLERS, places } from './sip-load.ts'

interface Size {
  readonly perSecond: number
  /** Calls that are up at a time. */
  readonly few: number
  readonly many: number
  readonly countedSeconds: number
  /** Both are measured in turn: a machine that changes its speed meanwhile would pass for a difference. */
  readonly rounds: number
}
const FULL: Size = { perSecond: 20, few: 10, many: 200, countedSeconds: 20, rounds: 2 }
const QUICK: Size = { perSecond: 40, few: 10, many: 50, countedSeconds: 1.5, rounds: 1 }
/** A phone is not called again before it has rested. */
const RESTED = 1.5
/** Until as many are up as shall be, and a little more. */
const SETTLING_SECONDS = 0.5

export const linear: Bench = o => {
  const size = o.quick ? QUICK : FULL
  const phones = size.many * RESTED
  return onRig([...range(CALLERS, phones), ...range(CALLED, phones)], async rig => {
    const called = await answerers(rig, { numbers: phones, silent: true })
    try {
      // The first calls compile what all later ones use.
      await costOf(rig, size, size.few)
      let [few, many, failed] = [0, 0, 0]
      for (let round = 1; round <= size.rounds; round++) {
        o.say(`${size.perSecond} calls a second, ${size.few} and then ${size.many} of them up`)
        const [beside, among] = [await costOf(rig, size, size.few), await costOf(rig, size, size.many)]
        few += beside.milliseconds / size.rounds
        many += among.milliseconds / size.rounds
        failed += beside.failed + among.failed
      }
      return { ...compared(size, few, many), failed, machine_load: machineLoad() }
    } finally {
      await called.stop()
    }
  })
}

function compared(size: Size, few: number, many: number): Figures {
  return {
    difference_percent: rounded(Math.abs(many / few - 1) * 100, 1),
    [`cpu_ms_per_call_${size.few}`]: rounded(few),
    [`cpu_ms_per_call_${size.many}`]: rounded(many),
  }
}

/** Processor time per call placed, counted while `live` are up; what a box does without calls is in it on both sides. */
async function costOf(rig: Rig, size: Size, live: number): Promise<{ milliseconds: number; failed: number }> {
  const { perSecond, countedSeconds } = size
  const holdSeconds = live / perSecond
  const rising = holdSeconds + SETTLING_SECONDS
  const calls = Math.ceil((rising + countedSeconds) * perSecond)
  const placed = await places(rig, {
    calls,
    perSecond,
    holdMilliseconds: holdSeconds * 1000,
    among: size.many * RESTED,
  })
  await pause(rising * 1000)
  rig.cost.restart()
  await pause(countedSeconds * 1000)
  const milliseconds = (rig.cost.seconds * 1000) / (perSecond * countedSeconds)
  return { milliseconds, failed: (await placed.counts).failed }
}
