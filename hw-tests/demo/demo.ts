// The story of the box, played by real phones on this machine: a call, a press, a supervisor that dies, a call for help.
// `npm run demo` plays it and ends; `npm run demo -- --stay` leaves the box running so that its pages can be looked at.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { heardMessage } from '../audio/message.ts'
import { RtpListener } from '../audio/rtp-listener.ts'
import { heardSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { readWav, writeWav } from '../audio/wav.ts'
import { type Station, TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { openPinsWitness } from '../witness/pins.ts'
import { witnessPlant } from '../witness/plant.ts'

const GROUP = '239.192.77.1'
const PORT = 5020

const chapter = (text: string) => console.log(`\n\x1b[1m${text}\x1b[0m`)
const happened = (text: string) => console.log(`  \x1b[32m✓\x1b[0m ${text}`)
const folder = await mkdtemp(join(tmpdir(), 'plant-pbx-demo-'))
const closing: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })]

try {
  await play()
} catch (error) {
  console.error(`\n  \x1b[31m✗\x1b[0m ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  for (const close of closing.reverse()) await close()
}

async function play(): Promise<void> {
  chapter('A box starts')
  const box = await TestBox.start()
  closing.push(() => box.stop())
  happened(`SIP on ${box.registrar}, pages on https://${box.host}:${box.webPort}`)
  happened(/Sign in as .*/.exec(box.output)?.[0] ?? 'users exist already')
  const plant = await witnessPlant(box, { numbers: ['201', '202', '500'], group: GROUP, port: PORT, repeats: 2 })
  await helpPlan(box, plant.stations)
  const loudspeaker = await RtpListener.open({ port: PORT, group: GROUP, host: '127.0.0.1' })
  closing.push(() => loudspeaker.close())
  const pins = openPinsWitness({ run: box.run })
  closing.push(() => pins.close())

  chapter('Two phones register and talk')
  const [anna, ben, guard] = await Promise.all(plant.stations.map(station => phoneOf(box, station)))
  if (anna === undefined || ben === undefined || guard === undefined) throw new Error('the demo needs three phones')
  happened('201, 202 and 500 are registered')
  await melodyThrough(anna, ben)

  chapter('A panic button is pressed')
  const [first, second] = plant.plans
  if (first === undefined || second === undefined) throw new Error('a fresh box has four plans')
  await anna.record(join(folder, 'page.wav'))
  const pressed = await pins.press(first.inputs[0] ?? '', 400)
  const lit = await pins.waitFor(first.strobe, { on: true, since: pressed.at, milliseconds: 2000 })
  happened(`the strobe lit ${(lit.at - pressed.at).toFixed(1)} ms after the press`)
  const alarm = await alarmDone(box)
  await anna.stopRecording()
  happened(
    `phone 201 heard the message in full ${heardMessage(await readWav(join(folder, 'page.wav')), first.message).timesInFull} times`,
  )
  happened(
    `the loudspeaker heard it ${heardMessage(loudspeaker.sound(), first.message).timesInFull} times, ${loudspeaker.streams[0]?.lost ?? 0} packets lost`,
  )
  await allClear(box, alarm)
  happened('all clear: the strobe is dark')

  chapter('The supervisor is killed, and a button is pressed before it is back')
  box.signal('supervisor', 'SIGKILL')
  const again = await pins.press(second.inputs[0] ?? '', 400)
  const reflex = await pins.waitFor(second.strobe, { on: true, since: again.at, milliseconds: 2000 })
  happened(`the board lit the strobe by itself, ${(reflex.at - again.at).toFixed(1)} ms after the press`)
  await box.ready()
  const late = await alarmDone(box)
  happened(
    `the supervisor is back and raised the alarm: ${late.plan.name}, ${late.presses.length} press, every step done`,
  )
  await allClear(box, late)

  chapter('Somebody dials 911')
  const call = await ben.call('911')
  let incoming = await guard.nextCall()
  // The pages of before rang this phone too; they are over.
  while (incoming.ended !== undefined) incoming = await guard.nextCall()
  const screen = await guard.next('message', { where: ({ body }) => body.startsWith('EMERGENCY') })
  happened(`the guard’s phone rings; its screen: ${screen.body}`)
  await incoming.answer()
  await call.whenAnswered()
  happened('they talk')
  await call.hangup()

  if (!process.argv.includes('--stay')) return
  chapter(`The box goes on: https://${box.host}:${box.webPort} — Ctrl-C ends it`)
  await new Promise(resolve => process.once('SIGINT', resolve))
}

/** The guard answers emergency calls, and sees them on the screen. */
async function helpPlan(box: TestBox, stations: readonly Station[]): Promise<void> {
  const guard = stations.at(-1)
  await box.put('emergency-plan', { name: 'Gate', answeringPoints: [guard?.extension], screens: [guard?.device] })
}

async function phoneOf(box: TestBox, { number: user, secret: password }: Station): Promise<Softphone> {
  const phone = await Softphone.start({ user, password, registrar: `sip:${box.registrar}` })
  closing.push(() => phone.stop())
  await phone.register()
  return phone
}

async function melodyThrough(anna: Softphone, ben: Softphone): Promise<void> {
  const melody = toneSequence(7)
  await writeWav(join(folder, 'melody.wav'), toneSound(melody))
  await anna.play(join(folder, 'melody.wav'), { loop: true })
  await ben.record(join(folder, 'heard.wav'))
  const call = await anna.call('202')
  const incoming = await ben.nextCall()
  await incoming.answer()
  await call.whenAnswered()
  await until('202 hears a melody', async () => ((await ben.current.stats()).packetsReceived ?? 0) >= 190, {
    seconds: 15,
    everyMilliseconds: 100,
  })
  await call.hangup()
  await incoming.whenEnded()
  await ben.stopRecording()
  await anna.stopPlaying()
  const heard = heardSequence(await readWav(join(folder, 'heard.wav')), melody)
  happened(`202 heard the melody of 201: ${heard.times} times whole, longest gap ${heard.longestGapMs} ms`)
}

async function alarmDone(box: TestBox): Promise<Alarm> {
  let found: Alarm | undefined
  await until(
    'every step of the alarm is done',
    async () => {
      const { alarms } = await box.ask<{ alarms: Alarm[] }>('alarms/live')
      found = alarms.find(alarm => alarm.ended === undefined && alarm.steps.every(step => step.state === 'done'))
      return found !== undefined
    },
    { seconds: 30, everyMilliseconds: 100 },
  )
  if (found === undefined) throw new Error('no alarm')
  return found
}

async function allClear(box: TestBox, alarm: Alarm): Promise<void> {
  await box.ask('alarms/clear', { alarm: alarm.id })
}
