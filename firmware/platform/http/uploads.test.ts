// Files over the real web: what came whole reaches the feature and is gone afterwards; too much, nothing and strangers are refused.
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { feature, type Route } from '../../kernel/feature.ts'
import { Type } from '../../kernel/schema.ts'
import { webRig } from '../../testkit/web-rig.ts'

/** A feature that weighs what is uploaded, waiting for `gate`, and answers with a file. */
async function scales(t: ExecutionContext, gate: Promise<void> = Promise.resolve()) {
  const directory = mkdtempSync(join(tmpdir(), 'uploads-'))
  const weigh: Route<{ note: string }, object> = {
    method: 'POST',
    path: 'uploads/scales',
    about: 'Weighs.',
    permission: 'lamps.flash',
    input: Type.Object({ note: Type.String({ maxLength: 5 }) }, { additionalProperties: false }),
    upload: { largestBytes: 1_000_000, directory },
    async run({ note }, _who, file = '') {
      await gate
      return { note, bytes: readFileSync(file).length }
    },
  }
  const show: Route<object, object> = {
    method: 'GET',
    path: 'scales/show',
    about: 'A file.',
    permission: 'lamps.flash',
    run: () => ({ sentFile: join(import.meta.dirname, 'send.ts'), type: 'text/x-typescript' }),
  }
  const gone: Route<object, object> = {
    ...show,
    path: 'scales/gone',
    run: () => ({ sentFile: '/nowhere/at/all', type: 'image/png' }),
  }
  const offered = feature<unknown, undefined>({
    name: 'scales',
    about: 'For this test.',
    start: () => ({ routes: [weigh, show, gone] as Route<never, unknown>[] }),
  })
  return { ...(await webRig(t, [offered as never])), left: () => existsSync(join(directory, 'upload')) }
}
const headers = { 'content-type': 'application/octet-stream' }
const path = '/api/uploads/scales?note=hall'

test('a file is handed over whole with its message, and does not stay', async t => {
  const { ask, left } = await scales(t)
  const said = await ask('POST', path, { as: 'flasher', raw: 'x'.repeat(900_000), headers })
  t.deepEqual(said.body, { note: 'hall', bytes: 900_000 })
  t.false(left())
})

test('too much is refused with field and remedy, told its length or not; so is nothing', async t => {
  const { ask, left } = await scales(t)
  const raw = 'x'.repeat(1_000_001)
  for (const more of [{}, { 'transfer-encoding': 'chunked' }]) {
    const refused = await ask('POST', path, { as: 'flasher', raw, headers: { ...headers, ...more } })
    t.is(refused.status, 413)
    t.regex(refused.body.error.fields.file, /larger than 1 MB: make it smaller/)
  }
  t.is((await ask('POST', path, { as: 'flasher', headers })).body.error.code, 'web.no-file')
  t.false(left())
})

test('who is not signed in, or may not, sends no file; a wrong message and a wrong path are refused', async t => {
  const { ask } = await scales(t)
  t.is((await ask('POST', path, { raw: 'x', headers })).status, 401)
  t.is((await ask('POST', path, { as: 'looker', raw: 'x', headers })).status, 403)
  t.is((await ask('POST', '/api/uploads/scales?note=toolong', { as: 'flasher', raw: 'x', headers })).status, 400)
  t.is((await ask('POST', '/api/uploads/other', { as: 'flasher', raw: 'x', headers })).status, 404)
})

test('two at a time are one too many: the second is told to try again', async t => {
  let open = () => {}
  const { ask } = await scales(t, new Promise(resolve => (open = resolve)))
  const both = [1, 2].map(() => ask('POST', path, { as: 'flasher', raw: 'x', headers }).finally(() => open()))
  const statuses = (await Promise.all(both)).map(one => one.status)
  t.deepEqual(statuses.sort(), [200, 409])
})

test('an answer that is a file is sent as it is; one that is gone is refused in words', async t => {
  const { ask } = await scales(t)
  const said = await ask('GET', '/api/scales/show', { as: 'flasher' })
  t.is(said.headers['content-type'], 'text/x-typescript')
  t.is(said.text, readFileSync(join(import.meta.dirname, 'send.ts'), 'utf8'))
  t.is((await ask('GET', '/api/scales/gone', { as: 'flasher' })).body.error.code, 'web.file-gone')
})
