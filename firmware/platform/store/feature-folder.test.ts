import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openFeatureFolder } from './feature-folder.ts'

test('a file is found, read in pieces and removed; what is missing says so', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'feature-folder-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const folder = openFeatureFolder(directory)
  await folder.makeReady('2026-11-20')
  await writeFile(folder.path('2026-11-20/a.wav'), 'abcdef')
  t.is(await folder.size('2026-11-20/a.wav'), 6)
  t.is(Buffer.from(await folder.read('2026-11-20/a.wav', { from: 2, length: 3 })).toString(), 'cde')
  t.is((await folder.read('2026-11-20/a.wav', { from: 4, length: 100 })).length, 2)
  await folder.remove('2026-11-20/a.wav')
  await folder.remove('2026-11-20/a.wav')
  t.is(await folder.size('2026-11-20/a.wav'), undefined)
  await t.throwsAsync(folder.read('2026-11-20/a.wav', { from: 0, length: 1 }), { code: 'folder.missing' })
  const { freeBytes, totalBytes } = await folder.space()
  t.true(freeBytes > 0 && totalBytes >= freeBytes)
})

test('no name leads out of the folder', t => {
  const folder = openFeatureFolder('/data/recording')
  for (const name of ['../vault', 'a/../../vault', '/etc/passwd']) t.throws(() => folder.path(name))
  t.is(folder.path('a/../b.wav'), '/data/recording/b.wav')
})
