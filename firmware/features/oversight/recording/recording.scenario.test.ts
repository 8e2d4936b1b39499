import type { ExecutionContext } from 'ava'
import { askRoute } from '../../../testkit/ask-route.ts'
import { PHONE_FEATURES } from '../../../testkit/phone-features.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import { ringGroups } from '../../answering/ring-groups/feature.ts'
import { messages } from '../../paging/messages/feature.ts'
import { type RecordingRule, recording, recordingRuleKind } from './feature.ts'
import type { RecordingRow } from './records.ts'

const NUMBERS = ['201', '202', '203']

type Placed = Pick<Box, 'put' | 'store'>
const idOf = (box: Pick<Box, 'store'>, number: string) => box.store.owner(number)?.id ?? ''
const rule = (box: Placed, fields: Partial<RecordingRule> = {}) =>
  box.put(recordingRuleKind.kind, { name: 'Quality', extensions: [idOf(box, '202')], ...fields })

async function plant(t: ExecutionContext, fields: Partial<RecordingRule> = {}): Promise<Box> {
  const box = await scenario({ extensions: NUMBERS, document: async it => void (await rule(it, fields)) })
  t.teardown(() => box.ends())
  return box
}

async function talk(box: Box, from: string, to: string, answers = to): Promise<void> {
  box.phone(from).dials(to)
  await box.settles()
  box.phone(answers).answers()
  await box.settles()
}

const recorders = (box: Box) => box.sip.dump().recorders
const list = async (box: Box, input: object = {}) =>
  (await askRoute<{ recordings: RecordingRow[] }>(box, 'recording/list', input)).recordings

test('a call of an extension that a rule names is recorded from the answer to the end, and its row says so', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.passes('3s')
  t.is(recorders(box), 0)
  box.phone('202').answers()
  await box.settles()
  t.is(recorders(box), 1)
  await box.passes('20s')
  box.phone('201').hangsUp()
  await box.settles()
  const [row, ...others] = await list(box)
  t.is(others.length, 0)
  t.like(row, { segment: 1, seconds: 20, caller: 'Post 201 201', callee: 'Post 202 202', rule: 'Quality', error: null })
  t.regex(row?.file ?? '', /^\d{4}-\d\d-\d\d\/call_\w+-1\.wav$/)
  const folder = row?.file.split('/')[0] ?? ''
  t.true(box.folder('recording').folders.has(folder), 'its folder was made before')
})

test('the caller is recorded left and the called right, whichever leg the recorder taps, and after a restart too', async t => {
  const box = await plant(t)
  const taps = () => box.sip.commands.filter(({ name }) => name === 'record').map(({ args }) => [args[0], args[2]])
  const sideOf = (leg: string) =>
    box.calls.flatMap(call => call.legs).find(({ id }) => id === leg)?.direction === 'in' ? 'left' : 'right'
  await talk(box, '201', '202')
  t.is(taps().length, 1)
  for (const [leg, own] of taps()) t.is(own, sideOf(String(leg)))
  await box.restarts()
  await box.passes('2s')
  t.true(taps().length >= 1)
  for (const [leg, own] of taps()) t.is(own, sideOf(String(leg)))
})

test('inbound means calls to them; none outweighs every other rule; who is not named is not recorded', async t => {
  const box = await plant(t, { which: 'inbound' })
  await talk(box, '202', '201')
  t.is(recorders(box), 0)
  box.phone('202').hangsUp()
  await talk(box, '201', '202')
  t.is(recorders(box), 1)
  box.phone('201').hangsUp()
  await box.settles()
  await talk(box, '201', '203')
  t.is(recorders(box), 0)
  box.phone('201').hangsUp()
  await rule(box, { name: 'Works council', which: 'none', extensions: [idOf(box, '201')] })
  await talk(box, '201', '202')
  t.is(recorders(box), 0)
})

test('calls that came by a ring group are recorded by its rule', async t => {
  const box = await plant(t, { extensions: [] })
  const group = await box.put('ring-group', { name: 'Gate', number: '600', members: [idOf(box, '203')] })
  await rule(box, { name: 'Gate', extensions: [], groups: [group] })
  await talk(box, '201', '600', '203')
  t.is(recorders(box), 1)
  box.phone('201').hangsUp()
  await talk(box, '201', '203')
  t.is(recorders(box), 0)
})

test('emergency calls are recorded only if the settings say so', async t => {
  const box = await plant(t)
  await box.put('site', { name: 'Plant', street: 'Main', city: 'Detroit' })
  await box.put('emergency-plan', { name: 'Guard', answeringPoints: [idOf(box, '202')] })
  await talk(box, '201', '911', '202')
  t.is(recorders(box), 0)
  box.phone('201').hangsUp()
  await box.configure('recording', { emergency: true })
  await talk(box, '201', '911', '202')
  t.is(recorders(box), 1)
  t.true(box.phone('201').hears('202'))
})

test('too little free on the disk: what runs is stopped, nothing begins, calls go on, and a problem says why', async t => {
  const box = await plant(t)
  await talk(box, '201', '202')
  box.folder('recording').free = 0.05
  await box.passes('30s')
  t.is(recorders(box), 0)
  t.true(box.phone('201').hears('202'))
  t.true(box.host.problems().some(problem => problem.code === 'recording.disk'))
  box.phone('201').hangsUp()
  await talk(box, '201', '202')
  t.is(recorders(box), 0)
  box.phone('201').hangsUp()
  box.folder('recording').free = 0.5
  await box.passes('30s')
  await talk(box, '201', '202')
  t.is(recorders(box), 1)
})

