// A bell of a running box: rung by the wall clock, heard by a multicast loudspeaker and a phone, told from others by its melody.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { heardMessage } from '../audio/message.ts'
import { RtpListener } from '../audio/rtp-listener.ts'
import { toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { formatWav, readWav } from '../audio/wav.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { listeningPhone } from '../witness/plant.ts'

/** The goal is 50 ms from the moment to the first packet; only a catastrophe fails here. */
const GOAL_MS = 50
const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const PORT = 5012

interface Ring {
  readonly outcome: string
  readonly due_at: number
  readonly late: number
  readonly reached: number
  readonly missed: number
}

test('a bell is heard at its moment, in full, by a loudspeaker and a phone, and its record says so', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'bell-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const group = `239.192.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
  const loudspeaker = await RtpListener.open({ port: PORT, group, host: '127.0.0.1' })
  t.teardown(() => loudspeaker.close())
  const [station] = await box.stations(['201'])
  if (station === undefined) throw new Error('a station was made')
  const { phone, file } = await listeningPhone(box, station, folder)
  t.teardown(() => phone.stop())

  const melody = toneSound(toneSequence(7, { count: 6, toneMs: 200 }))
  const wav = formatWav(melody).toString('base64')
  const { message } = await box.ask<{ message: string }>('messages/upload', { name: 'Shift melody', wav })
  const stream = await box.put('multicast-stream', { name: 'Bells', group, port: PORT })
  const zone = await box.put('zone', { name: 'Bell hall', streams: [stream], devices: [station.device] })
  const site = (await box.resources<{ id: string; rev: number }>('site'))[0]
  if (site === undefined) throw new Error('a fresh box has a site')
  await box.put('site', { name: 'Plant', timeZone: 'UTC' }, site.id)

  // Far enough for everything to be made ready; the next second but five.
  const moment = (Math.floor(Date.now() / 1000) + 6) * 1000
  const time = new Date(moment).toISOString().slice(11, 19)
  const bell = {
    name: 'Shift',
    zones: [zone],
    times: [time],
    days: DAYS,
    tone: 'none',
    messages: [message],
    repeats: 1,
  }
  await box.put('bell', bell)
  await loudspeaker.whenHeard(60, 20)

  const [heard] = loudspeaker.streams
  const firstAt = performance.timeOrigin + (heard?.firstPacketAt ?? 0)
  const drift = Math.round((firstAt - moment) * 10) / 10
  t.log(`the first packet came ${drift} ms after the moment`)
  t.true(drift > -GOAL_MS && drift < 10 * GOAL_MS, `${drift} ms`)

  let rings: readonly Ring[] = []
  const told = async () => {
    rings = (await box.ask<{ rings: Ring[] }>('bells/history')).rings
    return rings[0]?.outcome === 'rung'
  }
  await until('the record says that it rang', told, { seconds: 20, everyMilliseconds: 100 })
  t.like(rings[0], { due_at: moment, reached: 2, missed: 0 })
  t.log(`its pages began ${rings[0]?.late} ms after the moment`)
  t.true((rings[0]?.late ?? Number.NaN) < 10 * GOAL_MS)
  t.is(heardMessage(loudspeaker.sound(), melody).timesInFull, 1, 'on the loudspeaker')
  await phone.stopRecording()
  // What a crowded machine brings late is a hole, shorter than any tone of the melody.
  const onPhone = heardMessage(await readWav(file), melody, { toleranceMs: 150 })
  t.true(onPhone.timesInFull >= 1, `on the phone: ${JSON.stringify(onPhone)}`)
})
