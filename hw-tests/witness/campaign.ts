// The witness campaign: buttons are pressed while supervisor and board are killed and frozen, and everything is judged
// from outside the box: the presser's own log, strobes seen on the pins, messages decoded by a phone and a loudspeaker.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { RtpListener } from '../audio/rtp-listener.ts'
import type { Sound } from '../audio/sound.ts'
import { readWav } from '../audio/wav.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { type Cycle, judge, type Pressed } from './judge.ts'
import { openPinsWitness, type PinsWitness } from './pins.ts'
import { listeningPhone, type WitnessPlant, witnessPlant } from './plant.ts'
import { seededRandom } from './seeded-random.ts'

/** Who is hit while buttons are pressed. */
export const VICTIMS = [
  'nobody',
  'supervisor killed',
  'supervisor frozen',
  'board killed',
  'board frozen',
  'both killed',
  'both frozen',
] as const
export type Victim = (typeof VICTIMS)[number]

export interface CampaignOptions {
  readonly victims: readonly Victim[]
  readonly seed: number
  /** How long buttons are pressed in each cycle, seconds. */
  readonly pressSeconds: number
  /** How long a frozen supervisor stands still, seconds. A frozen board is killed after as long as systemd waits. */
  readonly frozenSeconds: number
  /** At most so long from one press to the next, milliseconds; default 1000. */
  readonly paceMilliseconds?: number
  say?(text: string): void
}

export interface Verdict {
  readonly cycles: number
  readonly presses: number
  readonly alarms: number
  /** What was lost or doubled, in words: empty is what the box is built for. */
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Where the box's own records say something else than the witness saw. */
  readonly disagreements: readonly string[]
}

/** A finger that does not wait for anything, also while nobody looks. */
const HELD_MILLISECONDS = 300
const REST_MILLISECONDS = 300
/** WatchdogSec of the board's unit. */
const WATCHDOG_MILLISECONDS = 2000

