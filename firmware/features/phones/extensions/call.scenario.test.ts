import type { ExecutionContext } from 'ava'
import { PbxError } from '../../../kernel/errors.ts'
import { explain } from '../../../platform/console/explain.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

/** Two posts with a phone each. */
async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202'], ...o })
  t.teardown(() => box.ends())
  return box
}

const MD5_OF_201 = '476a33055ec9cf8939895b0137154738'
const SHA256_OF_201 = '735f38add87511d7ac3ee41aca39ab3ef248eb54406ef3b4a7db0d8ce364ff94'

const causes = (box: Box) => box.facts('call.ended').map(fact => fact.cause)

test('a call to an extension rings its phone, is answered, heard on both sides, and ends for both', async t => {
  const box = await plant(t)
  const [caller, callee] = [box.phone('201'), box.phone('202')]
  caller.dials('202')
  await box.settles()
  t.true(callee.rings)
  t.is(callee.call?.from, '201')
  t.true(caller.call?.ringBack)
  callee.answers()
  await box.settles()
  t.true(caller.hears('202'))
  t.true(callee.hears('201'))
  callee.hangsUp()
  await box.settles()
  t.is(caller.call?.state, 'over')
  t.deepEqual(causes(box), ['answered'])
  const [ended] = box.facts('call.ended')
  t.is(Object.keys(ended?.quality ?? {}).length, 2)
})

test('the caller is told that the phone is busy', async t => {
  const box = await plant(t)
  box.phone('202').manner = 'busy'
  const call = box.phone('201').dials('202')
  await box.settles()
  t.is(call.status, 486)
  t.deepEqual(causes(box), ['busy'])
})

test('the caller is told that the phone declined', async t => {
  const box = await plant(t)
  const call = box.phone('201').dials('202')
  await box.settles()
  box.phone('202').declines()
  await box.settles()
  t.is(call.status, 603)
})

test('a phone that nobody answers stops ringing when the patience is over', async t => {
  const box = await plant(t)
  const call = box.phone('201').dials('202')
  await box.passes('29s')
  t.true(box.phone('202').rings)
  await box.passes('1s')
  t.false(box.phone('202').rings)
  t.is(call.status, 480)
  t.deepEqual(causes(box), ['no-answer'])
})

test('how long a phone rings is a setting that holds for the next call', async t => {
  const box = await plant(t)
  await box.configure('extensions', { ringSeconds: 5 })
  const call = box.phone('201').dials('202')
  await box.passes('5s')
  t.is(call.status, 480)
})

test('a caller who hangs up while it rings stops the ringing', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  box.phone('201').hangsUp()
  await box.settles()
  t.false(box.phone('202').rings)
  t.is(box.phone('202').call?.cause, 'cancelled')
  t.deepEqual(causes(box), ['cancelled'])
})

test('an extension whose phone is not registered cannot be called', async t => {
  const box = await plant(t)
  box.phone('202').unregisters()
  await box.settles()
  const call = box.phone('201').dials('202')
  await box.settles()
  t.is(call.status, 480)
  t.deepEqual(causes(box), ['unregistered'])
})

test('a number that nobody has is not found', async t => {
  const box = await plant(t)
  const call = box.phone('201').dials('299')
  await box.settles()
  t.is(call.status, 404)
})

test('a stranger without a line is refused', async t => {
  const box = await plant(t)
  const call = box.stranger('mallory').dials('202')
  await box.settles()
  t.is(call.status, 403)
  t.false(box.phone('202').rings)
})

test('all phones of an extension ring; the one that answers wins and the others learn that it was answered elsewhere', async t => {
  const box = await plant(t)
  const device = await box.put('device', { name: 'Second phone' })
  const extension = box.extensionOf('202')
  const line = await box.put('line', { authName: '202-b', device, extension, secret: 'another secret' })
  const second = box.sip.phone({ name: '202-b', line })
  second.registers()
  box.phone('201').dials('202')
  await box.settles()
  t.true(box.phone('202').rings && second.rings)
  second.answers()
  await box.settles()
  t.true(box.phone('201').hears('202-b'))
  t.false(box.phone('202').rings)
  t.regex(box.phone('202').call?.headers[0]?.value ?? '', /Call completed elsewhere/)
})

