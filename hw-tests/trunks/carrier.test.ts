// The outside world as it is: SIPp as carriers of every mood, and a second box as a carrier with a voice.
import test, { type ExecutionContext } from 'ava'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { Sipp, type SippOptions } from '../phones/sipp.ts'
import { answeringParty, callingParty, dyingParty, overloadedParty, refusingParty } from '../phones/sipp-scenarios.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'

/** Carriers have addresses of their own, as they do in the world. */
const CARRIER = '127.0.0.2'
const SPARE = '127.0.0.3'
const OUTSIDE = '93135550100'

async function boxOf(t: ExecutionContext, o: Parameters<typeof TestBox.start>[0] = {}): Promise<TestBox> {
  const box = await TestBox.start(o)
  t.teardown(() => box.stop())
  return box
}

async function carrier(t: ExecutionContext, scenario: string, o: Partial<SippOptions> = {}): Promise<Sipp> {
  const sipp = await Sipp.start({ scenario, host: CARRIER, calls: 1, timeoutSeconds: 120, ...o })
  t.teardown(() => sipp.stop())
  return sipp
}

/** Asked nothing while nobody calls: SIPp counts a question as a call that went wrong. */
const trunkTo = (o: { name: string; host: string; port: number; priority?: number }) => ({
  transport: 'udp',
  heartbeatSeconds: 0,
  ...o,
})

interface TrunkState {
  readonly name: string
  readonly health: string
  readonly out: number
  readonly in: number
  readonly failed: number
}
const statesOf = async (box: TestBox) => (await box.ask<{ trunks: TrunkState[] }>('trunks/state')).trunks

/** A box with a phone that registers, a rule, and these trunks in this order. */
async function plant(t: ExecutionContext, trunks: readonly (readonly [host: string, port: number])[]) {
  const box = await boxOf(t)
  await box.stations(['201'])
  for (const [at, [host, port]] of trunks.entries())
    await box.put('trunk', trunkTo({ name: `Carrier ${at + 1}`, host, port, priority: 10 * (at + 1) }))
  await box.put('outbound-rule', { name: 'Outside' })
  return { box, phone: await Voice.registered(t, box, '201') }
}

test.serial('a call goes out to a carrier that answers, and ends', async t => {
  const sipp = await carrier(t, answeringParty, { echo: true })
  const { box, phone } = await plant(t, [[CARRIER, sipp.port]])
  const call = await phone.phone.call(OUTSIDE)
  await call.whenAnswered()
  await call.hangup()
  t.like(await sipp.whenDone(), { succeeded: 1, failed: 0 })
  t.like((await statesOf(box))[0], { health: 'healthy', out: 1, failed: 0 })
  await engineIsEmpty(box)
})

test.serial('a carrier that is busy says so to the caller, and the spare one is not asked', async t => {
  const [first, second] = [await carrier(t, refusingParty), await carrier(t, answeringParty, { host: SPARE })]
  const { box, phone } = await plant(t, [
    [CARRIER, first.port],
    [SPARE, second.port],
  ])
  const call = await phone.phone.call(OUTSIDE)
  t.is((await call.whenEnded()).status, 486)
  t.like(await first.whenDone(), { succeeded: 1, failed: 0 })
  t.deepEqual(
    (await statesOf(box)).map(({ out }) => out),
    [1, 0],
  )
  await engineIsEmpty(box)
})

for (const [what, scenario] of [
  ['is overloaded', overloadedParty],
  ['says that it tries and dies', dyingParty],
] as const)
  test.serial(`a carrier that ${what} is passed over: the spare one carries the call`, async t => {
    const [first, second] = [await carrier(t, scenario), await carrier(t, answeringParty, { host: SPARE })]
    const { box, phone } = await plant(t, [
      [CARRIER, first.port],
      [SPARE, second.port],
    ])
    const call = await phone.phone.call(OUTSIDE)
    await call.whenAnswered()
    await call.hangup()
    t.like(await second.whenDone(), { succeeded: 1, failed: 0 })
    t.like(await first.whenDone(), { succeeded: 1, failed: 0 })
    const [state] = await statesOf(box)
    t.like(state, { health: 'warning', out: 1, failed: 1 })
    await engineIsEmpty(box)
  })

test.serial('a carrier that nobody hears of is passed over', async t => {
  const second = await carrier(t, answeringParty, { host: SPARE })
  const { box, phone } = await plant(t, [
    [CARRIER, 9],
    [SPARE, second.port],
  ])
  const call = await phone.phone.call(OUTSIDE)
  await call.whenAnswered()
  await call.hangup()
  t.like(await second.whenDone(), { succeeded: 1, failed: 0 })
  t.deepEqual(
    (await statesOf(box)).map(({ failed }) => failed),
    [1, 0],
  )
  await engineIsEmpty(box)
})

