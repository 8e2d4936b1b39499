// The durable store: acknowledged means durable, whatever the disk does next.
import test from 'ava'
import type { PbxError } from '../../kernel/errors.ts'
import { fileError, MemoryFiles } from '../../testkit/memory-files.ts'
import { devices, extensions, idOf, plant, sites, tester } from '../../testkit/sample-plant.ts'
import { RecordingFiles, tornDisks } from '../../testkit/torn-disk.ts'
import { type Disk, InlineDisk } from './disk.ts'
import { compactDocument } from './document-files.ts'
import { FileStore } from './file-store.ts'

function open(files: MemoryFiles, foldAfter = 500, disk: Disk = new InlineDisk(files)): FileStore {
  return new FileStore({
    ...plant,
    directory: '/data',
    files,
    disk,
    compact: async (directory, upTo) => compactDocument(files, directory, upTo),
    now: () => 1_000,
    report: () => {},
    foldAfter,
  })
}

const put = (store: FileStore, kind: string, id: string, value: object) =>
  store.change({ why: `put ${id}`, author: tester, ops: [{ op: 'put', kind, id, value }] })

/** Everything a reader can see, secrets opened. */
const seen = (store: FileStore): string =>
  JSON.stringify([
    plant.kinds.map(kind => [...store.all(kind as typeof sites)].sort((a, b) => (a.id < b.id ? -1 : 1))),
    store.settings('bells'),
    store.all(devices).map(d => d.secret && store.secret(d.secret)),
  ])

async function history(store: FileStore, told: (store: FileStore) => void = () => {}): Promise<void> {
  await put(store, 'site', idOf('sit', 1), { name: 'Main' })
  told(store)
  for (let n = 1; n <= 4; n++) {
    await put(store, 'device', idOf('dev', n), { name: `Phone ${n}`, site: idOf('sit', 1), secret: `secret ${n}` })
    told(store)
    await put(store, 'extension', idOf('ext', n), { name: `Desk ${n}`, number: `20${n}`, device: idOf('dev', n) })
    told(store)
  }
  await store.change({
    why: 'bells',
    author: tester,
    ops: [{ op: 'settings', feature: 'bells', value: { volume: 3 } }],
  })
  told(store)
  await store.change({ why: 'away', author: tester, ops: [{ op: 'delete', kind: 'device', id: idOf('dev', 2) }] })
  told(store)
  await store.undo(store.revision, tester)
  told(store)
}

test('a box that starts again has every change, secret, setting and undo step', async t => {
  const files = new MemoryFiles()
  const store = open(files, 4)
  await history(store)
  await store.close()
  const again = open(files, 4)
  t.is(seen(again), seen(store))
  t.is(again.revision, 12)
  t.deepEqual(again.problems(), [])
  const log = files.paths().filter(path => path.endsWith('.log') && path.includes('/document/'))
  t.true(log.length <= 4, `the log stays short: ${log}`)
  const back = await again.undo(again.revision, tester)
  t.is(back.undoes, 12)
  t.is(again.get(devices, idOf('dev', 2)), undefined)
})

test('changes asked for at the same time stand on one another and share a write', async t => {
  const files = new MemoryFiles()
  let syncs = 0
  files.fault = operation => {
    if (operation === 'sync') syncs += 1
    return undefined
  }
  const store = open(files)
  syncs = 0
  const names = Array.from({ length: 20 }, (_, n) => n)
  const sets = await Promise.all(names.map(n => put(store, 'site', idOf('sit', n), { name: `Site ${n}` })))
  t.deepEqual(
    sets.map(set => set.rev),
    names.map(n => n + 1),
  )
  t.true(syncs <= 3, `${syncs} syncs`)
  const clash = [
    put(store, 'extension', idOf('ext', 1), { name: 'A', number: '1' }),
    put(store, 'extension', idOf('ext', 2), { name: 'B', number: '1' }),
  ]
  t.deepEqual(
    (await Promise.allSettled(clash)).map(r => r.status),
    ['fulfilled', 'rejected'],
  )
})