test('of two phones one busy and one silent, the caller is told busy', async t => {
  const box = await plant(t)
  const device = await box.put('device', { name: 'Second phone' })
  const extension = box.extensionOf('202')
  const line = await box.put('line', { authName: '202-b', device, extension, secret: 'another secret' })
  const second = box.sip.phone({ name: '202-b', line })
  second.registers()
  box.phone('202').manner = 'busy'
  second.manner = 'silent'
  const call = box.phone('201').dials('202')
  await box.passes('30s')
  t.is(call.status, 486)
})

test('a call goes on while the supervisor dies and starts again, and ends in order afterwards', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  await box.restarts()
  t.true(box.phone('201').hears('202'))
  t.is(box.calls.length, 1)
  t.is(box.calls[0]?.from.number, '201')
  box.phone('201').hangsUp()
  await box.settles()
  t.is(box.phone('202').call?.state, 'over')
  t.deepEqual(causes(box), ['answered'])
  t.is(box.calls.length, 0)
})

test('a call that rang when the supervisor died is closed as interrupted', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  await box.restarts()
  t.is(box.phone('201').call?.status, 503)
  t.deepEqual(causes(box), ['interrupted'])
  t.false(box.phone('202').rings)
})

test('phones stay registered over a crash and over a power cut', async t => {
  const box = await plant(t)
  for (const lost of ['process', 'power'] as const) {
    await box.restarts({ lost })
    const call = box.phone('201').dials('202')
    await box.settles()
    t.true(box.phone('202').rings, `after the loss of ${lost}`)
    box.phone('201').hangsUp()
    await box.settles()
    t.is(call.state, 'over')
  }
})

test('the switch is told lines without their secrets, with both digests of RFC 8760', async t => {
  const box = await plant(t)
  const [line] = [...box.sip.lines.values()].filter(one => one.authName === '201')
  t.is(line?.line, box.lineOf('201'))
  // printf '201:plant-pbx:secret-of-201' | md5sum, sha256sum
  t.is(line?.ha1Md5, MD5_OF_201)
  t.is(line?.ha1Sha256, SHA256_OF_201)
  t.false(JSON.stringify(box.store.all({ kind: 'line' } as never)).includes('secret-of-201'))
})

test('a line that is deleted can no longer be called, without a restart', async t => {
  const box = await plant(t)
  await box.remove('line', box.lineOf('202'))
  t.false([...box.sip.lines.values()].some(line => line.authName === '202'))
  const call = box.phone('201').dials('202')
  await box.settles()
  t.is(call.status, 480)
})

test('two owners of one number are refused when saved', async t => {
  const box = await plant(t)
  const error = await t.throwsAsync(box.put('extension', { number: '202', name: 'Usurper' }))
  t.true(error instanceof PbxError && error.code === 'store.number-taken')
})

test('a phone that is not registered is a problem with a remedy', async t => {
  const box = await plant(t)
  box.phone('202').unregisters()
  await box.settles()
  const [problem] = box.host.problems().filter(one => one.code === `registrar.absent:${box.lineOf('202')}`)
  t.truthy(problem?.remedy)
})

test('explain names who identified the caller and where the call would go, and rings nobody', async t => {
  const box = await plant(t)
  const source = box.phone('201').source
  const from = { user: '201', name: '' }
  const told = await explain(box.host.exchange, { dialled: '202', arrival: { line: box.lineOf('201'), from, source } })
  t.is(told.identifiedBy, 'extensions')
  t.like(told.destination, { kind: 'extension', by: 'number plan', label: '202 Post 202' })
  const stranger = await explain(box.host.exchange, { dialled: '202', arrival: { from, source } })
  t.deepEqual(stranger.refused, { cause: 'forbidden', by: 'identify' })
  t.false(box.phone('202').rings)
})
