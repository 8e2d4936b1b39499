// The load of an hour: four kinds of calls side by side, and a thousand phones that register again all the while.
import type { SippCounts } from '../phones/sipp.ts'
import type { Rig } from './rig.ts'
import { type VisitCounts, visits } from './rtp-visits.ts'
import { answerers, CALLED, CALLERS, type PlacedCalls, places, registering, registers } from './sip-load.ts'
import { BUSY_MILLISECONDS, holdingCaller, keyedAnswerer, keyingCaller, talkingCaller } from './sip-scenarios.ts'

/** Callers and called of a kind take turns: each has so many seconds until it is called again. */
const TURN_SECONDS = 10
/** Calls a second of each kind, at full scale. Those who talk are the last, as their phones are a group of their own. */
const KINDS = [
  { name: 'staying', perSecond: 25, scenario: talkingCaller, busyMilliseconds: 0 },
  { name: 'holding', perSecond: 10, scenario: holdingCaller, busyMilliseconds: BUSY_MILLISECONDS },
  { name: 'keying', perSecond: 5, scenario: keyingCaller, busyMilliseconds: BUSY_MILLISECONDS },
  { name: 'talking', perSecond: 10, scenario: talkingCaller, busyMilliseconds: 0 },
] as const
/** Every phone once a minute. */
const REGISTER_SECONDS = 60
const CALLERS_PORT = 5099
/** Those who talk are silent at the beginning and at the end of their call. */
const SILENT_MILLISECONDS = 1500

export interface SoakCounts {
  readonly failed: number
  readonly succeeded: number
  readonly retransmissions: number
  readonly registered: number
  readonly packets: number
  readonly lost_packets: number
  readonly key_packets: number
  readonly lost_key_packets: number
  readonly generator_late: number
}

export interface SoakLoad {
  readonly perSecond: number
  /** Resolves when the last call is over. */
  over(): Promise<SoakCounts>
  /** Ends what is left of it. */
  stop(): Promise<void>
}

/** Registers everybody and begins to call. */
export async function beginLoad(rig: Rig, o: Size): Promise<SoakLoad> {
  const running: Stopped = []
  const stop = async () => {
    for (const one of running.splice(0).reverse()) await one.stop()
  }
  try {
    return { ...(await begin(rig, o, running)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Stopped = { stop(): Promise<void> | void }[]

interface Size {
  readonly scale: number
  readonly seconds: number
  readonly holdMilliseconds: number
}

async function begin(rig: Rig, o: Size, running: Stopped): Promise<Omit<SoakLoad, 'stop'>> {
  const kinds = KINDS.map(kind => ({ ...kind, perSecond: kind.perSecond * o.scale }))
  const perSecond = kinds.reduce((sum, kind) => sum + kind.perSecond, 0)
  const phones = perSecond * TURN_SECONDS
  const talkers = (kinds.at(-1)?.perSecond ?? 0) * TURN_SECONDS
  const others = phones - talkers
  await registers(rig, { from: CALLERS, count: phones, perSecond: 200, contactPort: CALLERS_PORT })
  const called = await answerers(rig, { scenario: keyedAnswerer, numbers: others, silent: true })
  running.push(called)
  const talking = { numbers: talkers, first: others, name: 'called-talking', noted: true } as const
  const talkingCalled = await answerers(rig, { ...talking, scenario: keyedAnswerer })
  running.push(talkingCalled)
  const again = await registerAgain(rig, { seconds: o.seconds, running }, [
    { from: CALLERS, among: phones, contactPort: CALLERS_PORT },
    { from: CALLED, among: others, contactPort: called.port },
    { from: CALLED + others, among: talkers, contactPort: talkingCalled.port },
  ])
  const placed: PlacedCalls[] = []
  let first = 0
  for (const { busyMilliseconds, ...kind } of kinds) {
    const among = kind.perSecond * TURN_SECONDS
    const calls = Math.ceil(kind.perSecond * o.seconds)
    const stays = { calls, first, among, holdMilliseconds: o.holdMilliseconds - busyMilliseconds }
    placed.push(await places(rig, { ...kind, ...stays, ...(kind.name === 'talking' ? { noted: true } : {}) }))
    first += among
  }
  running.push(...placed)
  const speech = await visits({
    folder: rig.folder,
    host: rig.box.host,
    sides: [talkingCalled.folder, placed.at(-1)?.folder ?? ''],
    seconds: (o.holdMilliseconds - SILENT_MILLISECONDS) / 1000,
  })
  running.push(speech)
  const over = async () => {
    const calls = await Promise.all(placed.map(one => one.counts))
    return sums(calls, await Promise.all(again), await speech.over())
  }
  return { perSecond, over }
}

/** Each phone of these groups once in `REGISTER_SECONDS`. */
async function registerAgain(
  rig: Rig,
  o: { seconds: number; running: Stopped },
  groups: readonly { from: number; among: number; contactPort: number }[],
): Promise<readonly Promise<SippCounts>[]> {
  const counts: Promise<SippCounts>[] = []
  for (const group of groups) {
    const perSecond = Math.ceil(group.among / REGISTER_SECONDS)
    const sipp = await registering(rig, { ...group, perSecond, count: Math.ceil(perSecond * o.seconds) })
    o.running.push(sipp)
    counts.push(sipp.whenDone())
  }
  return counts
}

function sums(calls: readonly SippCounts[], registrations: readonly SippCounts[], speech: VisitCounts): SoakCounts {
  const all = (of: readonly SippCounts[], count: 'succeeded' | 'failed' | 'retransmissions') =>
    of.reduce((sum, one) => sum + one[count], 0)
  return {
    failed: all(calls, 'failed') + all(registrations, 'failed') + speech.refused,
    succeeded: all(calls, 'succeeded'),
    retransmissions: all(calls, 'retransmissions') + all(registrations, 'retransmissions'),
    registered: all(registrations, 'succeeded'),
    packets: speech.sent,
    lost_packets: speech.sent - speech.received,
    key_packets: speech.keys_sent,
    lost_key_packets: speech.keys_sent - speech.keys_received,
    generator_late: speech.late,
  }
}