test('a transferred call is recorded in segments of one correlation; who is not named any more is not', async t => {
  const box = await plant(t)
  await talk(box, '201', '202')
  box.phone('202').refers('sip:203@box')
  await box.settles()
  box.phone('203').answers()
  await box.settles()
  t.is(recorders(box), 0)
  t.true(box.phone('201').hears('203'))
  t.is((await list(box)).length, 1)
})

test('a restart in the middle: the call is recorded on, in another segment', async t => {
  const box = await plant(t)
  await talk(box, '201', '202')
  await box.passes('10s')
  await box.restarts()
  await box.passes('5s')
  t.is(recorders(box), 1)
  box.phone('202').hangsUp()
  await box.passes('1s')
  const rows = await list(box)
  t.deepEqual(rows.map(row => row.segment).sort(), [1, 2])
  t.is(rows.find(row => row.segment === 2)?.seconds, 4)
})

test('a recording is heard in pieces, deleted for good, and who did so is kept', async t => {
  const box = await plant(t)
  await talk(box, '201', '202')
  await box.passes('3s')
  box.phone('201').hangsUp()
  await box.settles()
  const [row] = await list(box)
  const { id = '', file = '' } = row ?? {}
  const { files } = box.folder('recording')
  files.set(file, wav(8000, 3))
  const listen = (more: object) =>
    askRoute<{ wav: string; totalSeconds: number }>(box, 'recording/listen', { recording: id, ...more })
  const piece = await listen({ from: 1, seconds: 1 })
  t.is(piece.totalSeconds, 3)
  const bytes = Buffer.from(piece.wav, 'base64')
  t.is(bytes.length, 44 + 16_000)
  t.is(bytes.readInt16LE(44), 8000, 'the sample at one second')
  // Two channels, as calls are recorded now: the files of before stay as they are.
  files.set(file, wav(8000, 3, 2))
  const both = await listen({ from: 1, seconds: 1 })
  t.is(both.totalSeconds, 3)
  const stereo = Buffer.from(both.wav, 'base64')
  t.deepEqual([stereo.readUInt16LE(22), stereo.length], [2, 44 + 32_000])
  t.deepEqual([stereo.readInt16LE(44), stereo.readInt16LE(46)], [8000, -8000], 'left and right at one second')
  await askRoute(box, 'recording/delete', { recording: id })
  t.false(files.has(file))
  t.deepEqual(await list(box), [])
  await t.throwsAsync(listen({}), { message: /no such recording/ })
  const access = await box.records
    .db<{ recording_access: { what: string } }>()
    .selectFrom('recording_access')
    .selectAll()
    .execute()
  t.deepEqual(
    access.map(one => one.what),
    ['listened', 'listened', 'deleted'],
  )
})

/** A ramp: each sample says where it stands, in the right of two channels as its negative. */
function wav(rate: number, seconds: number, channels = 1): Uint8Array {
  const bytes = Buffer.alloc(44 + rate * seconds * 2 * channels)
  bytes.write('RIFF', 0)
  bytes.write('WAVEfmt ', 8)
  for (const [at, value] of [
    [4, bytes.length - 8],
    [16, 16],
    [24, rate],
    [28, rate * 2 * channels],
    [40, rate * seconds * 2 * channels],
  ] as const)
    bytes.writeUInt32LE(value, at)
  for (const [at, value] of [
    [20, 1],
    [22, channels],
    [32, 2 * channels],
    [34, 16],
  ] as const)
    bytes.writeUInt16LE(value, at)
  bytes.write('data', 36)
  for (let sample = 0; sample < rate * seconds; sample += 1)
    for (let channel = 0; channel < channels; channel += 1)
      bytes.writeInt16LE((channel === 0 ? 1 : -1) * (sample % 32_768), 44 + (sample * channels + channel) * 2)
  return bytes
}

test('recordings are kept for as many days as the settings say', async t => {
  const box = await plant(t)
  await box.configure('recording', { keepDays: 1 })
  await talk(box, '201', '202')
  box.phone('201').hangsUp()
  await box.settles()
  const [row] = await list(box)
  box.folder('recording').files.set(row?.file ?? '', new Uint8Array(1))
  await box.passes('23h')
  t.is((await list(box)).length, 1)
  await box.passes('2h')
  t.deepEqual(await list(box), [])
  t.is(box.folder('recording').files.size, 0)
})

const document: NonNullable<ScenarioOptions['document']> = async box => void (await rule(box))

const story: Story = {
  title: 'a call that is recorded',
  box: { extensions: NUMBERS, document, features: [...PHONE_FEATURES, messages, ringGroups, recording] },
  steps: [
    box => void box.phone('201').dials('202'),
    box => box.phone('202').answers(),
    box => box.passes('10s'),
    box => box.phone('202').hangsUp(),
    box => box.phone('201').hangsUp(),
  ],
  check(t, box, where) {
    t.is(
      box.live.collection('recording.open', { keep: 'restart' }).all().size,
      0,
      `${where}: a recording is still open`,
    )
  },
}

test.sweep(`nothing is left of ${story.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, story))
