// What people do with calls, with real phones at a real box: groups, forwards, hold, transfer, conferences, recordings; judged by who hears whom.
import test from 'ava'
import { rms, type Sound } from '../audio/sound.ts'
import { speakersIn, voiceOf } from '../audio/speakers.ts'
import { heardSequence } from '../audio/tone-sequence.ts'
import { channelsOf, formatWav, parseWav } from '../audio/wav.ts'
import { type Station, TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { SingingPhone, stationPhone } from '../phones/singing-phone.ts'
import { speaker } from '../phones/speaker.ts'

const context: { box?: TestBox; stations: readonly Station[] } = { stations: [] }
test.before(async () => {
  const box = await TestBox.start()
  context.box = box
  context.stations = await box.stations(['201', '202', '203', '204'])
})
test.after.always(async () => context.box?.stop())

const theBox = (): TestBox => {
  if (context.box === undefined) throw new Error('the box did not start')
  return context.box
}
const extension = (number: string): string => context.stations.find(one => one.number === number)?.extension ?? ''

/** How long it was loud each time, milliseconds. */
function burstsOf({ rate, samples }: Sound): readonly number[] {
  const step = rate / 100
  const loud = Array.from({ length: Math.floor(samples.length / step) }, (_, at) =>
    rms(samples, at * step, (at + 1) * step) > 0.01 ? '#' : ' ',
  )
  return loud
    .join('')
    .split(/ +/)
    .filter(Boolean)
    .map(run => run.length * 10)
}

test.serial('a ring group rings two phones; the one that answers talks, the other falls silent', async t => {
  const box = theBox()
  const members = [extension('202'), extension('203')]
  await box.put('ring-group', { name: 'Gate', number: '600', members })
  const [a, b, c] = [await speaker(t, box, '201'), await speaker(t, box, '202'), await speaker(t, box, '203')]
  const call = await a.phone.call('600')
  const [first, second] = [await b.phone.nextCall(), await c.phone.nextCall()]
  await second.answer()
  await call.whenAnswered()
  t.is((await first.whenEnded()).status, 487)
  await a.hears('203')
  await c.hears('201')
  await call.hangup()
  await second.whenEnded()
})

test.serial(
  'who hears a group’s music hears busy in his country’s cadence when nobody takes the call, then the hang-up',
  async t => {
    const box = theBox()
    const [site] = await box.resources<{ id: string; rev: number; country: string }>('site')
    const { id, rev: _, ...found } = site ?? { id: await box.newId('site'), rev: 0, name: 'Plant' }
    await box.put('site', { ...found, country: 'DE' }, id)
    const wav = formatWav(voiceOf('music')).toString('base64')
    const { message: meanwhile } = await box.ask<{ message: string }>('messages/upload', { name: 'Wait', wav })
    await box.put('ring-group', { name: 'Office', number: '601', members: [extension('202')], meanwhile })
    const caller = await SingingPhone.start(t, voiceOf('201'), stationPhone(box, '201'))
    await caller.phone.register()
    t.teardown(() => caller.phone.unregister())
    const b = await speaker(t, box, '202')
    const call = await caller.phone.call('601')
    const incoming = await b.phone.nextCall()
    await call.whenAnswered()
    const heard = await caller.listen(async () => {
      await incoming.answer(486)
      await call.whenEnded()
    })
    // 425 Hz for 480 ms, as long again nothing: five rounds in five seconds, the first or last of them cut.
    const { tones } = heardSequence(heard, { frequencies: [425], toneMs: 480, levelDbfs: -15 })
    t.true(
      tones.some(({ frequency, ms }) => frequency === 425 && ms > 1500),
      JSON.stringify(tones),
    )
    const bursts = burstsOf(heard)
    t.true(bursts.filter(ms => Math.abs(ms - 480) < 60).length >= 3, bursts.join(' '))
  },
)

test.serial('a busy phone forwards to another', async t => {
  const box = theBox()
  await box.put('forward-rule', {
    name: 'When 202 is busy',
    extensions: [extension('202')],
    busy: { kind: 'extension', id: extension('203') },
  })
  const [a, b, c] = [await speaker(t, box, '201'), await speaker(t, box, '202'), await speaker(t, box, '203')]
  const call = await a.phone.call('202')
  await (await b.phone.nextCall()).answer(486)
  const forwarded = await c.phone.nextCall()
  await forwarded.answer()
  await call.whenAnswered()
  await a.hears('203')
  await c.hears('201')
  await forwarded.hangup()
  await call.whenEnded()
  interface Row {
    readonly notes: string
    readonly answered_by: string | null
    readonly cause: string | null
  }
  const latest = async () => (await box.ask<{ calls: Row[] }>('call-records/search')).calls[0]
  await until('the record is closed', async () => (await latest())?.cause === 'answered')
  const row = await latest()
  t.regex(row?.notes ?? '', /202: busy/)
  t.is(row?.answered_by, 'Post 203 203')
})

test.serial('whoever is held hears the music that was chosen, and his partner again afterwards', async t => {
  const box = theBox()
  const wav = formatWav(voiceOf('music')).toString('base64')
  const { message } = await box.ask<{ message: string }>('messages/upload', { name: 'Music', wav })
  await box.change('the test', [{ op: 'settings', feature: 'music-on-hold', value: { message } }])
  const [a, b] = [await speaker(t, box, '201'), await speaker(t, box, '204')]
  const call = await a.phone.call('204')
  const incoming = await b.phone.nextCall()
  await incoming.answer()
  await call.whenAnswered()
  await b.hears('201')
  await a.phone.hold()
  await b.hears('music')
  await a.phone.resume()
  await b.hears('201')
  await a.hears('204')
  await call.hangup()
  await incoming.whenEnded()
})

test.serial('attended transfer: the two who remain hear one another, and the third is out', async t => {
  const box = theBox()
  const [a, b, c] = [await speaker(t, box, '201'), await speaker(t, box, '204'), await speaker(t, box, '203')]
  const first = await a.phone.call('204')
  const one = await b.phone.nextCall()
  await one.answer()
  await first.whenAnswered()
  await first.hold()
  await b.hears('music')
  const second = await a.phone.call('203')
  const other = await c.phone.nextCall()
  await other.answer()
  await second.whenAnswered()
  await c.hears('201')
  await first.transfer(second)
  await first.whenEnded()
  await second.whenEnded()
  await b.hears('203')
  await c.hears('204')
  await one.hangup()
  await other.whenEnded()
})

test.serial('blind transfer: told how it goes, let go when the third answers; given back when he declines', async t => {
  const box = theBox()
  const [a, b, c] = [await speaker(t, box, '201'), await speaker(t, box, '204'), await speaker(t, box, '203')]
  const call = await a.phone.call('204')
  const incoming = await b.phone.nextCall()
  await incoming.answer()
  await call.whenAnswered()
  await incoming.transfer('203')
  await (await c.phone.nextCall()).answer(603)
  const refused = await incoming.next('transfer-status', { where: status => status.final })
  t.is(refused.status, 603)
  await a.hears('204')
  await b.hears('201')
  await incoming.transfer('203')
  const third = await c.phone.nextCall()
  await third.answer()
  t.is((await incoming.next('transfer-status', { where: status => status.final })).status, 200)
  await incoming.whenEnded()
  await a.hears('203')
  await c.hears('201')
  await call.hangup()
  await third.whenEnded()
})

test.serial(
  'a recorded call: the caller is in the left of its file, the called in the right; it is found, heard and deleted',
  async t => {
    const box = theBox()
    await box.put('recording-rule', { name: 'Quality', which: 'all', extensions: [extension('204')] })
    const [a, b] = [await speaker(t, box, '201'), await speaker(t, box, '204')]
    const call = await a.phone.call('204')
    const incoming = await b.phone.nextCall()
    await incoming.answer()
    await call.whenAnswered()
    await a.hears('204')
    await b.hears('201')
    await call.hangup()
    await incoming.whenEnded()
    interface Row {
      readonly id: string
      readonly seconds: number | null
      readonly error: string | null
    }
    const list = async () => (await box.ask<{ recordings: Row[] }>('recording/list')).recordings
    await until('the recording is closed', async () => typeof (await list())[0]?.seconds === 'number')
    const [row] = await list()
    t.is(row?.error, null)
    const { wav, totalSeconds } = await box.ask<{ wav: string; totalSeconds: number }>('recording/listen', {
      recording: row?.id,
    })
    t.true(Math.abs(totalSeconds - (row?.seconds ?? 0)) < 0.1)
    t.true(totalSeconds > 1)
    const file = Buffer.from(wav, 'base64')
    t.deepEqual(channelsOf(file).map(speakersIn), [['201'], ['204']])
    t.deepEqual(speakersIn(parseWav(file)), ['201', '204'])
    await box.ask('recording/delete', { recording: row?.id })
    t.deepEqual(await list(), [])
  },
)

test.serial('three in a conference each hear the two others; who leaves is heard no more', async t => {
  const box = theBox()
  await box.put('conference', { name: 'Shift meeting', number: '700' })
  const all = [await speaker(t, box, '201'), await speaker(t, box, '202'), await speaker(t, box, '203')] as const
  const calls = []
  for (const each of all) {
    const call = await each.phone.call('700')
    await call.whenAnswered()
    calls.push(call)
  }
  const [a, b, c] = all
  await a.hears('202', '203')
  await b.hears('201', '203')
  await c.hears('201', '202')
  await calls[1]?.hangup()
  await a.hears('203')
  await c.hears('201')
  for (const call of [calls[0], calls[2]]) await call?.hangup()
})

test.serial('afterwards the engine holds nothing of it', async t => {
  await engineIsEmpty(theBox())
  t.pass()
})
