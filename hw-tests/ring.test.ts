import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { RingReading } from './ring.ts'

function reading(t: ExecutionContext) {
  const blackBoxes = mkdtempSync(join(tmpdir(), 'black-boxes-'))
  t.teardown(() => rmSync(blackBoxes, { recursive: true, force: true }))
  const said: string[] = []
  return { blackBoxes, said, ring: new RingReading({ say: line => void said.push(line), blackBoxes }) }
}

test('a failed test is told with its details, the machine and the last words of its box', t => {
  const { blackBoxes, said, ring } = reading(t)
  ring.take('ok 1 - calls › two phones talk')
  const words = Array.from({ length: 400 }, (_, i) => `line ${i} of the box`)
  writeFileSync(join(blackBoxes, 'box-1.log'), words.join('\n'))
  for (const line of ['not ok 2 - calls › a third joins', '  ---', '    message: nobody answered', '  ...', ''])
    ring.take(line)
  ring.take('ok 3 - calls › all hang up')
  const { passed, failures, durations } = ring.result()
  t.is(passed, 2)
  t.deepEqual(
    failures.map(({ title }) => title),
    ['calls › a third joins'],
  )
  const details = failures[0]?.details.join('\n') ?? ''
  for (const part of [/machine: load [\d.,]+ \d+ MB/, /box-1\.log/, /line 399 of the box/, /message: nobody answered/])
    t.regex(details, part)
  t.notRegex(details, /line 100 of|all hang up/)
  t.true(said.includes('NOT OK calls › a third joins'))
  t.deepEqual(
    durations.map(({ title }) => title),
    ['calls › two phones talk', 'calls › a third joins', 'calls › all hang up'],
  )
})

test('skips are kept apart, and a runner that dies without a word about a test is a failure', t => {
  const { ring } = reading(t)
  ring.take('ok 1 - the weather # SKIP')
  ring.take('ok 2 - the sky is up')
  ring.ended('pure: the runner ended with SIGKILL', 'Killed\n')
  const { passed, skipped, failures } = ring.result()
  t.deepEqual([passed, skipped], [1, ['the weather']])
  t.deepEqual(
    failures.map(({ title, details }) => [title, details.at(-1)]),
    [['pure: the runner ended with SIGKILL', 'Killed']],
  )
})
