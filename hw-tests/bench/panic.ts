// Bench of what the box is for: from a press to the strobe, and to the last of fifty phones and a multicast group, while
// fifty calls are up. Times are the terminal's and the listeners' own; every press is accounted for.
import { until } from '../lab/until.ts'
import type { PhoneCrowd } from '../phones/phone-crowd.ts'
import { openPinsWitness, type PinsWitness } from '../witness/pins.ts'
import { armed, type WitnessPlan, witnessPlant } from '../witness/plant.ts'
import { allClear, crowd } from './alarms.ts'
import { machineLoad } from './cost.ts'
import type { Bench } from './figures.ts'
import { quantile, rounded } from './figures.ts'
import { GroupEar } from './group-ear.ts'
import { onRig, pause, type Rig, range } from './rig.ts'

const CALLS = 50
const LISTENERS = 50
const GROUP_PORT = 5014

interface Size {
  /** Alarms that page everybody. */
  readonly rounds: number
  /** Presses that join each of them. */
  readonly joins: number
  /** Times that the three other plans, which light strobes, are raised and cleared beside each of them. */
  readonly strobes: number
}
const FULL: Size = { rounds: 50, joins: 16, strobes: 8 }
const QUICK: Size = { rounds: 3, joins: 6, strobes: 3 }

/** A finger, milliseconds: the inputs settle in five. */
const HOLD = 30
const REST = 30

interface Scene {
  readonly rig: Rig
  readonly pins: PinsWitness
  readonly phones: PhoneCrowd
  readonly group: GroupEar
  readonly paging: WitnessPlan
  readonly lights: readonly WitnessPlan[]
  readonly tally: Tally
}

interface Tally {
  presses: number
  lost: number
  doubled: number
  readonly strobe: number[]
  readonly audio: number[]
}

export const panic: Bench = o =>
  onRig(range(300, 2 * CALLS), async rig => {
    const group = `239.194.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
    const listeners = range(600, LISTENERS)
    const plant = await witnessPlant(rig.box, { numbers: listeners, group, port: GROUP_PORT, repeats: 5 })
    const [paging, ...lights] = plant.plans
    if (paging === undefined) throw new Error('the plant has no plan')
    await lightsOnly(rig, lights)
    const ear = await GroupEar.open({ group, port: GROUP_PORT, host: '127.0.0.1' })
    const pins = openPinsWitness({ run: rig.box.run })
    const phones = await crowd(rig, plant.stations, 'when-asked')
    const callers = await crowd(rig, rig.stations, 'always')
    try {
      for (let i = 0; i < CALLS; i++) await callers.place(String(300 + i), String(300 + CALLS + i), { talks: true })
      await callers.next('answered', 2 * CALLS, 20)
      const tally: Tally = { presses: 0, lost: 0, doubled: 0, strobe: [], audio: [] }
      const scene: Scene = { rig, pins, phones, group: ear, paging, lights, tally }
      const size = o.quick ? QUICK : FULL
      for (let round = 1; round <= size.rounds; round++) {
        await oneRound(scene, size)
        if (round % 10 === 0) o.say(`round ${round} of ${size.rounds}: ${tally.presses} presses, ${tally.lost} lost`)
      }
      const up = (await callers.calls()).filter(call => call.state === 'up').length
      return figures(tally, up / 2)
    } finally {
      await Promise.all([phones.kill(), callers.kill()])
      pins.close()
      ear.close()
    }
  })

function figures(tally: Tally, callsUp: number): Record<string, number> {
  return {
    press_to_strobe_p50_ms: rounded(quantile(tally.strobe, 0.5)),
    press_to_strobe_p99_ms: rounded(quantile(tally.strobe, 0.99)),
    press_to_strobe_longest_ms: rounded(quantile(tally.strobe, 1)),
    press_to_audio_p50_ms: rounded(quantile(tally.audio, 0.5)),
    press_to_audio_p99_ms: rounded(quantile(tally.audio, 0.99)),
    presses: tally.presses,
    strobes_measured: tally.strobe.length,
    alarms_heard: tally.audio.length,
    lost: tally.lost,
    doubled: tally.doubled,
    calls_up_at_end: callsUp,
    machine_load: machineLoad(),
  }
}

/** The other plans light their strobes and switch their relays, and page nobody: they can be raised many times a second. */
async function lightsOnly({ box }: Rig, plans: readonly WitnessPlan[]): Promise<void> {
  type Plan = { id: string; rev: number; steps: readonly { kind: string }[] }
  const known = await box.resources<Plan>('plan')
  const ops = known
    .filter(plan => plans.some(one => one.id === plan.id))
    .map(({ id, rev, ...value }) => {
      const steps = value.steps.filter(step => step.kind !== 'page')
      return { op: 'put' as const, kind: 'plan', id, rev, value: { ...value, steps } }
    })
  await box.change('plans that only light', ops)
  await armed(box)
}

async function oneRound(scene: Scene, size: Size): Promise<void> {
  const { pins, phones, group, paging, tally } = scene
  await phones.forget()
  group.forget()
  const [first = '', second = first] = paging.inputs
  const press = pins.move(first, 'press')
  tally.presses++
  tally.strobe.push(
    (await pins.waitFor(paging.strobe, { on: true, since: press.at, milliseconds: 5000 })).at - press.at,
  )
  const heard = await phones.next('first-sound', LISTENERS, 15)
  await until('the multicast group hears the message', () => group.firstSoundAt !== undefined, { everyMilliseconds: 5 })
  const last = Math.max(group.firstSoundAt ?? Number.NaN, ...heard.map(call => call.firstSoundAt ?? Number.NaN))
  tally.audio.push(last - press.at)
  pins.move(first, 'release')
  await pause(REST)
  for (let i = 0; i < size.joins; i++) {
    await pins.press(i % 2 === 0 ? second : first, HOLD)
    tally.presses++
    await pause(REST)
  }
  for (let i = 0; i < size.strobes; i++) await lightAll(scene)
  await account(scene, paging, 1 + size.joins)
  await phones.next('ended', LISTENERS, 15)
  await until('the group is silent', () => group.quietFor > 60, { everyMilliseconds: 10 })
}

/** One press of each of the other plans, from dark to lit, and the all-clear. */
async function lightAll(scene: Scene): Promise<void> {
  const { pins, lights, tally } = scene
  await Promise.all(
    lights.map(async plan => {
      const pressed = pins.move(plan.inputs[0] ?? '', 'press')
      tally.presses++
      const lit = await pins.waitFor(plan.strobe, { on: true, since: pressed.at, milliseconds: 5000 })
      tally.strobe.push(lit.at - pressed.at)
      await pause(HOLD)
      pins.move(plan.inputs[0] ?? '', 'release')
    }),
  )
  await pause(REST)
  await Promise.all(lights.map(plan => account(scene, plan, 1)))
}

/** The plan's alarms have the presses that were made, no more; then they are cleared. */
async function account({ rig, pins, tally }: Scene, plan: WitnessPlan, presses: number): Promise<void> {
  const { lost, doubled } = await allClear(rig.box, { plan, presses, pins })
  tally.lost += lost
  tally.doubled += doubled
}
