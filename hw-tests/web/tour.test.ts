// The five minutes of README, with the pages alone: first password, two phones, a call between them, a panic button, the all-clear.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Browser, Locator, Page } from 'playwright-core'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { heardMessage } from '../audio/message.ts'
import { heardSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { parseWav, readWav, writeWav } from '../audio/wav.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { firstSignIn, openBrowser, openPage, type Watched } from './browser.ts'

const SECRETS: Readonly<Record<string, string>> = { '201': 'blue-anvil-201-stamp', '202': 'grey-crane-202-press' }
const rig: { box?: TestBox; browser?: Browser; watched?: Watched; folder?: string } = {}
const phones = new Map<string, Softphone>()

test.before(async () => {
  rig.folder = await mkdtemp(join(tmpdir(), 'tour-'))
  rig.box = await TestBox.start()
  rig.browser = await openBrowser()
  const context = await rig.browser.newContext({
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 900 },
  })
  rig.watched = await openPage(context)
})
test.after.always(async () => {
  for (const phone of phones.values()) await phone.stop()
  await rig.browser?.close()
  await rig.box?.stop()
  if (rig.folder !== undefined) await rm(rig.folder, { recursive: true, force: true })
})

function present<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new Error(`${what} did not start`)
  return thing
}
const theBox = (): TestBox => present(rig.box, 'the box')
const thePage = (): Page => present(rig.watched, 'the browser').page
const thePhone = (number: string): Softphone => present(phones.get(number), `phone ${number}`)
const inFolder = (file: string): string => join(present(rig.folder, 'the test'), file)

/** A field of a form by its path in the schema. */
const field = (path: string): Locator => thePage().locator(`[data-path="${path}"]`)
const menu = (): Locator => thePage().getByRole('navigation', { name: 'Menu' })

/** As a newcomer: by the menu, then by the button that adds. */
async function fromMenu(link: string): Promise<Page> {
  const page = thePage()
  await menu().getByRole('link', { name: link, exact: true }).click()
  await page.getByRole('heading', { level: 1, name: link, exact: true }).waitFor()
  return page
}

async function save(heading: string): Promise<void> {
  const page = thePage()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
}

async function pick(path: string, name: string): Promise<void> {
  await field(path).click()
  await thePage().getByRole('option', { name, exact: true }).click()
}

test.serial('the printed password opens the box, and is replaced at once', async t => {
  const printed = /Open (\S+)\s+Sign in as (\S+) with the first password (\S+)/.exec(theBox().output)
  const [, url = '', signIn = '', password = ''] = printed ?? []
  t.is(url, `https://127.0.0.1:${theBox().webPort}`)
  await firstSignIn(thePage(), { url, first: { signIn, password }, next: 'five good minutes' })
  await thePage().getByRole('heading', { level: 1, name: 'Health' }).waitFor()
})

for (const number of ['201', '202']) {
  test.serial(`device, extension and line of ${number} are added by hand, and its phone registers`, async t => {
    const name = `Post ${number}`
    await (await fromMenu('Devices')).getByRole('link', { name: 'Add device' }).click()
    await field('name').fill(name)
    await pick('location', 'Hall 1')
    await save(name)
    await (await fromMenu('Extensions')).getByRole('link', { name: 'Add extension' }).click()
    await field('number').fill(number)
    await field('name').fill(name)
    await save(name)
    await (await fromMenu('Lines')).getByRole('link', { name: 'Add line' }).click()
    await field('authName').fill(number)
    await pick('device', name)
    await pick('extension', name)
    await field('secret').fill(SECRETS[number] ?? '')
    await save(number)
    await register(number)
    const row = (await fromMenu('Phones now')).getByRole('row').filter({ hasText: name })
    await row.getByText('registered').waitFor()
    t.pass()
  })
}

async function register(number: string): Promise<void> {
  const password = SECRETS[number] ?? ''
  const phone = await Softphone.start({ user: number, password, registrar: `sip:${theBox().registrar}` })
  phones.set(number, phone)
  await phone.register()
}