export async function runCampaign(o: CampaignOptions): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'campaign-'))
  const box = await TestBox.start()
  const random = seededRandom(o.seed)
  const group = `239.193.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
  const plant = await witnessPlant(box, { numbers: ['201', '202'], group, port: 5012, repeats: 3 })
  const pins = openPinsWitness({ run: box.run })
  const scene = { box, plant, pins, folder, random, o }
  const verdict = {
    cycles: 0,
    presses: 0,
    alarms: 0,
    lost: [] as string[],
    doubled: [] as string[],
    disagreements: [] as string[],
  }
  try {
    for (const victim of o.victims) {
      verdict.cycles++
      const cycle = await runCycle(scene, victim, verdict.cycles)
      verdict.presses += cycle.presses.length
      verdict.alarms += cycle.alarms.length
      const judged = judge(cycle)
      verdict.lost.push(...judged.lost.map(text => `cycle ${verdict.cycles}, ${victim}: ${text}`))
      verdict.doubled.push(...judged.doubled.map(text => `cycle ${verdict.cycles}, ${victim}: ${text}`))
      o.say?.(
        `cycle ${verdict.cycles}, ${victim}: ${cycle.presses.length} presses, ${cycle.alarms.length} alarms, ${judged.lost.length} lost, ${judged.doubled.length} doubled`,
      )
    }
    verdict.disagreements.push(...(await compareRecords(box, verdict)))
    return verdict
  } finally {
    pins.close()
    await box.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

interface Scene {
  readonly box: TestBox
  readonly plant: WitnessPlant
  readonly pins: PinsWitness
  readonly folder: string
  readonly random: () => number
  readonly o: CampaignOptions
}

async function runCycle(scene: Scene, victim: Victim, number: number): Promise<Cycle> {
  const { box, plant, pins, folder, o } = scene
  const loudspeaker = await RtpListener.open({
    port: plant.multicast.port,
    group: plant.multicast.group,
    host: '127.0.0.1',
  })
  const [station] = plant.stations
  if (station === undefined) throw new Error('the plant has no station')
  const { phone, file } = await listeningPhone(box, station, folder)
  const amplifierBefore = pins.heard('amplifier-1').samples.length
  try {
    const [presses] = await Promise.all([pressing(scene), strike(scene, victim)])
    await box.ready()
    await until('every step of every alarm is done', async () => allDone(await liveAlarms(box), presses), {
      seconds: 60 + o.frozenSeconds,
      everyMilliseconds: 200,
    }).catch(() => undefined)
    const alarms = await liveAlarms(box)
    const dark = presses.filter(press => !litAfter(pins, press))
    await phone.stopRecording()
    const heard = new Map<string, Sound>([[`phone ${number}`, await readWav(file)]])
    for (const { ssrc } of loudspeaker.streams) heard.set(`loudspeaker ${ssrc}`, loudspeaker.sound(ssrc))
    const { samples } = pins.heard('amplifier-1')
    const from = samples.length >= amplifierBefore ? amplifierBefore : 0
    heard.set('amplifier', { rate: 8000, samples: Float32Array.from(samples.subarray(from), sample => sample / 32768) })
    for (const alarm of alarms) await box.ask('alarms/clear', { alarm: alarm.id })
    await until('all strobes are dark after the all-clear', () => plant.plans.every(plan => !pins.isOn(plan.strobe)), {
      seconds: 10,
    })
    return { presses, alarms, heard, dark }
  } finally {
    await phone.stop()
    await loudspeaker.close()
  }
}

const liveAlarms = async (box: TestBox): Promise<readonly Alarm[]> =>
  (await box.ask<{ alarms: Alarm[] }>('alarms/live')).alarms.filter(alarm => alarm.ended === undefined)

const allDone = (alarms: readonly Alarm[], presses: readonly Pressed[]): boolean =>
  alarms.length >= new Set(presses.map(press => press.plan.id)).size &&
  alarms.every(alarm => alarm.steps.every(step => step.state === 'done'))

/** Presses buttons at random, at most ten times as fast as the pace, each by a hand of its own that rests between two presses. */
async function pressing({ plant, pins, random, o }: Scene): Promise<Pressed[]> {
  const pace = o.paceMilliseconds ?? 1000
  const log: Pressed[] = []
  const hands = new Map<string, Promise<void>>()
  const deadline = performance.now() + o.pressSeconds * 1000
  const buttons = plant.plans.flatMap(plan => plan.inputs.map(input => ({ plan, input })))
  while (performance.now() < deadline) {
    const free = buttons.filter(button => !hands.has(button.input))
    const chosen = free[Math.floor(random() * free.length)]
    if (chosen !== undefined) {
      const { input, plan } = chosen
      log.push({ input, plan, at: pins.move(input, 'press').at })
      const hand = sleep(HELD_MILLISECONDS)
        .then(() => void pins.move(input, 'release'))
        .then(() => sleep(REST_MILLISECONDS))
        .then(() => void hands.delete(input))
      hands.set(input, hand)
    }
    await sleep(pace * (0.1 + 0.9 * random()))
  }
  await Promise.all(hands.values())
  return log
}

/** Hits the victim somewhere in the middle of the pressing. */
async function strike({ box, random, o }: Scene, victim: Victim): Promise<void> {
  await sleep((0.2 + 0.5 * random()) * o.pressSeconds * 1000)
  const hits = (name: 'supervisor' | 'board') => victim.startsWith(name) || victim.startsWith('both')
  if (victim === 'nobody') return
  if (victim.endsWith('killed')) {
    for (const name of ['supervisor', 'board'] as const) if (hits(name)) box.signal(name, 'SIGKILL')
    return
  }
  await Promise.all([
    hits('supervisor')
      ? frozen(box.pidOf('supervisor'), { for: o.frozenSeconds * 1000, signal: 'SIGCONT' })
      : undefined,
    hits('board') ? frozen(box.pidOf('board'), { for: WATCHDOG_MILLISECONDS, signal: 'SIGKILL' }) : undefined,
  ])
}

async function frozen(pid: number, o: { for: number; signal: NodeJS.Signals }): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await sleep(o.for)
  process.kill(pid, o.signal)
}

/** Lit at the moment of the press, or at some time after it. */
function litAfter(pins: PinsWitness, press: Pressed): boolean {
  const seen = pins.seen(press.plan.strobe)
  const before = seen.filter(one => one.at <= press.at).at(-1)
  return before?.on === true || seen.some(one => one.on && one.at > press.at)
}

/** What the box wrote down must be what the witness counted. */
async function compareRecords(box: TestBox, seen: { alarms: number }): Promise<string[]> {
  const { alarms } = await box.ask<{ alarms: { id: string; state: string }[] }>('alarms/history', { limit: 500 })
  const found: string[] = []
  if (alarms.length !== seen.alarms)
    found.push(`the records hold ${alarms.length} alarms, the witness counted ${seen.alarms}`)
  for (const { id, state } of alarms) {
    if (state !== 'cleared') found.push(`alarm ${id} is recorded as ${state}`)
    const { presses } = await box.ask<{ presses: unknown[] }>('alarms/detail', { alarm: id })
    if (presses.length === 0) found.push(`alarm ${id} has no press in the records`)
  }
  return found
}

const sleep = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds))
