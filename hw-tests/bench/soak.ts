// Bench of endurance: half of the calls that a box can take, for an hour, of every kind that a plant has, and whether the
// supervisor's memory grows with them.
import { machineLoad } from './cost.ts'
import type { Bench, BenchOptions, Figures } from './figures.ts'
import { rounded } from './figures.ts'
import { type MemoryParts, MemoryWatch, PARTS, type Sample } from './memory-parts.ts'
import { engine, loopSince, onRig, pause, type Rig, range } from './rig.ts'
import { CALLED, CALLERS } from './sip-load.ts'
import { beginLoad } from './soak-load.ts'
import { trend } from './trend.ts'

const FULL_MINUTES = 60
const WARM_UP_MINUTES = 10
const SAMPLE_SECONDS = 10
/** Calls a second and how long each lasts; in the short form both are less. */
const FULL = { scale: 1, holdMilliseconds: 8000, everyLooks: SAMPLE_SECONDS / 2 }
const QUICK = { scale: 0.4, holdMilliseconds: 3500, everyLooks: 1, seconds: 2 }
/** Until whatever is still there after the last call counts as stuck. */
const FAREWELL_SECONDS = 40

export const soak: Bench = o => {
  const size = o.quick ? QUICK : { ...FULL, seconds: 60 * (o.minutes ?? FULL_MINUTES) }
  const phones = Math.round(500 * size.scale)
  return onRig([...range(CALLERS, phones), ...range(CALLED, phones)], async rig => {
    const load = await beginLoad(rig, size)
    try {
      o.say(`${load.perSecond} calls a second of ${size.holdMilliseconds / 1000} s, for ${size.seconds} s`)
      await loopSince(rig.box)
      rig.cost.restart()
      const watch = new MemoryWatch(rig.box, { everyLooks: size.everyLooks, each: everyMinute(o) })
      const counts = await load.over()
      const cpu = rig.cost.seconds
      const loop = await loopSince(rig.box)
      const samples = await watch.end()
      return {
        ...growth(samples, o.quick ? undefined : Math.min(WARM_UP_MINUTES * 60, size.seconds / 3)),
        ...counts,
        looks_missed: watch.missed,
        ...(await shed(rig)),
        stuck: await stuck(rig),
        cpu_s_per_1000_calls: rounded((cpu * 1000) / counts.succeeded),
        event_loop_p99_ms: rounded(loop.p99),
        event_loop_longest_ms: rounded(loop.longest),
        facts_on_screen: rig.screen.facts,
        machine_load: machineLoad(),
      }
    } finally {
      await load.stop()
    }
  })
}

/** Tells a sample of each minute. */
function everyMinute(o: BenchOptions): (sample: Sample) => void {
  let told = 0
  return ({ seconds, parts }) => {
    const minute = Math.floor(seconds / 60)
    if (minute === told) return
    told = minute
    o.say(`${minute} min: ${PARTS.map(part => `${part} ${parts[part]}`).join(', ')}`)
  }
}

/** What the line through the samples after the warm-up says; of a short run only the most that it held. */
function growth(samples: readonly Sample[], warmUpSeconds: number | undefined): Figures {
  const most = Math.max(...samples.map(one => one.parts.resident))
  if (warmUpSeconds === undefined) return { rss_most_mb: most }
  const counted = samples.filter(one => one.seconds > warmUpSeconds)
  const lineOf = (part: keyof MemoryParts) =>
    trend(counted.map(({ seconds, parts }) => ({ at: seconds, value: parts[part] })))
  const { first, last } = lineOf('resident')
  const grown = PARTS.map(part => {
    const line = lineOf(part)
    return [`${part}_growth_mb`, rounded(line.last - line.first, 1)] as const
  })
  return {
    growth_percent: rounded(((last - first) * 100) / first),
    rss_first_mb: rounded(first, 1),
    rss_last_mb: rounded(last, 1),
    rss_most_mb: most,
    ...Object.fromEntries(grown),
  }
}

/** Calls and registrations that the box refused because it was behind: of a crowded machine they are most of `failed`. */
async function shed(rig: Rig): Promise<Figures> {
  const { counters } = (await engine(rig.box)).switch
  return { calls_shed: counters['invites-shed'] ?? 0, registrations_shed: counters['registers-shed'] ?? 0 }
}

/** Legs, ports of media and players that are there although every call is over. */
async function stuck(rig: Rig): Promise<number> {
  for (let waited = 0; ; waited++) {
    const { legs, mediaPorts, players, recorders } = (await engine(rig.box)).switch
    const left = legs.length + mediaPorts + players + recorders
    if (left === 0 || waited === FAREWELL_SECONDS) return left
    await pause(1000)
  }
}
