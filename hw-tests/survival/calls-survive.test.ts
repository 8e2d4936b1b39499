// The supervisor is killed while people talk, ring, page and are alarmed: what was up stays up, and what was known is known.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { heardMessage } from '../audio/message.ts'
import { RtpListener } from '../audio/rtp-listener.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty, engineOf } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { PhoneCrowd } from '../phones/phone-crowd.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'
import { openPinsWitness } from '../witness/pins.ts'
import { witnessPlant } from '../witness/plant.ts'

const CALLS = 20

interface Line {
  readonly authName: string
  readonly bindings: readonly { readonly host: string; readonly port: number; readonly state: string }[]
}
interface CallRecord {
  readonly from_number: string
  readonly cause: string | null
  readonly answered_at: number | null
  readonly ended_at: number | null
}

async function freshBox(t: ExecutionContext): Promise<TestBox> {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  return box
}

/** Ends the supervisor as a power surge would; resolves when its successor answers. */
async function killed(box: TestBox): Promise<void> {
  const before = box.pidOf('supervisor')
  process.kill(before, 'SIGKILL')
  await until('another supervisor runs', () => box.pidOf('supervisor') !== before)
  await box.ready()
}

/** Where each line is registered, without what time changes. */
async function registrations(box: TestBox): Promise<unknown[]> {
  const { lines } = await box.ask<{ lines: Line[] }>('registrar/phones')
  return lines
    .map(({ authName, bindings }) => [authName, bindings.map(({ host, port }) => `${host}:${port}`)])
    .sort(([a], [b]) => String(a).localeCompare(String(b)))
}

/** Resolves when these lines' registrations would outlive the process: a tenth of a second after they were made. */
async function kept(box: TestBox, lines: readonly string[]): Promise<void> {
  const directory = join(box.data, 'live')
  const written = () => {
    const text = readdirSync(directory).map(name => readFileSync(join(directory, name), 'utf8'))
    return lines.every(line => text.some(one => one.includes(line)))
  }
  await until('the registrations are written', written)
}

const liveAlarms = async (box: TestBox) => (await box.ask<{ alarms: Alarm[] }>('alarms/live')).alarms
const recordsOf = async (box: TestBox) => (await box.ask<{ calls: CallRecord[] }>('call-records/search')).calls
const portsOf = async (box: TestBox) => (await engineOf(box)).legs.map(({ leg, rtpPort }) => `${leg} ${rtpPort}`).sort()

async function crowdOf(t: ExecutionContext, box: TestBox, numbers: readonly string[]): Promise<PhoneCrowd> {
  const crowd = await PhoneCrowd.start({
    lines: numbers.map(user => ({ user, password: `secret-of-${user}` })),
    registrar: { host: box.host, port: box.sipPort },
  })
  t.teardown(() => crowd.kill())
  const answers = await crowd.register()
  t.true(answers.every(({ status }) => status === 200))
  return crowd
}

test.serial(
  'twenty calls and one outlive the supervisor: same ports, hold, BYE, registrations, alarm, records',
  async t => {
    const box = await freshBox(t)
    const [callers, callees] = [0, 1].map(side => Array.from({ length: CALLS }, (_, n) => `${300 + 100 * side + n}`))
    if (callers === undefined || callees === undefined) throw new Error('no numbers')
    await box.stations(['201', '202', ...callers, ...callees])
    const crowd = await crowdOf(t, box, [...callers, ...callees])
    for (const [n, caller] of callers.entries()) await crowd.place(caller, callees[n] ?? '', { talks: true })
    await crowd.next('first-rtp', CALLS, 30)
    const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
    const call = await talk(a, b)
    await hearEachOther(t, a, b)
    const pins = openPinsWitness({ run: box.run })
    t.teardown(() => pins.close())
    // Only outputs: what its page does to phones that talk is not the matter here.
    const medical = (await box.resources<{ id: string; rev: number; name: string }>('plan')).find(
      one => one.name === 'Medical',
    )
    if (medical === undefined) throw new Error('a fresh box has a plan for it')
    const { id: plan, rev, ...value } = medical
    const steps = [{ kind: 'strobe', params: { outputs: ['strobe-1'], blink: false } }]
    await box.change('strobes only', [{ op: 'put', kind: 'plan', id: plan, rev, value: { ...value, steps } }])
    await box.ask('alarms/raise', { plan })
    await until('the strobe is lit', () => pins.isOn('strobe-1'))

    const before = { ports: await portsOf(box), registrations: await registrations(box), alarms: await liveAlarms(box) }
    t.is(before.ports.length, 2 * (CALLS + 1))
    const heard = async () =>
      new Map((await crowd.calls()).filter(one => one.direction === 'in').map(one => [one.line, one.rtpPackets]))
    const atKill = await heard()
    const killedAt = performance.now()
    box.signal('supervisor', 'SIGKILL')
    const goesOn = async () => {
      const now = await heard()
      return [...atKill].every(([line, packets]) => (now.get(line) ?? 0) >= packets + 25)
    }
    await until('all calls are relayed again', goesOn, { seconds: 30, everyMilliseconds: 50 })
    const gap = Math.max(...(await crowd.calls()).map(one => one.longestRtpGapMs))
    const after = Math.round(performance.now() - killedAt)
    t.log(`longest silence of ${CALLS} calls: ${Math.round(gap)} ms; half a second was heard by all after ${after} ms`)
    await box.ready()

    t.deepEqual(await portsOf(box), before.ports)
    t.deepEqual(await registrations(box), before.registrations)
    t.deepEqual(
      (await liveAlarms(box)).map(({ id, state, presses }) => ({ id, state, presses })),
      before.alarms.map(({ id, state, presses }) => ({ id, state, presses })),
    )
    t.true(pins.isOn('strobe-1'))
    await hearEachOther(t, a, b)
    await a.phone.hold()
    await b.phone.next('media', { where: ({ status }) => status === 'held-there' })
    await a.untilQuiet()
    t.deepEqual((await b.hearsFor(1000, a.melody)).tones, [])
    await a.phone.resume()
    await b.phone.next('media', { where: ({ status }) => status === 'active' })
    await hearEachOther(t, a, b)
    await call.hangUp()
    for (const caller of callers.slice(0, CALLS / 2)) await crowd.hangup(caller)
    for (const callee of callees.slice(CALLS / 2)) await crowd.hangup(callee)
    await crowd.next('ended', 2 * CALLS, 20)
    await engineIsEmpty(box)
    const records = await recordsOf(box)
    t.is(records.length, CALLS + 1)
    t.true(
      records.every(one => one.cause === 'answered' && one.answered_at !== null && one.ended_at !== null),
      JSON.stringify(records.map(one => one.cause)),
    )
  },
)

