// A browser for stories: Debian's chromium, steered through its own protocol.
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** Starts chromium; as root it has no sandbox, and in a container little shared memory. */
export const openBrowser = (more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    timeout: 120_000,
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      ...more,
    ],
  })

/** What went wrong in the page itself: nothing may. */
export interface Watched {
  readonly page: Page
  readonly faults: string[]
}

export async function openPage(context: BrowserContext): Promise<Watched> {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const faults: string[] = []
  page.on('pageerror', error => faults.push(`error: ${error.message}`))
  page.on('console', message => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) faults.push(message.text())
  })
  return { page, faults }
}

/** The browser writes each refused request to its console; stories ask for refusals on purpose. */
const EXPECTED =
  /Failed to load resource: (the server responded with a status of (4\d\d|503)|net::ERR_)|WebSocket connection to .* failed/

/** Signs in for the first time and chooses a password. */
export async function firstSignIn(
  page: Page,
  o: { url: string; first: { signIn: string; password: string }; next: string },
): Promise<void> {
  await page.goto(o.url)
  await page.getByLabel('Sign-in name').fill(o.first.signIn)
  await page.getByLabel('Password', { exact: true }).fill(o.first.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Choose a password of your own' }).waitFor()
  await page.getByLabel('Present password').fill(o.first.password)
  await page.getByLabel('New password', { exact: true }).fill(o.next)
  await page.getByLabel('New password again').fill(o.next)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByRole('navigation', { name: 'Menu' }).waitFor({ state: 'attached' })
}
