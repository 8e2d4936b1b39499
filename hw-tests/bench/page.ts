// Bench of a plant's alarm at full size: from a press to the message at the last of 500 phones, 20 multicast groups and 8
// amplifiers, while 100 calls talk. Times are the listeners' own.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../lab/until.ts'
import type { CrowdCallReport, PhoneCrowd } from '../phones/phone-crowd.ts'
import { openPinsWitness, type PinsWitness } from '../witness/pins.ts'
import { armed, type WitnessPlan, witnessPlant } from '../witness/plant.ts'
import { allClear, crowd } from './alarms.ts'
import { machineLoad } from './cost.ts'
import { type Bench, type BenchOptions, type Figures, quantile, rounded } from './figures.ts'
import { GroupEar } from './group-ear.ts'
import { loopSince, onRig, type Rig, range } from './rig.ts'

interface Size {
  readonly phones: number
  readonly groups: number
  readonly amplifiers: number
  readonly calls: number
  readonly alarms: number
}
const FULL: Size = { phones: 500, groups: 20, amplifiers: 8, calls: 100, alarms: 30 }
const QUICK: Size = { phones: 100, groups: 5, amplifiers: 8, calls: 20, alarms: 2 }
const GROUP_PORT = 5014
const RELAYS = 4

/** When each listener of one alarm heard the first of its message, from the press on; milliseconds. */
interface Heard {
  readonly phones: readonly number[]
  readonly groups: readonly number[]
  readonly amplifiers: readonly number[]
}

