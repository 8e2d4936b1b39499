// Calls that are up and stay: for what a call costs while people talk.
import { until } from '../lab/until.ts'
import type { Target } from './rig.ts'
import { notedStreams, type SpokenStream } from './rtp-load.ts'
import { type Answerers, answerers, type PlacedCalls, places } from './sip-load.ts'

/** Calls placed in a second while they are built up. */
const PER_SECOND = 20

export interface HeldCalls {
  /** Both directions of every call. */
  readonly streams: readonly SpokenStream[]
  /** Resolves when all calls were hung up by their callers; with how many failed. */
  over(): Promise<number>
  /** Leaves them as they are. */
  drop(): Promise<void>
}

/** Registers the called phones, before anything is counted. */
export const calledPhones = (target: Target, calls: number): Promise<Answerers> =>
  answerers(target, { numbers: calls, noted: true })

/** Builds `calls` calls up and resolves when all are; they last for `holdSeconds` from then on. */
export async function holdCalls(
  target: Target,
  o: { called: Answerers; calls: number; holdSeconds: number },
): Promise<HeldCalls> {
  const building = o.calls / PER_SECOND
  // Phones that were called before have noted those calls too.
  const former = (await notedStreams(o.called.folder)).length
  const placed: PlacedCalls = await places(target, {
    calls: o.calls,
    perSecond: PER_SECOND,
    holdMilliseconds: Math.ceil((building + o.holdSeconds) * 1000),
    noted: true,
  })
  const both = async () => [
    ...(await notedStreams(placed.folder)),
    ...(await notedStreams(o.called.folder)).slice(former),
  ]
  try {
    await until(`${o.calls} calls are up`, async () => (await both()).length === 2 * o.calls, {
      seconds: building + 20,
      everyMilliseconds: 100,
    })
  } catch (error) {
    await placed.stop()
    throw error
  }
  return {
    streams: await both(),
    over: async () => (await placed.counts).failed,
    drop: () => placed.stop(),
  }
}
