// The stores as the box opens them: real files, real threads, and a process that dies.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test, { type ExecutionContext } from 'ava'
import { openDoomed } from '../../testkit/doomed-writer.ts'
import { devices, idOf, sites, tester } from '../../testkit/sample-plant.ts'

async function directory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'stores-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

test('a box that is stopped and started has its document, its secrets and its live facts', async t => {
  const path = await directory(t)
  const first = openDoomed(path)
  const main = { op: 'put', kind: 'site', id: idOf('sit', 1), value: { name: 'Main' } } as const
  const value = { name: 'Phone', site: idOf('sit', 1) }
  const phone = { op: 'put', kind: 'device', id: idOf('dev', 1), value, secrets: { secret: 'hush' } } as const
  await first.stores.store.change({ why: 'set-up', author: tester, ops: [main, phone] })
  first.calls.set('call', { n: 1 })
  await first.stores.close()
  const second = openDoomed(path)
  await second.stores.recordsOpen
  t.is(second.stores.store.secret(second.stores.store.get(devices, idOf('dev', 1))?.secret ?? ''), 'hush')
  t.deepEqual(second.calls.get('call'), { n: 1 })
  t.deepEqual(second.stores.problems(), [])
  t.is((await stat(join(path, 'data/box/machine.key'))).mode & 0o777, 0o600)
  t.is((await stat(join(path, 'data/vault.log'))).mode & 0o777, 0o600)
  await second.stores.close()
})

for (const lines of [25, 700, 1_300])
  test(`whoever kills the process after ${lines} promises finds every one of them kept`, async t => {
    const path = await directory(t)
    const writer = new URL('../../testkit/doomed-writer.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [writer, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const promised = { change: 0, alarm: 0, call: 0 }
    let heard = 0
    for await (const line of createInterface({ input: child.stdout })) {
      const [what, n] = line.split(' ') as [keyof typeof promised, string]
      promised[what] = Number(n)
      heard += 1
      if (heard === lines) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const { stores, alarms, calls } = openDoomed(path)
    t.true(promised.change > 0)
    t.true(stores.store.all(sites).length >= promised.change)
    t.true((alarms.get('latest')?.n ?? 0) >= promised.alarm)
    t.true((calls.get('latest')?.n ?? 0) >= promised.call)
    t.deepEqual(
      stores.problems().filter(p => p.code !== 'store.log-torn'),
      [],
    )
    await stores.close()
  })