test('readers see a change only once it is durable', async t => {
  const store = open(new MemoryFiles())
  const asked = put(store, 'site', idOf('sit', 1), { name: 'Main' })
  t.is(store.get(sites, idOf('sit', 1)), undefined)
  await asked
  t.is(store.get(sites, idOf('sit', 1))?.name, 'Main')
})

test('on a full disk changes are refused, what was acknowledged stays, and it goes on when there is room', async t => {
  const files = new MemoryFiles()
  const store = open(files)
  await put(store, 'site', idOf('sit', 1), { name: 'Main' })
  files.capacity = files.used + 40
  const refused = await Promise.allSettled([
    put(store, 'site', idOf('sit', 2), { name: 'Second' }),
    put(store, 'device', idOf('dev', 1), { name: 'D', site: idOf('sit', 2) }),
  ])
  t.deepEqual(
    refused.map(r => r.status === 'rejected' && (r.reason as PbxError).code),
    ['store.disk-full', 'store.disk-full'],
  )
  t.is(store.problems()[0]?.code, 'store.disk-full')
  t.is(store.revision, 1)
  t.is(open(files).get(sites, idOf('sit', 1))?.name, 'Main')
  files.capacity = Number.POSITIVE_INFINITY
  t.is((await put(store, 'site', idOf('sit', 2), { name: 'Second' })).rev, 2)
  t.deepEqual(store.problems(), [])
  t.is(seen(open(files)), seen(store))
})

test('a disk that fails a sync is believed no more than a full one', async t => {
  const files = new MemoryFiles()
  const store = open(files)
  await put(store, 'site', idOf('sit', 1), { name: 'Main' })
  files.fault = operation => (operation === 'sync' ? fileError('EIO') : undefined)
  await t.throwsAsync(put(store, 'site', idOf('sit', 2), { name: 'B' }), { code: 'store.disk-failed' })
  files.fault = undefined
  await put(store, 'site', idOf('sit', 3), { name: 'C' })
  t.deepEqual(
    open(files)
      .all(sites)
      .map(s => s.name),
    ['Main', 'C'],
  )
})

test('a box whose disk has become read-only starts with everything, says so, and refuses changes', async t => {
  const files = new MemoryFiles()
  const store = open(files)
  await history(store)
  const log = files.paths().find(path => path.includes('changes.')) ?? ''
  files.append(log, Buffer.from('\n77 torn'), 0o600)
  files.fault = operation => (operation === 'read' ? undefined : fileError('EROFS'))
  const again = open(files)
  t.is(seen(again), seen(store))
  t.true(again.problems().some(p => p.code === 'store.not-repaired'))
  await t.throwsAsync(put(again, 'site', idOf('sit', 2), { name: 'B' }), { code: 'store.disk-failed' })
  t.is(again.secret(again.get(devices, idOf('dev', 1))?.secret ?? ''), 'secret 1')
})

test('a key that the disk refused at first start goes out with the first secret', async t => {
  const files = new MemoryFiles()
  files.fault = (operation, path) =>
    operation === 'write' && path.includes('machine.key') ? fileError('ENOSPC') : undefined
  const store = open(files)
  await t.throwsAsync(history(store), { code: 'store.disk-full' })
  files.fault = undefined
  await put(store, 'device', idOf('dev', 1), { name: 'D', site: idOf('sit', 1), secret: 'kept' })
  const again = open(files)
  t.is(again.secret(again.get(devices, idOf('dev', 1))?.secret ?? ''), 'kept')
})

