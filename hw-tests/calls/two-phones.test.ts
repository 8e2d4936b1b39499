// Two real phones register at a real box and hear each other: the first promise of the product.
import test from 'ava'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'

const context: { box?: TestBox } = {}
test.before(async () => {
  const box = await TestBox.start()
  await box.stations(['201', '202', '203'])
  context.box = box
})
test.after.always(async () => context.box?.stop())

const theBox = (): TestBox => {
  if (context.box === undefined) throw new Error('the box did not start')
  return context.box
}

test.serial('two phones hear each other through the box', async t => {
  const [a, b] = [await Voice.registered(t, theBox(), '201'), await Voice.registered(t, theBox(), '202')]
  const call = await talk(a, b)
  await hearEachOther(t, a, b)
  await call.hangUp()
})

test.serial('a codec that the box does not know of passes all the same: G.722 and Opus', async t => {
  for (const codec of ['G722', 'opus'] as const) {
    const a = await Voice.registered(t, theBox(), '201', { codecs: [codec] })
    const b = await Voice.registered(t, theBox(), '202', { codecs: [codec, 'PCMU'] })
    const call = await talk(a, b)
    await hearEachOther(t, a, b)
    await call.hangUp()
    for (const { phone } of [a, b]) await phone.stop()
  }
})

test.serial('a wrong password is refused', async t => {
  const box = theBox()
  const stranger = await Softphone.start({ user: '203', password: 'guessed', registrar: `sip:${box.registrar}` })
  t.teardown(() => stranger.stop())
  await t.throwsAsync(stranger.register(), { message: /40[13]/ })
})

test.serial('a caller who hangs up while it rings, a callee who declines, and one who is not there', async t => {
  const [{ phone: a }, { phone: b }] = [
    await Voice.registered(t, theBox(), '201'),
    await Voice.registered(t, theBox(), '202'),
  ]
  const abandoned = await a.call('202')
  const first = await b.nextCall()
  await abandoned.next('ringing')
  await abandoned.hangup()
  t.is((await first.whenEnded()).status, 487)
  const declined = await a.call('202')
  await (await b.nextCall()).answer(603)
  t.is((await declined.whenEnded()).status, 603)
  t.is((await (await a.call('203')).whenEnded()).status, 480)
  t.is((await (await a.call('999')).whenEnded()).status, 404)
})

test.serial('each side of every call that was answered has its quality, rated by its codec', async t => {
  const legs = async () =>
    (
      await theBox().ask<{ legs: { codec: string; says_loss: number | null; says_opinion: number | null }[] }>(
        'quality/search',
      )
    ).legs
  let found = await legs()
  await until('six sides have their record', async () => {
    found = await legs()
    return found.length === 6
  }).catch(error => t.fail(`${error instanceof Error ? error.message : error}: ${JSON.stringify(found)}`))
  t.deepEqual(found.map(({ codec }) => codec.toUpperCase()).sort(), ['G722', 'G722', 'OPUS', 'OPUS', 'PCMU', 'PCMU'])
  for (const { says_opinion } of found) t.true(says_opinion !== null && says_opinion >= 1 && says_opinion <= 4.5)
})

test.serial('afterwards the engine holds nothing of it, and every call has its record', async t => {
  const box = theBox()
  await engineIsEmpty(box)
  const records = async () =>
    (await box.ask<{ calls: { cause: string | null; quality: string | null }[] }>('call-records/search')).calls
  // Records are written beside what happens: they may come a moment later.
  await until('every call has its record', async () => {
    const calls = await records()
    return calls.length >= 7 && calls.every(call => call.cause !== null)
  })
  const calls = await records()
  t.deepEqual(
    calls.map(call => call.cause),
    ['not-found', 'unregistered', 'declined', 'cancelled', 'answered', 'answered', 'answered'],
  )
  t.true(calls.filter(call => call.cause === 'answered').every(call => call.quality !== null))
})
