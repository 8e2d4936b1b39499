// One press: strobe, relay, two phones, a multicast loudspeaker and the box's own amplifier, judged from outside the box.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { heardMessage } from '../audio/message.ts'
import { RtpListener } from '../audio/rtp-listener.ts'
import type { Sound } from '../audio/sound.ts'
import { readWav } from '../audio/wav.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { openPinsWitness, type PinsWitness } from './pins.ts'
import { listeningPhone, type WitnessPlant, witnessPlant } from './plant.ts'

interface Scene {
  readonly box: TestBox
  readonly plant: WitnessPlant
  readonly pins: PinsWitness
  readonly loudspeaker: RtpListener
  readonly folder: string
}

async function scene(t: ExecutionContext): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'one-press-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const group = `239.192.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
  const loudspeaker = await RtpListener.open({ port: 5010, group, host: '127.0.0.1' })
  t.teardown(() => loudspeaker.close())
  const plant = await witnessPlant(box, { numbers: ['201', '202'], group, port: 5010, repeats: 3 })
  const pins = openPinsWitness({ run: box.run })
  t.teardown(() => pins.close())
  return { box, plant, pins, loudspeaker, folder }
}

/** A phone plays as it hears: what a crowded machine brings late is a hole, shorter than any tone of the message. */
const AT_A_PHONE = { toleranceMs: 150 }

const alarmsOf = async (box: TestBox) => (await box.ask<{ alarms: Alarm[] }>('alarms/live')).alarms

const settled = (box: TestBox) =>
  until(
    'every step of the alarm is done',
    async () => {
      const [alarm] = await alarmsOf(box)
      return alarm?.steps.every(step => step.state === 'done') === true
    },
    { seconds: 60, everyMilliseconds: 100 },
  )

/** After a restart of the supervisor a page begins again under another SSRC: a loudspeaker plays whatever comes. */
const timesOnLoudspeaker = (loudspeaker: RtpListener, message: Sound) =>
  loudspeaker.streams.reduce((times, { ssrc }) => times + timesInFull(loudspeaker.sound(ssrc), message), 0)
const timesInFull = (recording: Sound, message: Sound) => heardMessage(recording, message).timesInFull
/** The box's amplifier as it was driven: 8 kHz, 16 bit. */
const amplifierSound = (pins: PinsWitness): Sound => {
  const { samples } = pins.heard('amplifier-1')
  return { rate: 8000, samples: Float32Array.from(samples, sample => sample / 32768) }
}

test.serial(
  'one press lights the strobe, switches the relay, and is heard in full everywhere; the all-clear ends it',
  async t => {
    const { box, plant, pins, loudspeaker, folder } = await scene(t)
    const [plan] = plant.plans
    if (plan === undefined) throw new Error('no plan')
    const phones = await Promise.all(plant.stations.map(station => listeningPhone(box, station, folder)))
    t.teardown(async () => {
      for (const { phone } of phones) await phone.stop()
    })

    const pressed = await pins.press(plan.inputs[0] ?? '', 500)
    await pins.waitFor(plan.strobe, { on: true, since: pressed.at, milliseconds: 20_000 })
    await settled(box)
    const [alarm] = await alarmsOf(box)
    t.like(alarm, { state: 'raised', drill: false })
    t.is(alarm?.presses.length, 1)
    t.deepEqual(
      alarm?.steps.map(step => [step.action.kind, step.state]),
      [
        ['page', 'done'],
        ['strobe', 'done'],
        ['relay', 'done'],
        ['notify', 'done'],
      ],
    )

    for (const { phone, file } of phones) {
      await phone.stopRecording()
      t.true(
        heardMessage(await readWav(file), plan.message, AT_A_PHONE).timesInFull >= 2,
        `${phone.options.user} heard the message at least twice: ${JSON.stringify(heardMessage(await readWav(file), plan.message))}`,
      )
    }
    const [stream] = loudspeaker.streams
    t.is(stream?.lost, 0)
    t.is(timesOnLoudspeaker(loudspeaker, plan.message), 3)
    t.true(timesInFull(amplifierSound(pins), plan.message) >= 3)

    const status = await box.ask<{ alarm: string }>('alarms/acknowledge', { alarm: alarm?.id })
    t.like(status as object, { state: 'acknowledged' })
    await box.ask('alarms/clear', { alarm: alarm?.id })
    await until('the strobe is dark', () => !pins.isOn(plan.strobe))
  },
)

test.serial(
  'with the supervisor frozen, the strobe lights and the board speaks; when it wakes, the alarm is raised and paged',
  async t => {
    const { box, plant, pins, loudspeaker } = await scene(t)
    const [, plan] = plant.plans
    if (plan === undefined) throw new Error('no plan')
    box.signal('supervisor', 'SIGSTOP')
    const pressed = await pins.press(plan.inputs[0] ?? '', 500)
    await pins.waitFor(plan.strobe, { on: true, since: pressed.at, milliseconds: 20_000 })
    await until('the board says the message by itself', () => timesInFull(amplifierSound(pins), plan.message) >= 1, {
      seconds: 30,
      everyMilliseconds: 250,
    })
    box.signal('supervisor', 'SIGCONT')
    await settled(box)
    t.is((await alarmsOf(box)).length, 1)
    t.true(timesOnLoudspeaker(loudspeaker, plan.message) >= 1, JSON.stringify(loudspeaker.streams))
  },
)

test.serial('with the supervisor killed as the button goes down, nothing is lost and nothing doubled', async t => {
  const { box, plant, pins, loudspeaker } = await scene(t)
  const [, , plan] = plant.plans
  if (plan === undefined) throw new Error('no plan')
  const pressed = pins.move(plan.inputs[0] ?? '', 'press')
  box.signal('supervisor', 'SIGKILL')
  await pins.waitFor(plan.strobe, { on: true, since: pressed.at, milliseconds: 20_000 })
  await new Promise(resolve => setTimeout(resolve, 300))
  pins.move(plan.inputs[0] ?? '', 'release')
  await box.ready()
  await settled(box)
  const alarms = await alarmsOf(box)
  t.is(alarms.length, 1)
  t.is(alarms[0]?.presses.length, 1)
  t.deepEqual(
    alarms[0]?.steps.map(step => [step.action.kind, step.state, step.error]),
    [
      ['page', 'done', undefined],
      ['strobe', 'done', undefined],
      ['relay', 'done', undefined],
      ['notify', 'done', undefined],
    ],
  )
  t.true(timesOnLoudspeaker(loudspeaker, plan.message) >= 1, JSON.stringify(loudspeaker.streams))
})

test.serial('a button held down while the board is dead is a press when it is back', async t => {
  const { box, plant, pins } = await scene(t)
  const [, , , plan] = plant.plans
  if (plan === undefined) throw new Error('no plan')
  box.signal('board', 'SIGKILL')
  const input = plan.inputs[0] ?? ''
  const pressed = pins.move(input, 'press')
  await pins.waitFor(plan.strobe, { on: true, since: pressed.at, milliseconds: 20_000 })
  pins.move(input, 'release')
  await settled(box)
  const [alarm] = await alarmsOf(box)
  t.is(alarm?.presses.length, 1)
})
