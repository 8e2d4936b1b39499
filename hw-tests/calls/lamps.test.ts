// Lamps of a real box: through a call between real phones, through the death of the supervisor, and a call taken from a key.
import test, { type ExecutionContext } from 'ava'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { Baresip } from '../phones/baresip.ts'
import { LampPhone } from '../phones/lamp-phone.ts'
import { speaker } from '../phones/speaker.ts'

const NUMBERS = ['201', '202', '203', '204']

async function freshBox(t: ExecutionContext): Promise<TestBox> {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  await box.stations(NUMBERS)
  return box
}

const rising = (numbers: readonly number[]) =>
  numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0))

async function killed(box: TestBox): Promise<void> {
  const before = box.pidOf('supervisor')
  process.kill(before, 'SIGKILL')
  await until('another supervisor runs', () => box.pidOf('supervisor') !== before)
  await box.ready()
}

test.serial(
  'a lamp goes with a call, outlives the supervisor in the middle of it, and goes out at its end',
  async t => {
    const box = await freshBox(t)
    const watcher = await LampPhone.start(t, box, '204')
    const [lamp, present] = [await watcher.watch('dialog', '202'), await watcher.watch('presence', '202')]
    t.deepEqual(lamp.story, ['terminated'])
    await present.until('nobody there', () => present.text.includes('<basic>closed</basic>'))
    const [a, b] = [await speaker(t, box, '201'), await speaker(t, box, '202')]
    await present.until('somebody there', () => present.text.includes('<basic>open</basic>'))
    const call = await a.phone.call('202')
    const incoming = await b.phone.nextCall()
    await lamp.shows('early')
    await incoming.answer()
    await call.whenAnswered()
    await lamp.shows('confirmed')
    await present.until('a talk', () => present.text.includes('<rpid:on-the-phone/>'))
    await a.hears('202')

    await killed(box)
    const told = lamp.numbers.length
    await lamp.until(
      'a word of the successor',
      () => lamp.numbers.length > told || lamp.numbers.at(-1) !== lamp.numbers[told - 1],
    )
    await lamp.shows('confirmed')
    await lamp.refresh()
    await lamp.shows('confirmed')
    const { watchers } = await box.ask<{ watchers: { target: string; package: string }[] }>('subscriptions/watchers')
    t.deepEqual(watchers.map(one => `${one.package} ${one.target}`).sort(), ['dialog 202', 'presence 202'])

    await call.hangup()
    await incoming.whenEnded()
    await lamp.shows('terminated')
    t.deepEqual(
      lamp.story.filter(state => state !== 'trying'),
      ['terminated', 'early', 'confirmed', 'terminated'],
    )
    t.true(rising(lamp.numbers), lamp.numbers.join(' '))
    t.deepEqual(lamp.numbers, lamp.notifies)
  },
)

test.serial(
  'what rings on a watched phone is taken from the key: the two hear one another, the watched phone is quiet',
  async t => {
    const box = await freshBox(t)
    const watcher = await LampPhone.start(t, box, '204')
    const lamp = await watcher.watch('dialog', '202')
    const [a, b, c] = [await speaker(t, box, '201'), await speaker(t, box, '202'), await speaker(t, box, '203')]
    const call = await a.phone.call('202')
    const incoming = await b.phone.nextCall()
    await lamp.shows('early')
    const taking = await c.phone.call('202', { headers: { Replaces: lamp.replaces } })
    await taking.whenAnswered()
    await call.whenAnswered()
    t.is((await incoming.whenEnded()).status, 487)
    await a.hears('203')
    await c.hears('201')
    await lamp.shows('terminated')
    // Once more, too late: what the lamp told then names nobody who rings.
    const again = await b.phone.call('202', { headers: { Replaces: lamp.replaces } })
    t.true((await again.whenEnded()).status >= 400)
    await call.hangup()
    await taking.whenEnded()
  },
)

test.serial('the buddy list of baresip shows who is there and who talks', async t => {
  const box = await freshBox(t)
  const baresip = await Baresip.start({
    user: '204',
    password: 'secret-of-204',
    registrar: box.registrar,
    watches: ['202'],
  })
  t.teardown(() => baresip.stop())
  await baresip.whenRegistered()
  let shown = ''
  const shows = async (word: RegExp) => {
    const look = async () => {
      shown = await baresip.presenceOf('202')
      return word.test(shown)
    }
    await until(`baresip shows ${word}`, look, { seconds: 90, everyMilliseconds: 200 }).catch(error => {
      throw new Error(`${(error as Error).message}; it shows ${shown}; it said ${baresip.said.slice(-1500)}`)
    })
    t.pass()
  }
  await shows(/Offline/)
  const [a, b] = [await speaker(t, box, '201'), await speaker(t, box, '202')]
  await shows(/Online/)
  const call = await a.phone.call('202')
  const incoming = await b.phone.nextCall()
  await incoming.answer()
  await shows(/Busy/)
  await call.hangup()
  await incoming.whenEnded()
  await shows(/Online/)
})

test.serial('a phone asks as its makers have it where its settings are, and is told once the box knows', async t => {
  const box = await freshBox(t)
  const phone = await LampPhone.start(t, box, '204')
  const asks = () =>
    phone.asks(
      'ua-profile;profile-type="device";vendor="Snom";model="D785";version="10.1.73.16"',
      'MAC%3a000413abcdef',
      {
        seconds: 0,
        headers: ['Accept: application/url'],
      },
    )
  const early = asks()
  await early.until('an answer', () => early.answered !== undefined)
  t.is(early.answered, 489)
  const address = 'https://settings.example/phones/{mac}.xml'
  await box.change('the test', [{ op: 'settings', feature: 'provisioning', value: { address } }])
  const asked = asks()
  await asked.until('the address', () => asked.text !== '')
  t.is(asked.answered, 200)
  t.is(asked.text, address)
  t.is(asked.header('Content-Type'), 'application/url')
  t.regex(asked.header('Event'), /^ua-profile/)
  t.regex(asked.header('Subscription-State'), /^terminated;reason=timeout/)
})
