// What stands for systemd: whoever ends is started again, nobody else notices, and stopping is orderly.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { tailLog } from './log-tail.ts'
import { readOptions } from './options.ts'
import { keepRunning } from './sibling.ts'

async function until(condition: () => boolean): Promise<boolean> {
  for (const deadline = performance.now() + 5000; performance.now() < deadline; ) {
    if (condition()) return true
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return false
}

test('a program that is killed runs again under a new process, and stops when asked', async t => {
  const run = mkdtempSync(join(tmpdir(), 'sibling-'))
  const said: string[] = []
  const o = { name: 'clock', command: 'sleep', args: ['1000'], run, stopMilliseconds: 2000 }
  const sibling = keepRunning({ ...o, say: text => void said.push(text), mistaken() {} })
  const first = sibling.pid
  if (first === undefined) throw new Error('it did not start')
  process.kill(first, 'SIGKILL')
  t.true(await until(() => sibling.pid !== undefined && sibling.pid !== first))
  t.is(readFileSync(join(run, 'clock.pid'), 'utf8'), `${sibling.pid}\n`)
  t.regex(said.join(), /ended \(SIGKILL\); starting it again/)
  await sibling.stop()
  t.is(sibling.pid, undefined)
  rmSync(run, { recursive: true })
})

test('a program that ends at once is tried for ever, with patience', async t => {
  const run = mkdtempSync(join(tmpdir(), 'sibling-'))
  const said: string[] = []
  const o = { name: 'fails', command: 'false', args: [], run, stopMilliseconds: 100 }
  const sibling = keepRunning({ ...o, say: text => void said.push(text), mistaken() {} })
  t.true(await until(() => said.length >= 4))
  t.is(said[0], 'fails ended (exit code 1); starting it again')
  t.is(said[3], 'fails ended (exit code 1); starting it again in 400 ms')
  await sibling.stop()
  rmSync(run, { recursive: true })
})

test('a program that does not listen is killed when its time is over', async t => {
  const run = mkdtempSync(join(tmpdir(), 'sibling-'))
  const args = ['-c', 'trap "" TERM; echo deaf; while :; do sleep 0.05; done']
  const lines: string[] = []
  const endTail = tailLog(join(run, 'deaf.log'), line => void lines.push(line))
  const sibling = keepRunning({
    name: 'deaf',
    command: 'sh',
    args,
    run,
    stopMilliseconds: 200,
    say() {},
    mistaken() {},
  })
  t.true(await until(() => lines.includes('deaf')))
  await sibling.stop()
  t.is(sibling.pid, undefined)
  endTail()
  rmSync(run, { recursive: true })
})

test('a program that calls its options wrong is not started again, but told', async t => {
  const run = mkdtempSync(join(tmpdir(), 'sibling-'))
  const said: string[] = []
  let mistakes = 0
  const mistaken = () => {
    mistakes += 1
  }
  const args = ['-c', 'exit 78']
  const sibling = keepRunning({
    name: 'wrong',
    command: 'sh',
    args,
    run,
    stopMilliseconds: 200,
    say: text => void said.push(text),
    mistaken,
  })
  t.true(await until(() => mistakes === 1))
  t.is(sibling.pid, undefined)
  t.deepEqual(said, [])
  await sibling.stop()
  rmSync(run, { recursive: true })
})

test('options are handed on to whom they concern', t => {
  const options = readOptions(['--data', '/d', '--run', '/r', '--sip-port', '5060', '--profile', '/p.json'], '/here')
  t.deepEqual(options?.board, ['--data', '/d', '--run', '/r', '--profile', '/p.json'])
  t.deepEqual(options?.supervisor, ['--data', '/d', '--run', '/r', '--sip-port', '5060'])
})

test('an unknown option is an error that names it', t => {
  t.throws(() => readOptions(['--sip-prot', '5060'], '/here'), { message: /--sip-prot/ })
})
