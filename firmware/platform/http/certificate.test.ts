// The box's own authority, and what becomes of its certificates over the years.
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { makeAuthority, makeLeaf, whyRenew } from './certificate.ts'
import { openKeys } from './key-files.ts'

const NOW = Date.UTC(2026, 5, 1)
const DAY = 86_400_000

test('a browser that trusts the authority of the box accepts its pages under every name and address', async t => {
  const now = Date.now()
  const authority = await makeAuthority('pbx.plant', now)
  const leaf = await makeLeaf(authority, ['pbx.plant', 'localhost', '127.0.0.1', '::1'], now)
  const server = createServer({ cert: leaf.certificate, key: leaf.key }, (_request, reply) => reply.end('hello'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  for (const servername of ['localhost', 'pbx.plant']) {
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, servername, ca: authority.certificate, agent: false }, reply => {
        reply.resume()
        resolve(reply.statusCode)
      })
        .on('error', reject)
        .end()
    })
    t.is(status, 200, servername)
  }
  const read = new X509Certificate(leaf.certificate)
  t.truthy(read.checkIP('127.0.0.1'))
  t.truthy(read.checkIP('::1'))
  t.falsy(read.checkHost('evil.example'))
  t.falsy(read.ca)
})

test('a certificate is made anew 30 days before it runs out, when a name is missing, and under another authority', async t => {
  const authority = await makeAuthority('box', NOW)
  const leaf = await makeLeaf(authority, ['box', '::1'], NOW)
  const why = (names: string[], now: number, by = authority.certificate) =>
    whyRenew(leaf.certificate, by, { names, now })
  t.is(why(['box', '0:0:0:0:0:0:0:1'], NOW), undefined)
  t.is(why(['box'], NOW + 366 * DAY), undefined)
  t.is(why(['box'], NOW + 368 * DAY), 'runs out soon')
  t.is(why(['box', 'other'], NOW), 'does not name other')
  t.is(why(['box'], NOW, (await makeAuthority('box two', NOW)).certificate), 'signed by another authority')
})

test('the keys stay over a restart, are readable by their owner only, and a torn certificate is replaced', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'keys-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const first = await openKeys(directory, { names: ['box'], now: NOW })
  t.is(first.renewed, 'first start')
  const again = await openKeys(directory, { names: ['box'], now: NOW + DAY })
  t.deepEqual([again.leaf, again.authority, again.renewed], [first.leaf, first.authority, undefined])
  for (const name of ['authority.key', 'web.key']) t.is((await stat(join(directory, name))).mode & 0o777, 0o600)
  await writeFile(join(directory, 'web.crt'), 'torn')
  const mended = await openKeys(directory, { names: ['box'], now: NOW })
  t.is(mended.renewed, 'cannot be read')
  t.is(mended.authority, first.authority)
  const renewed = await openKeys(directory, { names: ['box'], now: NOW + 370 * DAY })
  t.is(renewed.renewed, 'runs out soon')
  t.is(renewed.authority, first.authority)
})
