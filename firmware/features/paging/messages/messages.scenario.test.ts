// Messages over the whole box: spoken, uploaded, broken; ready before anybody needs them.
import type { ExecutionContext } from 'ava'
import { ask, startPlant } from '../../../testkit/fresh-plant.ts'
import type { Box, ScenarioOptions } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { toneOf } from './tones.ts'
import { RATE, readWav, writeWav } from './wav.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await startPlant(o)
  t.teardown(() => box.ends())
  return box
}
const wav = () => Buffer.from(writeWav(toneOf('chime'))).toString('base64')
const listen = (box: Box, message: string) => ask<{ wav: string; seconds: number }>(box, 'messages/listen', { message })

test('a text is spoken once when it is saved, in the language of the site, and can be listened to', async t => {
  const box = await plant(t)
  const message = await box.put('message', { name: 'Shift', text: 'The shift ends.' })
  await box.passes('1s')
  t.is(box.spoken.filter(text => text === 'The shift ends.').length, 1)
  const sound = readWav(Buffer.from((await listen(box, message)).wav, 'base64'))
  t.is(sound.rate, RATE)
  await box.restarts()
  await box.passes('1s')
  t.truthy(await listen(box, message))
})

test('an uploaded recording is played instead of a text, and the message keeps its name', async t => {
  const box = await plant(t)
  const { message, seconds } = await ask<{ message: string; seconds: number }>(box, 'messages/upload', {
    name: 'Gong',
    wav: wav(),
  })
  t.is(seconds, 1.6)
  await box.settles()
  t.is(readWav(Buffer.from((await listen(box, message)).wav, 'base64')).samples.length, 1.6 * RATE)
  const text = await box.put('message', { name: 'Break', text: 'Break.' })
  await ask(box, 'messages/upload', { message: text, wav: wav() })
  await box.settles()
  t.is(readWav(Buffer.from((await listen(box, text)).wav, 'base64')).samples.length, 1.6 * RATE)
})

test('an upload that is no recording is refused with what to do, and changes nothing', async t => {
  const box = await plant(t)
  const before = box.store.revision
  const upload = (o: object) => t.throwsAsync(async () => ask(box, 'messages/upload', o))
  t.regex((await upload({ name: 'Noise', wav: 'AAAA' })).message, /not a WAV/)
  t.regex((await upload({ wav: wav() })).message, /name/)
  t.regex((await upload({ message: 'msg_none', wav: wav() })).message, /no such message/)
  t.is(box.store.revision, before)
})

test('a message without text and recording is refused', async t => {
  const box = await plant(t)
  await t.throwsAsync(box.put('message', { name: 'Nothing' }), { message: /write what is to be spoken/ })
})

test('a message that cannot be loaded is a problem with its reason, and is tried again until it can', async t => {
  const box = await plant(t)
  box.sip.failAt(1)
  await box.put('message', { name: 'Unlucky', text: 'Nobody hears this.' })
  await box.settles()
  const problem = () => box.host.problems().find(one => one.code.startsWith('messages.not-ready'))
  t.regex(problem()?.text ?? '', /Unlucky/)
  await box.passes('31s')
  t.is(problem(), undefined)
})