test.serial(
  'a call that rang when the supervisor died is refused at once, rings nowhere, and can be dialled again',
  async t => {
    const box = await freshBox(t)
    const stations = await box.stations(['201', '202'])
    const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
    await kept(
      box,
      stations.map(one => one.line),
    )
    const call = await a.phone.call('202')
    const first = await b.phone.nextCall()
    await call.next('ringing')
    // A record follows its call by some fifty milliseconds.
    await until('the call has a record', async () => (await recordsOf(box)).length === 1, {
      seconds: 10,
      everyMilliseconds: 50,
    })
    await killed(box)
    t.is((await call.whenEnded(20)).status, 503)
    t.is((await first.whenEnded(20)).status, 487)
    const again = await talk(a, b)
    await hearEachOther(t, a, b)
    await again.hangUp()
    await engineIsEmpty(box)
    t.deepEqual(
      (await recordsOf(box)).map(one => one.cause),
      ['answered', 'interrupted'],
    )
  },
)

test.serial('a page that was under way when the supervisor died is heard whole afterwards', async t => {
  const box = await freshBox(t)
  const group = `239.192.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
  const loudspeaker = await RtpListener.open({ port: 5014, group })
  t.teardown(() => loudspeaker.close())
  const plant = await witnessPlant(box, { numbers: ['201'], group, port: 5014, repeats: 3 })
  const crowd = await crowdOf(t, box, ['201'])
  const [plan] = plant.plans
  if (plan === undefined) throw new Error('no plan')
  await box.ask('alarms/raise', { plan: plan.id })
  await loudspeaker.whenHeard(40, 20)
  await crowd.next('first-rtp', 1)
  await killed(box)
  const done = async () => {
    const [alarm] = await liveAlarms(box)
    return alarm?.steps.every(step => step.state === 'done') === true
  }
  await until('every step of the alarm is done', done, { seconds: 40, everyMilliseconds: 100 })
  const times = loudspeaker.streams.map(({ ssrc }) => heardMessage(loudspeaker.sound(ssrc), plan.message).timesInFull)
  t.true(Math.max(...times) >= 3, `the loudspeaker heard it ${times.join(' and ')} times`)
  t.is((await liveAlarms(box)).length, 1)
  await engineIsEmpty(box)
})

test.serial(
  'a box that is stopped in good order and started again knows its phones and settings, and has no call',
  async t => {
    const box = await freshBox(t)
    await box.stations(['201', '202'])
    const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
    await talk(a, b)
    const call = [a.phone.current, b.phone.current] as const
    const extensions = await box.resources('extension')
    const known = await registrations(box)
    await box.stop({ keep: true })
    for (const one of call) await one.whenEnded(15)
    await box.launch()
    t.deepEqual(await box.resources('extension'), extensions)
    t.deepEqual(await registrations(box), known)
    t.deepEqual((await box.ask<{ calls: object[] }>('calls/live')).calls, [])
    await engineIsEmpty(box)
    const again = await talk(a, b)
    await hearEachOther(t, a, b)
    await again.hangUp()
    const closed = async () => (await recordsOf(box)).every(one => one.cause !== null)
    await until('every call has its end', closed, { seconds: 40, everyMilliseconds: 500 })
    const records = await recordsOf(box)
    t.is(records.length, 2)
    t.is(records[0]?.cause, 'answered')
    t.log(`the call that the stop ended: ${records[1]?.cause}`)
  },
)
