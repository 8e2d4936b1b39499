// A safety officer gives the box a recorded announcement and hears it, in a real browser at a real box.
import test from 'ava'
import type { Browser, Locator, Page } from 'playwright-core'
import { heardSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { formatWav, parseWav } from '../audio/wav.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { firstSignIn, openBrowser, openPage, type Watched } from './browser.ts'

const rig: { box?: TestBox; browser?: Browser; watched?: Watched } = {}
const MELODY = toneSequence(5)
const TEXT = 'Please leave hall two.'

test.before(async () => {
  rig.box = await TestBox.start()
  await rig.box.put('message', { name: 'Leave', text: TEXT })
  rig.browser = await openBrowser()
  const context = await rig.browser.newContext({
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 900 },
  })
  rig.watched = await openPage(context)
  const printed = /Sign in as (\S+) with the first password (\S+)/.exec(rig.box.output)
  const [, signIn = '', password = ''] = printed ?? []
  const url = `https://127.0.0.1:${rig.box.webPort}`
  await firstSignIn(rig.watched.page, { url, first: { signIn, password }, next: 'seven safe signals' })
  await rig.watched.page.goto(`${url}/messages`)
  await rig.watched.page.getByRole('heading', { level: 1, name: 'Messages', exact: true }).waitFor()
})
test.after.always(async () => {
  await rig.browser?.close()
  await rig.box?.stop()
})

function present<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('box and browser did not start')
  return thing
}
const thePage = (): Page => present(rig.watched).page
const messages = () => present(rig.box).resources<{ id: string; rev: number; name: string }>('message')
const row = (name: string): Locator =>
  thePage()
    .getByRole('row')
    .filter({ has: thePage().getByRole('link', { name, exact: true }) })

async function upload(form: Locator, buffer: Buffer): Promise<void> {
  await form.locator('input[type=file]').setInputFiles({ name: 'announcement.wav', mimeType: 'audio/wav', buffer })
  await form.getByRole('button', { name: 'Upload', exact: true }).click()
}

/** Presses Listen once the box has the sound ready; what came over the network. */
async function listen(name: string): Promise<Buffer> {
  const message = (await messages()).find(one => one.name === name)?.id
  await until('the message is ready to be played', () =>
    present(rig.box)
      .ask('messages/listen', { message })
      .then(
        () => true,
        () => false,
      ),
  )
  const answered = thePage().waitForResponse(response => response.url().includes('/api/messages/listen'))
  await row(name).getByRole('button', { name: 'Listen', exact: true }).click()
  const { wav } = (await (await answered).json()) as { wav: string }
  const audio = row(name).locator('audio')
  await audio.waitFor()
  await until('the browser has read the sound', async () => {
    const { duration } = await audio.evaluate(node => ({
      duration: (node as unknown as { duration: number }).duration,
    }))
    return duration > 0
  })
  return Buffer.from(wav, 'base64')
}

test.serial('a new message is refused beside its fields until it has a name and a sound file', async t => {
  const form = thePage().locator('main form')
  await form.getByRole('button', { name: 'Upload', exact: true }).click()
  await form.getByText('give it a name').waitFor()
  await form.getByText('choose a WAV file').waitFor()
  await form.locator('[data-path="name"]').fill('Gong')
  await upload(form, Buffer.from('this is no sound at all'))
  await form.getByText('it is not a WAV file: save it as WAV').waitFor()
  await upload(form, Buffer.alloc(2 * 1024 * 1024 + 1))
  await form.getByText('the file is larger than 2 MB').waitFor()
  t.false((await messages()).some(one => one.name === 'Gong'))
})

test.serial('a recording becomes a message that is listed, and listening plays what was uploaded', async t => {
  await upload(thePage().locator('main form'), formatWav(toneSound(MELODY)))
  await row('Gong').getByText('A recording').waitFor()
  t.is(await thePage().locator('main form [data-path="name"]').inputValue(), '')
  t.is(heardSequence(parseWav(await listen('Gong')), MELODY).times, 1)
})

test.serial(
  'a message that was spoken says the recording that it is given, and its text is one click away',
  async t => {
    await row('Leave').getByText(TEXT).waitFor()
    t.is(heardSequence(parseWav(await listen('Leave')), MELODY).times, 0)
    await row('Leave').getByRole('button', { name: 'Upload recording' }).click()
    const dialog = thePage().getByRole('dialog')
    await upload(dialog, formatWav(toneSound(MELODY)))
    await dialog.waitFor({ state: 'detached' })
    await row('Leave').getByText('A recording').waitFor()
    t.is(heardSequence(parseWav(await listen('Leave')), MELODY).times, 1)
    await row('Leave').getByRole('link', { name: 'Leave', exact: true }).click()
    await thePage().getByRole('heading', { level: 1, name: 'Leave', exact: true }).waitFor()
    t.is(await thePage().locator('[data-path="text"]').inputValue(), TEXT)
  },
)

test.serial('no page threw or was stopped by the policy while all this happened', t => {
  t.deepEqual(present(rig.watched).faults, [])
})
