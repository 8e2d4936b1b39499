// Kept files survive and never appear half written.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { openBlobDirectory } from './blob-directory.ts'

test('the same bytes are kept as one file that can be read back', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'blobs-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const blobs = openBlobDirectory(join(directory, 'kept'))
  const [one, two] = [await blobs.put(Buffer.from('ding'), '.wav'), await blobs.put(Buffer.from('ding'), '.wav')]
  t.deepEqual(one, two)
  t.is(one.file, blobs.fileOf(one.sha256, '.wav'))
  t.is(Buffer.from(await blobs.read(one.file)).toString(), 'ding')
  t.deepEqual(await readdir(join(directory, 'kept')), [`${one.sha256}.wav`])
})

test('a file that is not there is an error with a code', async t => {
  const blobs = openBlobDirectory('/nonexistent')
  await t.throwsAsync(blobs.read('/nonexistent/a.wav'), { message: /cannot be read/ })
})
