import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { PbxError } from '../../kernel/errors.ts'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { answerIn, Errands, type ErrandsOptions } from './errands.ts'
import type { Look } from './looking.ts'
import { createSpeech } from './speech.ts'
import { systemClock } from './system-clock.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const directory = () => mkdtempSync(join(tmpdir(), 'errands-'))

function errands(t: ExecutionContext, o: Partial<ErrandsOptions> = {}): Errands {
  const made = new Errands({ clock: systemClock({ trusted: () => true }), log: silent, ...o })
  t.teardown(() => made.close())
  return made
}

/** A machine whose espeak-ng is this script; without one there is none. */
function withSpeaker(script?: string): NodeJS.ProcessEnv {
  const bin = directory()
  if (script === undefined) return { ...process.env, PATH: bin }
  writeFileSync(join(bin, 'espeak-ng'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'espeak-ng'), 0o755)
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
}

const refusal = (t: ExecutionContext, work: Promise<unknown>) =>
  t.throwsAsync(work, { instanceOf: PbxError }) as Promise<PbxError>

test('the machine tells its load, memory and disks', async t => {
  const look = (await errands(t).run('look')) as Look
  t.true(look.cores >= 1)
  t.true(look.memory.totalBytes > look.memory.availableBytes)
  t.true(look.disks.some(disk => disk.mount === '/' && disk.totalBytes >= disk.usedBytes))
  t.true(look.load >= 0 && look.load <= 1)
})

test('where espeak-ng is missing, a text is refused with field and remedy, and errands go on', async t => {
  const child = errands(t, { environment: withSpeaker() })
  const error = await refusal(t, createSpeech(directory(), child)('Leave the building.', 'en'))
  t.is(error.code, 'speech.no-voice')
  t.regex(error.message, /espeak-ng is not installed/)
  t.regex(error.fields.text ?? '', /upload a recording/)
  t.is(child.problem(), undefined)
})

test('a speaker that hangs is ended and named, and holds up no other errand', async t => {
  const child = errands(t, { environment: withSpeaker('exec sleep 60') })
  const speech = { text: 'Leave.', language: 'en', file: join(directory(), 'x.wav'), patienceMilliseconds: 300 }
  const refused = refusal(t, child.run('speak', speech))
  await child.run('look')
  t.regex((await refused).message, /espeak-ng hangs/)
  t.is(child.metrics().errands_process_starts, 1)
})

test('a process that hangs is ended, the errand is refused, and the next one is done by a new process', async t => {
  const clock = new FakeClock()
  const child = errands(t, { clock, environment: withSpeaker('exec sleep 60') })
  const spoken = createSpeech(directory(), child)('Leave the building.', 'en')
  // Its answer shows that the process runs; the text hangs in it.
  await child.run('look')
  const refused = refusal(t, spoken)
  await clock.advance('30s')
  t.is((await refused).code, 'errands.too-slow')
  await until(t, () => child.problem() !== undefined)
  t.regex(child.problem()?.remedy ?? '', /started again by itself/)
  const looked = child.run('look')
  await clock.advance('5s')
  t.true(((await looked) as Look).cores >= 1)
  t.is(child.problem(), undefined)
  t.is(child.metrics().errands_process_starts, 2)
})

test('what was under way when the process died is done by the next one', async t => {
  const flag = join(directory(), 'died')
  // Kills the process that started it, once; speaks afterwards.
  const script = `if [ ! -e ${flag} ]; then touch ${flag}; kill -9 $PPID; fi\nPATH=/usr/bin:/bin exec espeak-ng "$@"`
  const child = errands(t, { environment: withSpeaker(script) })
  const { file } = await createSpeech(directory(), child)('Leave the building.', 'en')
  t.regex(file, /\.wav$/)
  t.is(child.metrics().errands_process_starts, 2)
})

test('a text that kills every process is given up, and is told; so many errands wait and no more', async t => {
  const child = errands(t, { environment: withSpeaker('kill -9 $PPID') })
  const error = await refusal(t, createSpeech(directory(), child)('Leave the building.', 'en'))
  t.is(error.code, 'errands.not-running')
  t.is(child.problem()?.code, 'errands.not-running')
  const many = Array.from({ length: 1001 }, () => child.run('look'))
  t.is((await refusal(t, many[1000] ?? Promise.resolve())).code, 'errands.overloaded')
  child.close()
  for (const one of await Promise.allSettled(many)) t.is(one.status, 'rejected')
})

async function until(t: ExecutionContext, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!holds() && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20))
  t.true(holds())
}

test('half a line of a process that was ended, or any other, is no answer and does no harm', t => {
  const answer = JSON.stringify({ id: 7, ok: { load: 0.5 } })
  t.deepEqual(answerIn(answer), { id: 7, ok: { load: 0.5 } })
  for (let length = 0; length < answer.length; length++) t.is(answerIn(answer.slice(0, length)), undefined)
  const any = fc.oneof(fc.string(), fc.json())
  fc.assert(fc.property(any, line => answerIn(line) === undefined || 'id' in JSON.parse(line)))
})