test.serial(
  'a carrier calls in without a password and reaches a number; who is no carrier is asked for one',
  async t => {
    const box = await boxOf(t)
    const [station] = await box.stations(['201'])
    const answers = await Voice.registered(t, box, '201')
    await box.put('trunk', trunkTo({ name: 'Carrier', host: CARRIER, port: 5060 }))
    const destination = { kind: 'extension', id: station?.extension }
    await box.put('inbound-number', { number: '+13135550100', name: 'Office', destination })
    const to = box.registrar
    const calls = Sipp.start({ scenario: callingParty, to, host: CARRIER, calls: 1, service: '3135550100' })
    const incoming = await answers.phone.nextCall()
    await incoming.answer()
    t.like(await (await calls).whenDone(), { succeeded: 1, failed: 0 })
    await incoming.whenEnded()
    const stranger = await Sipp.start({ scenario: callingParty, to, host: SPARE, calls: 1, service: '3135550100' })
    t.like(await stranger.whenDone(), { succeeded: 0, failed: 1 })
    t.like((await statesOf(box))[0], { in: 1 })
    await engineIsEmpty(box)
  },
)

test.serial('two boxes are each other’s carrier: people hear each other, whoever calls', async t => {
  const [here, there] = [await boxOf(t), await boxOf(t, { host: CARRIER })]
  const voices: Voice[] = []
  for (const [box, other, number, outside] of [
    [here, there, '201', '+13135550201'],
    [there, here, '301', '+13135550301'],
  ] as const) {
    const [station] = await box.stations([number])
    const trunk = { name: 'Other plant', host: other.host, port: other.sipPort, transport: 'udp' }
    await box.put('trunk', { ...trunk, callerNumber: outside, heartbeatSeconds: 1 })
    await box.put('outbound-rule', { name: 'Outside' })
    const destination = { kind: 'extension', id: station?.extension }
    await box.put('inbound-number', { number: outside, name: 'Post', destination })
    voices.push(await Voice.registered(t, box, number))
  }
  const [a, b] = voices as [Voice, Voice]
  for (const [caller, callee, number] of [
    [a, b, '93135550301'],
    [b, a, '+13135550201'],
  ] as const) {
    const call = await talk(caller, callee, number)
    await hearEachOther(t, caller, callee)
    await call.hangUp()
  }
  for (const box of [here, there]) {
    const asked = async () => (await statesOf(box)).every(({ health }) => health === 'healthy')
    await until('both trunks are healthy', asked)
    await engineIsEmpty(box)
  }
})

test.serial(
  'a box registers at another like a phone, proves itself there, and is called where it registered',
  async t => {
    const [here, there] = [await boxOf(t), await boxOf(t, { host: CARRIER })]
    const [station] = await here.stations(['201'])
    const [account] = await there.stations(['301', '302'])
    const trunk = { name: 'Carrier', host: there.host, port: there.sipPort, transport: 'udp', heartbeatSeconds: 0 }
    const id = await here.newId('trunk')
    const value = { ...trunk, username: '301', registers: true, registerSeconds: 60 }
    const secrets = { secret: account?.secret ?? '' }
    await here.change('a trunk', [{ op: 'put', kind: 'trunk', id, value, secrets }])
    await here.put('outbound-rule', { name: 'Outside' })
    const otherwise = { kind: 'extension', id: station?.extension }
    await here.change('calls in', [{ op: 'settings', feature: 'inbound', value: { otherwise } }])
    const state = async () =>
      (await here.ask<{ trunks: { registration: string }[] }>('trunks/state')).trunks[0]?.registration
    await until('it is registered', async () => (await state()) === 'registered')
    const [a, b] = [await Voice.registered(t, here, '201'), await Voice.registered(t, there, '302')]
    for (const [caller, callee, number] of [
      [a, b, '9302'],
      [b, a, '301'],
    ] as const) {
      const call = await talk(caller, callee, number)
      await hearEachOther(t, caller, callee)
      await call.hangUp()
    }
    for (const box of [here, there]) await engineIsEmpty(box)
  },
)

interface HelpRecord {
  readonly dialled: string
  readonly answered_by: string | null
  readonly ended_at: number | null
}
const helpRecords = async (box: TestBox) => (await box.ask<{ calls: HelpRecord[] }>('emergency-calls/history')).calls

test.serial('911 leaves the plant by a carrier that takes it, and the record says who answered', async t => {
  const sipp = await carrier(t, answeringParty, { echo: true })
  const { box, phone } = await plant(t, [[CARRIER, sipp.port]])
  const call = await phone.phone.call(`sip:911@${box.registrar}`)
  await call.whenAnswered()
  await call.hangup()
  t.like(await sipp.whenDone(), { succeeded: 1, failed: 0 })
  await until('the record is closed', async () => (await helpRecords(box))[0]?.ended_at != null, { seconds: 30 })
  const [record] = await helpRecords(box)
  t.like(record, { dialled: '911', answered_by: 'Carrier 1 911' })
  await engineIsEmpty(box)
})

test.serial('911 that no carrier takes rings in the plant, and both hear each other', async t => {
  const first = await carrier(t, overloadedParty)
  const { box, phone } = await plant(t, [[CARRIER, first.port]])
  await box.stations(['203'])
  const guard = await Voice.registered(t, box, '203')
  const call = await phone.phone.call(`sip:911@${box.registrar}`)
  const incoming = await guard.phone.nextCall(60)
  await incoming.answer()
  await call.whenAnswered(40)
  await hearEachOther(t, phone, guard)
  await call.hangup()
  await incoming.whenEnded(40)
  t.like(await first.whenDone(), { succeeded: 1, failed: 0 })
  await engineIsEmpty(box)
})
