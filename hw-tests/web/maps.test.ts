// A safety officer gives a hall its picture, puts a button on it, and sees the press there: a real browser at a real box.
import { createCanvas } from '@napi-rs/canvas'
import test from 'ava'
import type { Browser } from 'playwright-core'
import { TestBox } from '../lab/box.ts'
import { firstSignIn, openBrowser, openPage, type Watched } from './browser.ts'

const rig: { box?: TestBox; browser?: Browser; watched?: Watched; url?: string } = {}

test.before(async () => {
  rig.box = await TestBox.start()
  rig.browser = await openBrowser()
  const context = await rig.browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce' })
  rig.watched = await openPage(context)
  const [, signIn = '', password = ''] = /Sign in as (\S+) with the first password (\S+)/.exec(rig.box.output) ?? []
  rig.url = `https://127.0.0.1:${rig.box.webPort}`
  await firstSignIn(rig.watched.page, { url: rig.url, first: { signIn, password }, next: 'seven safe signals' })
})
test.after.always(async () => {
  await rig.browser?.close()
  await rig.box?.stop()
})

function present<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('box and browser did not start')
  return thing
}
const hallOf = (width: number) => {
  const canvas = createCanvas(width, width / 2)
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#e9ecef'
  pen.fillRect(20, 20, width - 40, width / 2 - 40)
  return canvas.encode('png')
}

test.serial('a map is there from the first minute; what is no picture is refused beside its field', async t => {
  const { page } = present(rig.watched)
  await page.goto(`${present(rig.url)}/maps`)
  const map = page.getByRole('img', { name: 'Map of The plant' })
  await map.waitFor()
  await page.waitForFunction("document.querySelector('main img, img')?.naturalWidth > 300")
  await page.getByRole('combobox', { name: 'Place' }).click()
  await page.getByRole('option').first().click()
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no') })
  await page.getByRole('button', { name: 'Upload', exact: true }).click()
  await page.getByText(/save it as PNG, JPEG or WebP/).waitFor()
  t.pass()
})

test.serial(
  'a click puts a button on the picture; pressed, it is on the map of the banner and of the alarm page',
  async t => {
    const { page, faults } = present(rig.watched)
    const box = present(rig.box)
    const [button] = await box.resources<{ id: string; name: string; plan: string; location: string }>('button')
    const { id, name, location } = present(button)
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: await hallOf(6000) })
    await page.getByRole('button', { name: 'Upload', exact: true }).click()
    await page.getByText('The picture is kept: 4096 × 2048 pixels.').waitFor()
    await page.getByRole('combobox', { name: 'What to put on the plan' }).click()
    await page.getByRole('option', { name, exact: true }).click()
    const picture = page.getByRole('img', { name: /The plan/ })
    const { width, height } = present((await picture.boundingBox()) ?? undefined)
    await picture.click({ position: { x: width / 4, y: height / 2 } })
    await page.getByText(`Panic buttons: ${name}`).waitFor()
    const plans = await box.resources<{ location: string; buttons: { button: string; x: number; y: number }[] }>(
      'floor-plan',
    )
    t.is(plans.length, 1)
    t.like(plans[0]?.buttons[0], { button: id })
    t.true(Math.abs((plans[0]?.buttons[0]?.x ?? 0) - 0.25) < 0.01)
    t.true(Math.abs((plans[0]?.buttons[0]?.y ?? 0) - 0.5) < 0.01)
    await box.ask('alarms/raise', { plan: button?.plan, location })
    await page.getByRole('alert').getByRole('button', { name: 'Map', exact: true }).click()
    const shown = page.getByRole('dialog').getByRole('img', { name: /Map of the alarm/ })
    await shown.waitFor()
    t.true(Number(await shown.evaluate(node => (node as unknown as { naturalWidth: number }).naturalWidth)) > 300)
    await page.goto(`${present(rig.url)}/alarms`)
    await page.getByRole('img', { name: /Map of the alarm/ }).waitFor()
    t.deepEqual(faults, [])
  },
)
