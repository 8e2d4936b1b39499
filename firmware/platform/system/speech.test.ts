import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { type Speech, speak } from './speaking.ts'
import { createSpeech } from './speech.ts'

/** Done here instead of in a process of its own. */
const errands = { run: (_: string, input?: object) => speak(input as Speech) }
const directory = () => mkdtempSync(join(tmpdir(), 'speech-'))

test('a text becomes a WAV with true sizes, once, however often it is asked for', async t => {
  const kept = directory()
  const speech = createSpeech(kept, errands)
  const [first, second] = await Promise.all([
    speech('Leave the building now.', 'en'),
    speech('Leave the building now.', 'en'),
  ])
  t.deepEqual(first, second)
  const wav = readFileSync(first.file)
  t.is(wav.readUInt32LE(4), wav.length - 8)
  t.true(wav.length > 20_000)
  t.is(readdirSync(kept).length, 1)
  t.deepEqual(await createSpeech(kept, errands)('Leave the building now.', 'en'), first)
})

test('a language without a voice is refused with what to do', async t => {
  const error = await t.throwsAsync(createSpeech(directory(), errands)('hello', 'xx-nowhere'), {
    code: 'speech.no-voice',
  } as object)
  t.regex(JSON.stringify(error), /upload a recording/)
})

test('a text that is too long names the field', async t => {
  const error = await t.throwsAsync(createSpeech(directory(), errands)('x'.repeat(3000), 'en'))
  t.regex(JSON.stringify(error), /shorten it/)
})
