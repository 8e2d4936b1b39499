// Live facts on disk: what survives a crash, what a power cut, and what is said when something did not.
import test from 'ava'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { fileError, MemoryFiles } from '../../testkit/memory-files.ts'
import { RecordingFiles, tornDisks } from '../../testkit/torn-disk.ts'
import { InlineDisk } from './disk.ts'
import { LiveFiles } from './live-files.ts'

interface Session {
  extension: string
}
const isSession = (value: unknown): value is Session =>
  typeof (value as { extension?: unknown } | undefined)?.extension === 'string'

const open = (files: MemoryFiles, clock = new FakeClock()) =>
  new LiveFiles({ data: '/data', run: '/run', files, disk: new InlineDisk(files), clock })

test('restart and power collections answer as before in a new process, process collections are empty', async t => {
  const files = new MemoryFiles()
  const live = open(files)
  for (const keep of ['process', 'restart', 'power'] as const) {
    const calls = live.collection<Session>(`calls.${keep}`, { keep })
    calls.set('a', { extension: '201' })
    calls.set('b', { extension: '202' })
    calls.set('a', { extension: '203' })
    calls.delete('b')
  }
  await live.settled()
  const again = open(files)
  const answers = (['process', 'restart', 'power'] as const).map(keep => [
    ...again.collection<Session>(`calls.${keep}`, { keep }).all(),
  ])
  t.deepEqual(answers, [[], [['a', { extension: '203' }]], [['a', { extension: '203' }]]])
  t.deepEqual(again.problems(), [])
})

test('a write waits for company, no longer than its rhythm; only power collections are synced, each few seconds', async t => {
  const files = new MemoryFiles()
  const clock = new FakeClock()
  const live = open(files, clock)
  const calls = live.collection<Session>('calls', { keep: 'restart' })
  const sessions = live.collection<Session>('sessions', { keep: 'power' })
  const done: string[] = []
  files.fault = (operation, path) => {
    if (operation === 'append' || operation === 'sync') done.push(`${operation} ${path}`)
    return undefined
  }
  for (let n = 0; n < 10; n++) {
    calls.set('a', { extension: String(n) })
    sessions.set('a', { extension: String(n) })
  }
  t.deepEqual(done, [])
  await clock.advance(50)
  // From here on a crash of the process loses nothing.
  t.deepEqual(done.sort(), ['append /data/live/sessions.log', 'append /run/live/calls.log'])
  await clock.advance('3s')
  t.true(done.includes('sync /data/live/sessions.log'))
  t.false(done.includes('sync /run/live/calls.log'))
  const before = done.length
  await clock.advance('10s')
  t.is(done.length, before)
})

test('what was written but could not be synced is written anew', async t => {
  const files = new MemoryFiles()
  const clock = new FakeClock()
  const live = open(files, clock)
  const sessions = live.collection<Session>('sessions', { keep: 'power' })
  sessions.set('a', { extension: '201' })
  await clock.advance(50)
  let refuse = true
  let appends = 0
  files.fault = operation => {
    if (operation === 'append') appends++
    return operation === 'sync' && refuse ? new Error('EIO') : undefined
  }
  await clock.advance('3s')
  t.is(live.problems().length, 1)
  refuse = false
  await clock.advance('10s')
  t.true(appends >= 2)
  t.deepEqual(live.problems(), [])
})

test('what must count now is durable before it is answered, after a power cut at any moment', async t => {
  const files = new RecordingFiles()
  const alarms = open(files).collection<Session>('alarms', { keep: 'power' })
  for (let n = 1; n <= 6; n++) {
    alarms.set('chatter', { extension: String(n) })
    await alarms.setNow(`alarm ${n}`, { extension: String(n) })
    files.acknowledge(`alarm ${n}`)
  }
  await alarms.deleteNow('alarm 6')
  files.acknowledge('gone')
  let disks = 0
  for (const disk of tornDisks(files.record)) {
    disks += 1
    const again = open(new MemoryFiles(disk.content))
    const restored = again.collection<Session>('alarms', { keep: 'power', accept: isSession })
    const gone = disk.acknowledged.includes('gone')
    const missing = disk.acknowledged.filter(id => id.startsWith('alarm') && !restored.get(id) && !(id === 'alarm 6'))
    if (missing.length > 0 || (gone && restored.get('alarm 6'))) t.fail(`at ${disk.at}: ${missing}`)
  }
  t.true(disks > 150, `${disks} disks`)
})

test('compaction loses nothing, after a power cut at any moment', async t => {
  const files = new RecordingFiles()
  const live = open(files)
  const registrations = live.collection<Session>('registrations', { keep: 'power' })
  await registrations.setNow('first', { extension: '1' })
  for (let n = 0; n < 1_010; n++) {
    registrations.set('again', { extension: String(n) })
    await live.settled()
  }
  t.true((files.size('/data/live/registrations.log') ?? 0) < 2_000)
  for (const disk of tornDisks(files.record)) {
    if (disk.at < files.record.length - 60) continue
    const restored = open(new MemoryFiles(disk.content)).collection<Session>('registrations', { keep: 'power' })
    if (restored.get('first')?.extension !== '1') t.fail(`at ${disk.at}`)
  }
})

test('a rotten line and a value of another version are left out and said, the rest is there', async t => {
  const files = new MemoryFiles()
  const live = open(files)
  const sessions = live.collection<object>('sessions', { keep: 'power' })
  for (const id of ['a', 'b', 'c']) await sessions.setNow(id, { extension: id })
  await sessions.setNow('old', { number: 1 })
  const path = '/data/live/sessions.log'
  files.write(
    path,
    Buffer.from((files.read(path) ?? '').toString().replace('"extension":"b"', '"extension":"X"')),
    0o600,
  )
  const again = open(files)
  t.deepEqual([...again.collection<Session>('sessions', { keep: 'power', accept: isSession }).all().keys()], ['a', 'c'])
  t.deepEqual(
    again.problems().map(p => p.code),
    ['live.not-restored:sessions'],
  )
})

test('a full disk refuses what must count now, is shown, and is caught up with by itself', async t => {
  const files = new MemoryFiles()
  const clock = new FakeClock()
  const live = open(files, clock)
  const alarms = live.collection<Session>('alarms', { keep: 'power' })
  await alarms.setNow('a', { extension: '1' })
  files.fault = operation => (operation === 'append' ? fileError('ENOSPC') : undefined)
  await t.throwsAsync(alarms.setNow('b', { extension: '2' }), { code: 'store.disk-full' })
  t.is(alarms.get('b')?.extension, '2')
  t.deepEqual(
    live.problems().map(p => p.code),
    ['live.not-kept:alarms'],
  )
  files.fault = undefined
  await clock.advance('6s')
  t.deepEqual(live.problems(), [])
  t.is(open(files).collection<Session>('alarms', { keep: 'power' }).get('b')?.extension, '2')
})
