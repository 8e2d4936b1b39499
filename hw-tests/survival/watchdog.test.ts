// What systemd hears of the supervisor: ready when it takes calls, alive as long as it serves them, stopping when asked.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createNotifier } from '../../board/notifier.ts'
import { freePort } from '../lab/free-port.ts'
import { until } from '../lab/until.ts'
import { Program } from '../phones/process.ts'

/** A socket as systemd's; what was said to it so far. */
async function listener(t: ExecutionContext): Promise<{ path: string; said(): string }> {
  const folder = await mkdtemp(join(tmpdir(), 'notify-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'socket')
  const program = await Program.start('socat', ['-u', `UNIX-RECV:${path}`, 'STDOUT'])
  t.teardown(() => program.stop())
  await until('the socket is there', () => existsSync(path))
  return { path, said: () => program.said }
}

const count = (text: string, word: string) => text.split(word).length - 1

test('the watchdog is fed only while its question is answered yes', async t => {
  const { path, said } = await listener(t)
  let healthy = true
  const notifier = createNotifier({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '150000' })
  t.teardown(() => notifier.close())
  notifier.ready(() => healthy)
  await until('it was fed', () => count(said(), 'WATCHDOG=1') >= 3)
  t.true(said().startsWith('READY=1'))
  healthy = false
  let questions = 0
  const unwell = createNotifier({ NOTIFY_SOCKET: path, WATCHDOG_USEC: '150000' })
  t.teardown(() => unwell.close())
  const before = count(said(), 'WATCHDOG=1')
  unwell.ready(() => ++questions < 0)
  await until('it was asked', () => questions >= 3)
  // A last word may have been on its way when the answer changed.
  t.true(count(said(), 'WATCHDOG=1') <= before + 1)
})

test('the supervisor says ready when its console answers, then that it lives, and that it stops', async t => {
  const { path, said } = await listener(t)
  const folder = await mkdtemp(join(tmpdir(), 'watched-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const where = ['--data', join(folder, 'data'), '--run', join(folder, 'run'), '--host', '127.0.0.1']
  const args = [...where, '--sip-tls-port', `${await freePort()}`]
  const ports = ['--sip-port', `${await freePort()}`, '--http-port', `${await freePort()}`, '--rtp', '38000-38999']
  const program = join(import.meta.dirname, '..', '..', 'firmware', 'main.ts')
  const child: ChildProcess = spawn(process.execPath, [program, ...args, ...ports], {
    stdio: 'ignore',
    env: { ...process.env, NOTIFY_SOCKET: path, WATCHDOG_USEC: '600000' },
  })
  t.teardown(() => child.kill('SIGKILL'))
  await until('it is ready', () => said().includes('READY=1'), { seconds: 40 })
  t.true(existsSync(join(folder, 'run', 'console.sock')))
  await until('it lives', () => count(said(), 'WATCHDOG=1') >= 3, { seconds: 20 })
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = await gone
  t.is(code, 0)
  t.true(said().includes('STOPPING=1'))
})