export const page: Bench = async o => {
  const size = o.quick ? QUICK : FULL
  const folder = await mkdtemp(join(tmpdir(), 'page-'))
  const profile = join(folder, 'profile.json')
  await writeFile(profile, await profileWith(size.amplifiers))
  try {
    return await onRig(range(1000, 2 * size.calls), rig => measured(rig, { size, profile, say: o.say }), { profile })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The simulated board with so many amplifiers: the first with a relay that wakes them, the others always awake. */
async function profileWith(amplifiers: number): Promise<string> {
  const simulated = join(import.meta.dirname, '../../board/profiles/simulated.json')
  const profile = JSON.parse(await readFile(simulated, 'utf8')) as object
  return JSON.stringify({
    ...profile,
    amplifiers: Array.from({ length: amplifiers }, (_, i) => ({
      id: `amplifier-${i + 1}`,
      label: `Amplifier ${i + 1}`,
      ...(i < RELAYS ? { relay: `relay-${i + 1}` } : {}),
      settleMilliseconds: 60,
      device: `amplifier-${i + 1}`,
    })),
  })
}

interface Scene {
  readonly rig: Rig
  readonly pins: PinsWitness
  readonly phones: PhoneCrowd
  readonly ears: readonly GroupEar[]
  readonly plan: WitnessPlan
  readonly size: Size
}

async function measured(
  rig: Rig,
  { size, profile, say }: { size: Size; profile: string; say: BenchOptions['say'] },
): Promise<Figures> {
  const base = `239.194.${1 + Math.floor(Math.random() * 250)}`
  const plant = await witnessPlant(rig.box, {
    numbers: range(2000, size.phones),
    group: `${base}.1`,
    port: GROUP_PORT,
    repeats: 2,
  })
  const [plan] = plant.plans
  if (plan === undefined) throw new Error('the plant has no plan')
  await everyKind(rig, { size, base })
  const groups = Array.from({ length: size.groups }, (_, i) => `${base}.${i + 1}`)
  const ears = await Promise.all(groups.map(group => GroupEar.open({ group, port: GROUP_PORT, host: '127.0.0.1' })))
  const pins = openPinsWitness({ run: rig.box.run, profile })
  const phones = await crowd(rig, plant.stations, 'when-asked')
  const callers = await crowd(rig, rig.stations, 'always')
  try {
    for (let i = 0; i < size.calls; i++)
      await callers.place(String(1000 + i), String(1000 + size.calls + i), { talks: true })
    await callers.next('answered', 2 * size.calls, 30)
    await loopSince(rig.box)
    const scene: Scene = { rig, pins, phones, ears, plan, size }
    const alarms: Heard[] = []
    for (let n = 1; n <= size.alarms; n++) {
      alarms.push(await oneAlarm(scene))
      if (n % 10 === 0) say(`alarm ${n} of ${size.alarms}`)
    }
    const up = (await callers.calls()).filter(call => call.state === 'up').length
    return { ...figures(alarms), calls_up_at_end: up / 2, ...(await loopFigures(rig)), machine_load: machineLoad() }
  } finally {
    await Promise.all([phones.kill(), callers.kill()])
    pins.close()
    for (const ear of ears) ear.close()
  }
}

async function loopFigures(rig: Rig): Promise<Figures> {
  const { p99, longest } = await loopSince(rig.box)
  return { event_loop_p99_ms: rounded(p99), event_loop_longest_ms: rounded(longest) }
}

/** More streams, and the amplifiers, into the zone that the plans page. */
async function everyKind({ box }: Rig, { size, base }: { size: Size; base: string }): Promise<void> {
  type Resource = Record<string, unknown> & { readonly id: string; readonly rev: number }
  const [zone] = await box.resources<Resource>('zone')
  const [stream] = await box.resources<Resource>('multicast-stream')
  if (zone === undefined || stream === undefined) throw new Error('a fresh box has a zone and a stream')
  const streams = [stream.id]
  for (let i = 1; i < size.groups; i++) {
    const value = { name: `Hall ${i + 1}`, group: `${base}.${i + 1}`, port: GROUP_PORT }
    streams.push(await box.put('multicast-stream', value))
  }
  const { id, rev, ...value } = zone
  const amplifiers = Array.from({ length: size.amplifiers }, (_, i) => `amplifier-${i + 1}`)
  await box.change('a zone of every kind', [
    { op: 'put', kind: 'zone', id, rev, value: { ...value, streams, amplifiers } },
  ])
  await armed(box)
}

async function oneAlarm({ rig, pins, phones, ears, plan, size }: Scene): Promise<Heard> {
  await phones.forget()
  for (const ear of ears) ear.forget()
  const [input = ''] = plan.inputs
  const { at } = pins.move(input, 'press')
  const reports: readonly CrowdCallReport[] = await phones.next('first-sound', size.phones, 20)
  const inAmplifiers = () =>
    Array.from({ length: size.amplifiers }, (_, i) => pins.heard(`amplifier-${i + 1}`).bursts.find(one => one.at > at))
  await until('every group hears the message', () => ears.every(ear => ear.firstSoundAt !== undefined), {
    everyMilliseconds: 5,
  })
  await until('every amplifier speaks', () => inAmplifiers().every(one => one !== undefined), {
    everyMilliseconds: 20,
  })
  const since = (times: readonly (number | undefined)[]) => times.map(time => (time ?? Number.NaN) - at)
  const heard = {
    phones: since(reports.map(one => one.firstSoundAt)),
    groups: since(ears.map(ear => ear.firstSoundAt)),
    amplifiers: since(inAmplifiers().map(one => one?.at)),
  }
  pins.move(input, 'release')
  const { lost, doubled } = await allClear(rig.box, { plan, presses: 1, pins })
  if (lost + doubled > 0) throw new Error(`${lost} presses were lost, ${doubled} doubled`)
  await phones.next('ended', size.phones, 20)
  await until('the groups are silent', () => ears.every(ear => ear.quietFor > 60), { everyMilliseconds: 10 })
  await silentAmplifiers(pins, size.amplifiers)
  return heard
}

/** Sound is told apart from what was before it only by silence between. */
async function silentAmplifiers(pins: PinsWitness, count: number): Promise<void> {
  const said = () => Array.from({ length: count }, (_, i) => pins.heard(`amplifier-${i + 1}`).samples.length).join()
  let before = ''
  const still = () => {
    const last = before
    before = said()
    return before === last
  }
  await until('the amplifiers are silent', still, { everyMilliseconds: 300 })
}

function figures(alarms: readonly Heard[]): Figures {
  const p99 = (of: (heard: Heard) => number) => rounded(quantile(alarms.map(of), 0.99))
  const spread = (times: readonly number[]) => Math.max(...times) - Math.min(...times)
  return {
    first_audio_p99_ms: p99(({ phones, groups, amplifiers }) => Math.max(...phones, ...groups, ...amplifiers)),
    spread_ms: p99(({ phones }) => spread(phones)),
    multicast_skew_ms: p99(({ groups }) => spread(groups)),
    first_phone_p99_ms: p99(({ phones }) => Math.min(...phones)),
    last_phone_p50_ms: rounded(
      quantile(
        alarms.map(({ phones }) => Math.max(...phones)),
        0.5,
      ),
    ),
    last_group_p99_ms: p99(({ groups }) => Math.max(...groups)),
    last_amplifier_p99_ms: p99(({ amplifiers }) => Math.max(...amplifiers)),
    alarms: alarms.length,
    unheard: alarms.flatMap(one => [...one.phones, ...one.groups, ...one.amplifiers]).filter(Number.isNaN).length,
  }
}
