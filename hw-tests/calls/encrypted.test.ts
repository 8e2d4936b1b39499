// Phones that encrypt their signalling: of two makes, with phones that do not, calling for help, and over the death of the
// supervisor.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { makeAuthority } from '../../firmware/platform/http/certificate.ts'
import { heardSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { writeWav } from '../audio/wav.ts'
import { recorded, scene } from '../emergency/scene.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { Baresip } from '../phones/baresip.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'

async function boxWith(t: ExecutionContext): Promise<TestBox> {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  await box.stations(['201', '202'])
  return box
}

async function folderOf(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'encrypted-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

const overTls = (t: ExecutionContext, box: TestBox, number: string) => {
  const { registrar, ...way } = box.encrypted
  return Voice.registered(t, box, number, { ...way, registrar: `sip:${registrar};transport=tls` })
}

interface PhonesNow {
  readonly lines: readonly {
    readonly authName: string
    readonly bindings: readonly { transport: string; state: string }[]
  }[]
}
const transportOf = async (box: TestBox, number: string) =>
  (await box.ask<PhonesNow>('registrar/phones')).lines.find(line => line.authName === number)?.bindings[0]

test.serial('a phone that encrypts and one that does not hear each other, whoever calls', async t => {
  const box = await boxWith(t)
  const a = await overTls(t, box, '201')
  const b = await Voice.registered(t, box, '202')
  t.deepEqual([(await transportOf(box, '201'))?.transport, (await transportOf(box, '202'))?.transport], ['tls', 'udp'])
  for (const [caller, callee] of [
    [a, b],
    [b, a],
  ] as const) {
    const call = await talk(caller, callee)
    await hearEachOther(t, caller, callee)
    await call.hangUp()
  }
  await engineIsEmpty(box)
})

test.serial('a phone that believes another authority does not speak with the box', async t => {
  const box = await boxWith(t)
  const caFile = join(await folderOf(t), 'other.crt')
  await writeFile(caFile, (await makeAuthority('another', Date.now())).certificate)
  const { registrar } = box.encrypted
  const phone = await Voice.start(t, 201, {
    user: '201',
    password: 'secret-of-201',
    registrar: `sip:${registrar};transport=tls`,
    host: box.host,
    transport: 'tls',
    caFile,
  })
  await t.throwsAsync(phone.phone.register())
  t.is(await transportOf(box, '201'), undefined)
})

test.serial('baresip registers over TLS, calls a phone without, and both hear each other', async t => {
  const box = await boxWith(t)
  const folder = await folderOf(t)
  const melodies = [toneSequence(21), toneSequence(22)] as const
  const start = async (index: 0 | 1, o: Partial<Parameters<typeof Baresip.start>[0]>) => {
    const user = index === 0 ? '201' : '202'
    const says = join(folder, `${user}.wav`)
    await writeWav(says, toneSound(melodies[index], 8000))
    const phone = await Baresip.start({
      user,
      password: `secret-of-${user}`,
      registrar: box.registrar,
      says,
      ...o,
    })
    t.teardown(() => phone.stop())
    await phone.whenRegistered()
    return phone
  }
  const a = await start(0, box.encrypted)
  const b = await start(1, { answers: 'auto' })
  t.is((await transportOf(box, '201'))?.transport, 'tls')
  await a.dial(`sip:202@${box.encrypted.registrar};transport=tls`)
  await Promise.all([a.next('CALL_ESTABLISHED'), b.next('CALL_ESTABLISHED')])
  await Promise.all([a.heardAtLeast(4500), b.heardAtLeast(4500)])
  await a.hangup()
  await b.next('CALL_CLOSED')
  const [atA, atB] = [heardSequence(await a.heard(), melodies[1]), heardSequence(await b.heard(), melodies[0])]
  t.true(atA.times >= 1, `201 heard ${JSON.stringify(atA)}`)
  t.true(atB.times >= 1, `202 heard ${JSON.stringify(atB)}`)
  await engineIsEmpty(box)
})

test.serial(
  'a call of a phone that encrypts outlives the supervisor: both hear each other, and it can be ended',
  async t => {
    const box = await boxWith(t)
    const a = await overTls(t, box, '201')
    const b = await Voice.registered(t, box, '202')
    const call = await talk(a, b)
    await hearEachOther(t, a, b)
    const before = box.pidOf('supervisor')
    box.signal('supervisor', 'SIGKILL')
    await until('a new supervisor', () => box.pidOf('supervisor') !== before, { seconds: 60 })
    await box.ready()
    await hearEachOther(t, a, b)
    await until('the phone to be back', async () => (await transportOf(box, '201'))?.state === 'registered', {
      seconds: 120,
    })
    await hearEachOther(t, a, b)
    await call.hangUp()
    await engineIsEmpty(box)
  },
)

test.serial('a call for help over TLS reaches the guard, and both hear each other', async t => {
  const { box, guard } = await scene(t)
  const caller = await overTls(t, box, '201')
  const call = await caller.phone.call('911')
  const incoming = await guard.phone.nextCall(20)
  await incoming.answer()
  await call.whenAnswered()
  await hearEachOther(t, caller, guard)
  await call.hangup()
  await incoming.whenEnded()
  const record = await recorded(box, 'the end', one => one.ended_at !== null)
  t.like(record, { dialled: '911', call_back: '201' })
  await engineIsEmpty(box)
})