test.serial('201 calls 202: they hear each other, and the page shows who talks', async t => {
  const [anna, ben] = [thePhone('201'), thePhone('202')]
  const melody = toneSequence(11)
  await writeWav(inFolder('melody.wav'), toneSound(melody))
  await anna.play(inFolder('melody.wav'), { loop: true })
  await ben.record(inFolder('ben.wav'))
  const page = await fromMenu('Live calls')
  const call = await anna.call('202')
  const incoming = await ben.nextCall()
  await page.getByText('On its way').first().waitFor()
  await incoming.answer()
  await call.whenAnswered()
  await page.getByText('Talking').first().waitFor()
  await until('202 hears 201', async () => ((await ben.current.stats()).packetsReceived ?? 0) >= 190, {
    seconds: 20,
    everyMilliseconds: 100,
  })
  await call.hangup()
  await incoming.whenEnded()
  await anna.stopPlaying()
  await ben.stopRecording()
  t.true(heardSequence(await readWav(inFolder('ben.wav')), melody).times >= 1)
  await page.getByText('Nobody is on the phone.').waitFor()
})

test.serial('a press on the board page lights the strobe, and both phones speak the message by themselves', async t => {
  for (const [number, phone] of phones) await phone.record(inFolder(`${number}.wav`))
  const page = await fromMenu('Board')
  await page
    .locator('[data-input="in-1"]')
    .getByRole('button', { name: /^Press/ })
    .click()
  await page.locator('[data-output="strobe-1"][data-on="true"]').waitFor()
  await page.locator('[data-output="lamp-1"][data-on="true"]').waitFor()
  await page.getByRole('alert').filter({ hasText: 'Alarm: Evacuation' }).waitFor()
  for (const number of phones.keys()) await heardEvacuation(t, number)
})

/** Listens until the message was said once in full. */
async function heardEvacuation(t: ExecutionContext, number: string): Promise<void> {
  const sent = await evacuationMessage()
  const seconds = sent.samples.length / sent.rate
  const phone = thePhone(number)
  // The alert tone, the message, the silence before it is said again, and the message: one of them is whole.
  const packets = Math.ceil((12 + 2 * seconds + 2) / 0.02)
  await until(
    `${number} heard ${packets} packets`,
    async () => ((await phone.current.stats()).packetsReceived ?? 0) >= packets,
    {
      seconds: 60,
      everyMilliseconds: 200,
    },
  )
  await phone.stopRecording()
  t.true(heardMessage(await readWav(inFolder(`${number}.wav`)), sent, { toleranceMs: 80 }).timesInFull >= 1, number)
}

async function evacuationMessage() {
  const messages = await theBox().resources<{ id: string; rev: number; name: string }>('message')
  const message = messages.find(one => one.name === 'Evacuation')?.id
  const { wav } = await theBox().ask<{ wav: string }>('messages/listen', { message })
  return parseWav(Buffer.from(wav, 'base64'))
}

test.serial('the banner acknowledges, the all-clear ends it: strobe dark, phones free, page quiet', async t => {
  const page = thePage()
  const banner = page.getByRole('alert').filter({ hasText: 'Alarm: Evacuation' })
  await banner.getByRole('button', { name: 'Acknowledge' }).click()
  await banner.getByText('Acknowledged by Administrator').waitFor()
  await fromMenu('Alarms')
  await page.getByRole('button', { name: 'All clear' }).click()
  await page.getByRole('button', { name: 'Yes, the danger is over' }).click()
  await banner.waitFor({ state: 'detached' })
  await fromMenu('Board')
  await page.locator('[data-output="strobe-1"][data-on="false"]').waitFor()
  await until('every phone is free again', () => [...phones.values()].every(phone => phone.calls.size === 0), {
    seconds: 60,
    everyMilliseconds: 200,
  })
  t.deepEqual(rig.watched?.faults, [])
})
