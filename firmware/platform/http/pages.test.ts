import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import fastify from 'fastify'
import { servePages } from './pages.ts'

test('the first page is given to whoever looks, the others to those who ask for a page', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'pages-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  await writeFile(join(directory, 'index.html'), '<style nonce="__NONCE__"></style>')
  const app = fastify()
  t.teardown(() => app.close())
  await servePages(app, directory)
  const look = (url: string, accept: string) => app.inject({ method: 'GET', url, headers: { accept } })
  for (const [url, accept] of [
    ['/', '*/*'],
    ['/?from=monitor', '*/*'],
    ['/alarms', 'text/html,*/*'],
  ] as const) {
    const { statusCode, body } = await look(url, accept)
    t.is(statusCode, 200, url)
    t.regex(body, /nonce="[A-Za-z0-9+/]{22}=="/, 'each answer has a nonce of its own')
  }
  for (const [url, accept] of [
    ['/nowhere', '*/*'],
    ['/api/nowhere', 'text/html'],
  ] as const)
    t.is((await look(url, accept)).statusCode, 404, url)
})