test('what a disk wrote and then died without saying is taken away before the next change', async t => {
  const files = new MemoryFiles()
  const inner = new InlineDisk(files)
  let dying = false
  const disk = {
    run: async (steps: Parameters<InlineDisk['run']>[0]) => {
      await inner.run(steps)
      if (dying) throw new Error('the disk thread ended')
    },
    close: () => inner.close(),
  }
  const store = open(files, 500, disk)
  await put(store, 'site', idOf('sit', 1), { name: 'Main' })
  dying = true
  await t.throwsAsync(put(store, 'site', idOf('sit', 2), { name: 'Never promised' }), { code: 'store.disk-failed' })
  dying = false
  await put(store, 'site', idOf('sit', 3), { name: 'Promised' })
  t.deepEqual(
    open(files)
      .all(sites)
      .map(s => s.name),
    ['Main', 'Promised'],
  )
})

test('a rotten snapshot is replaced by the one before it and the log, and said', async t => {
  const files = new MemoryFiles()
  const store = open(files, 3)
  await history(store)
  await store.close()
  const before = seen(store)
  for (const spoil of [
    (b: Buffer) => b.subarray(0, b.length >> 1),
    (b: Buffer) => Buffer.from(b.toString().replace('Desk 1', 'Desk 9')),
  ]) {
    const copy = new MemoryFiles(new Map(files.paths().map(path => [path, files.read(path) ?? Buffer.alloc(0)])))
    const path = '/data/document/extension.json'
    copy.write(path, spoil(copy.read(path) ?? Buffer.alloc(0)), 0o600)
    const again = open(copy, 3)
    t.is(seen(again), before)
    t.deepEqual(
      again.problems().map(p => p.code),
      ['store.snapshot-damaged:extension'],
    )
  }
})

test('a snapshot whose predecessor is rotten too is a loss that is shown once, and the rest runs', async t => {
  const files = new MemoryFiles()
  const store = open(files, 3)
  await history(store)
  await store.close()
  for (const name of ['extension.json', 'extension.previous.json'])
    files.write(`/data/document/${name}`, Buffer.from('{'), 0o600)
  const again = open(files, 3)
  t.true(again.problems().some(p => p.code === 'store.collection-lost:extension' && p.severity === 'serious'))
  t.is(again.all(devices).length, 4)
  await put(again, 'extension', idOf('ext', 9), { name: 'New', number: '999' })
  await again.close()
  const third = open(files, 3)
  t.deepEqual(third.problems(), [])
  t.is(third.get(extensions, idOf('ext', 9))?.number, '999')
})

test('no secret lies on the disk in plain, and a foreign key opens none', async t => {
  const files = new MemoryFiles()
  await history(open(files))
  const bytes = files.paths().map(path => files.read(path)?.toString('latin1') ?? '')
  t.false(bytes.some(text => text.includes('secret 1')))
  files.write('/data/box/machine.key', Buffer.alloc(32, 7), 0o600)
  const again = open(files)
  t.deepEqual(
    again.problems().map(p => p.code),
    ['store.secrets-unreadable'],
  )
  t.is(again.get(extensions, idOf('ext', 1))?.number, '201')
})

test('after a power cut at any moment every acknowledged change is there, and no half of one', async t => {
  const files = new RecordingFiles()
  const store = open(files, 4)
  const states = new Map<number, string>([[0, seen(store)]])
  await history(store, ({ revision }) => {
    states.set(revision, seen(store))
    files.acknowledge(String(revision))
  })
  await store.close()
  let disks = 0
  for (const disk of tornDisks(files.record)) {
    disks += 1
    const again = open(new MemoryFiles(disk.content), 4)
    const acknowledged = Number(disk.acknowledged.at(-1) ?? 0)
    const where = `operation ${disk.at}, acknowledged ${acknowledged}, found ${again.revision}`
    if (again.revision < acknowledged) t.fail(where)
    if (seen(again) !== states.get(again.revision)) t.is(seen(again), states.get(again.revision) ?? '', where)
    if (again.problems().some(p => p.code !== 'store.log-torn')) t.deepEqual(again.problems(), [], where)
  }
  t.true(disks > 500, `${disks} disks`)
})
