// Calls that phones of other makes send on: baresip hands one on, SIPp sends one elsewhere and takes one that rings. Judged by
// who hears whom afterwards.
import test from 'ava'
import { caller, registration } from '../bench/sip-scenarios.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { freeMediaPort } from '../lab/free-port.ts'
import { until } from '../lab/until.ts'
import { Baresip } from '../phones/baresip.ts'
import { LampPhone } from '../phones/lamp-phone.ts'
import { runSipp, Sipp } from '../phones/sipp.ts'
import { sendingParty } from '../phones/sipp-scenarios.ts'
import { speaker } from '../phones/speaker.ts'

const context: { box?: TestBox } = {}
test.before(async () => {
  context.box = await TestBox.start()
  await context.box.stations(['201', '202', '203', '204'])
})
test.after.always(async () => context.box?.stop())

const theBox = (): TestBox => {
  if (context.box === undefined) throw new Error('the box did not start')
  return context.box
}
const login = (number: string) => `[authentication username=${number} password=secret-of-${number}]`

interface Row {
  readonly notes: string
  readonly answered_by: string | null
  readonly cause: string | null
}
const latest = async () => (await theBox().ask<{ calls: Row[] }>('call-records/search')).calls[0]

test.serial('baresip hands its call on: the two who remain hear one another, and it is let go', async t => {
  const box = theBox()
  const [a, c] = [await speaker(t, box, '201'), await speaker(t, box, '203')]
  const between = await Baresip.start({
    user: '204',
    password: 'secret-of-204',
    registrar: box.registrar,
    answers: 'auto',
  })
  t.teardown(() => between.stop())
  await between.whenRegistered()
  const call = await a.phone.call('204')
  await call.whenAnswered()
  await between.next('CALL_ESTABLISHED')
  await between.transfer(`sip:203@${box.registrar}`)
  const third = await c.phone.nextCall()
  await third.answer()
  await between.next('CALL_CLOSED')
  await a.hears('203')
  await c.hears('201')
  await call.hangup()
  await third.whenEnded()
  await engineIsEmpty(box)
})

test.serial(
  'SIPp sends a caller elsewhere (302): the box dials there itself, for whom it knows, not for whom is named',
  async t => {
    const box = theBox()
    const [a, c] = [await speaker(t, box, '201'), await speaker(t, box, '203')]
    const sends = await Sipp.start({
      scenario: sendingParty,
      calls: 1,
      keys: { elsewhere: `sip:203@${box.registrar}`, diversion: `sip:+18005550199@${box.registrar}` },
    })
    const rows = [['202', login('202'), String(sends.port)]]
    t.is((await runSipp({ to: box.registrar, scenario: registration, calls: 1, rows })).succeeded, 1)
    const call = await a.phone.call('202')
    const third = await c.phone.nextCall()
    await third.answer()
    await call.whenAnswered()
    t.is((await sends.whenDone()).succeeded, 1)
    await a.hears('203')
    await c.hears('201')
    await call.hangup()
    await third.whenEnded()
    await until('the record is closed', async () => (await latest())?.cause === 'answered')
    const row = await latest()
    t.is(row?.answered_by, 'Post 203 203')
    t.false(JSON.stringify(row).includes('18005550199'))
    await engineIsEmpty(box)
  },
)

test.serial(
  'SIPp takes a call that rings elsewhere (Replaces): the caller hears it, the phone that rang is quiet',
  async t => {
    const box = theBox()
    const [a, b] = [await speaker(t, box, '201'), await speaker(t, box, '203')]
    const lamp = await (await LampPhone.start(t, box, '204')).watch('dialog', '203')
    const call = await a.phone.call('203')
    const ringing = await b.phone.nextCall()
    await lamp.shows('early')
    const contact = 'Contact: <sip:[field0]@[local_ip]:[local_port]>'
    const port = await freeMediaPort()
    const takes = await Sipp.start({
      to: box.registrar,
      scenario: caller.replaceAll(contact, `${contact}\nReplaces: [replaces]`),
      calls: 1,
      keys: { replaces: lamp.replaces },
      rows: [['204', login('204'), '203', String(port)]],
      echo: true,
      more: ['-mp', String(port), '-d', '8000'],
    })
    await call.whenAnswered()
    t.is((await ringing.whenEnded()).status, 487)
    // What comes back is what it says itself.
    await a.hears('201')
    await call.whenEnded()
    const { succeeded, failed } = await takes.whenDone()
    t.deepEqual([succeeded, failed], [1, 0])
    await engineIsEmpty(box)
  },
)
