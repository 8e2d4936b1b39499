// What every keeper of live facts must do: asked of the files of the box and of the fake that scenarios run on.
import test from 'ava'
import type { Live } from '../../kernel/live.ts'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { MemoryFiles } from '../../testkit/memory-files.ts'
import { MemoryLive } from '../../testkit/memory-live.ts'
import { InlineDisk } from './disk.ts'
import { LiveFiles } from './live-files.ts'

interface Session {
  extension: string
}

/** A machine on which processes come and go. */
interface Machine {
  start(): Live
  /** The process dies once what it wrote has had its time. */
  crash(): Promise<Live>
}

function withFiles(): Machine {
  const files = new MemoryFiles()
  let live: LiveFiles
  const start = () => {
    live = new LiveFiles({ data: '/data', run: '/run', files, disk: new InlineDisk(files), clock: new FakeClock() })
    return live
  }
  return {
    start,
    crash: async () => {
      await live.settled()
      return start()
    },
  }
}

function inMemory(): Machine {
  let live = new MemoryLive()
  return {
    start: () => live,
    crash: async () => {
      live = new MemoryLive({ after: live, lost: 'process' })
      return live
    },
  }
}

for (const [name, machine] of [
  ['files', withFiles],
  ['the fake', inMemory],
] as const) {
  test(`${name}: what is set is read at once, and what is deleted is gone`, async t => {
    const sessions = machine().start().collection<Session>('sessions', { keep: 'restart' })
    sessions.set('a', { extension: '201' })
    sessions.set('b', { extension: '202' })
    await sessions.setNow('a', { extension: '203' })
    await sessions.deleteNow('b')
    sessions.delete('never there')
    t.deepEqual(sessions.get('a'), { extension: '203' })
    t.deepEqual([...sessions.all()], [['a', { extension: '203' }]])
  })

  test(`${name}: a crash leaves what was to outlive it and takes the rest`, async t => {
    const box = machine()
    const live = box.start()
    for (const keep of ['process', 'restart', 'power'] as const)
      live.collection<Session>(keep, { keep }).set('a', { extension: keep })
    const after = await box.crash()
    const left = (['process', 'restart', 'power'] as const).map(keep =>
      after.collection<Session>(keep, { keep }).get('a'),
    )
    t.deepEqual(left, [undefined, { extension: 'restart' }, { extension: 'power' }])
  })

  test(`${name}: restored values that the collection refuses are left out`, async t => {
    const box = machine()
    const before = box.start().collection<object>('sessions', { keep: 'power' })
    before.set('old', { number: 1 })
    before.set('new', { extension: '201' })
    const accept = (value: unknown): value is Session => typeof (value as Partial<Session>).extension === 'string'
    const after = (await box.crash()).collection<Session>('sessions', { keep: 'power', accept })
    t.deepEqual([...after.all().keys()], ['new'])
  })
}
