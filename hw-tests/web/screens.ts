// Pictures of every page of a real box, light and dark, at three widths, by whoever is signed in, for a person to look at:
// node hw-tests/web/screens.ts DIRECTORY [ROLE|PATH...]; a role as it is named, a path as it stands in the address.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { firstSignIn, openBrowser, openPage } from './browser.ts'
import { furnish, POSTS, phoneOf, type Resource } from './riverside.ts'

const WIDTHS = [390, 1024, 1600]
const PASSWORD = 'a password for pictures'
const [directory, ...wanted] = process.argv.slice(2)
if (directory === undefined) throw new Error('say where the pictures go')
await mkdir(directory, { recursive: true })

const closing: (() => unknown)[] = []
/** Who has chosen a password of his own. */
const settledIn = new Set<string>()
try {
  await look(directory)
} finally {
  for (const close of closing.reverse()) await close()
}

async function look(folder: string): Promise<void> {
  const box = await TestBox.start()
  closing.push(() => box.stop())
  await furnish(box)
  const people = await onePerRole(box)
  const phones: Softphone[] = []
  closing.push(() => Promise.all(phones.map(phone => phone.stop())))
  for (const [number] of POSTS.slice(0, -1)) phones.push(await phoneOf(box, number))
  const browser = await openBrowser()
  closing.push(() => browser.close())
  await busyDay(box, phones)
  const roles = people.filter(one => wanted.includes(one.role))
  for (const { role, signIn } of roles)
    await shootAll({ folder, browser, box, signIn, prefix: `${role} `, widths: [1600] })
  const paths = wanted.filter(one => one.startsWith('/'))
  if (roles.length > 0 && paths.length === 0) return
  await shootAll({ folder, browser, box, signIn: 'admin', prefix: '', widths: WIDTHS, paths })
}

/** Somebody for each role, by the role's name; they sign in with the password of the pictures. */
async function onePerRole(box: TestBox): Promise<readonly { role: string; signIn: string }[]> {
  const people: { role: string; signIn: string }[] = []
  for (const role of await box.resources<Resource>('role')) {
    const name = String(role.name)
    const signIn = name.toLowerCase().replaceAll(' ', '-')
    const value = { signIn, name: `${name} of the plant`, grants: [{ role: role.id }], mustChangePassword: false }
    const id = await box.newId('user')
    await box.change(`A ${name} signs in`, [{ op: 'put', kind: 'user', id, value, secrets: { password: PASSWORD } }])
    people.push({ role: name, signIn })
  }
  return people
}

/** Calls of yesterday and now, a call for help that dropped, a button let go too early, an alarm, a broken wire. */
async function busyDay(box: TestBox, [hall1, hall2, paint, press, guard]: readonly Softphone[]): Promise<void> {
  if (!hall1 || !hall2 || !paint || !press || !guard) throw new Error('five phones are needed')
  const help = await paint.call('911')
  await (await guard.nextCall()).answer()
  await help.whenAnswered()
  await help.hangup()
  const [button] = (await box.resources<Resource>('button')).filter(one => one.name === 'Button 4')
  if (!button) throw new Error('a fresh box has eight buttons')
  const { id, rev, ...value } = button
  await box.change('It must be held', [{ op: 'put', kind: 'button', id, rev, value: { ...value, holdSeconds: 2 } }])
  await until('the board knows that it must be held', async () => {
    const { applying } = await (await box.console()).ask<{ applying: object[] }>({ ask: 'problems' })
    return applying.length === 0
  })
  const [input] = button.inputs as readonly string[]
  await box.ask('board/operate', { input, how: 'press' })
  await box.ask('board/operate', { input, how: 'release' })
  const call = await hall1.call('202')
  await (await hall2.nextCall()).answer()
  await call.whenAnswered()
  await box.ask('board/operate', { input: 'in-7', how: 'cut' })
  await box.ask('board/operate', { input: 'in-1', how: 'press' })
  await until('the press became an alarm', async () => {
    const { alarms } = await box.ask<{ alarms: readonly object[] }>('alarms/live')
    return alarms.length > 0
  })
  await box.ask('board/operate', { input: 'in-1', how: 'release' })
}

interface Walk {
  readonly folder: string
  readonly browser: Browser
  readonly box: TestBox
  readonly signIn: string
  readonly prefix: string
  readonly widths: readonly number[]
  /** These alone; default all that the menu shows, and one thing of each kind. */
  readonly paths?: readonly string[]
}

async function shootAll(o: Walk): Promise<void> {
  const url = `https://127.0.0.1:${o.box.webPort}`
  for (const scheme of ['light', 'dark'] as const) {
    const context = await o.browser.newContext({
      ignoreHTTPSErrors: true,
      reducedMotion: 'reduce',
      colorScheme: scheme,
      viewport: { width: 1440, height: 900 },
    })
    const { page, faults } = await openPage(context)
    await page.goto(url)
    await page.getByLabel('Sign-in name').waitFor()
    await shoot(page, { ...o, name: 'sign-in', scheme })
    await signInAs(page, { ...o, url })
    const paths = o.paths?.length ? o.paths : await everyPath(page, o.box)
    await writeFile(join(o.folder, `${o.prefix}menu.txt`), `${paths.join('\n')}\n`)
    for (const path of paths) {
      await page.goto(`${url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      const name = path
        .slice(1)
        .replaceAll('/', ' ')
        .replace(/ \S*\d\S*$/, ' one')
      await shoot(page, { ...o, name, scheme })
    }
    if (faults.length > 0) console.log(o.signIn, faults)
    await context.close()
    if (o.prefix !== '') return
  }
}

async function signInAs(page: Page, { box, url, signIn }: Walk & { readonly url: string }): Promise<void> {
  const [, printed = '', password = ''] = /Sign in as (\S+) with the first password (\S+)/.exec(box.output) ?? []
  if (signIn === printed && !settledIn.has(signIn)) {
    settledIn.add(signIn)
    return firstSignIn(page, { url, first: { signIn, password }, next: PASSWORD })
  }
  await page.getByLabel('Sign-in name').fill(signIn)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Menu' }).waitFor({ state: 'attached' })
}

/** What the menu shows, then one thing of each kind that it lists. */
async function everyPath(page: Page, box: TestBox): Promise<readonly string[]> {
  const links = page.getByRole('navigation', { name: 'Menu' }).getByRole('link')
  await links.first().waitFor({ state: 'attached' })
  const menu = (await links.evaluateAll(all => all.map(one => (one as unknown as { pathname: string }).pathname))) ?? []
  const things: string[] = []
  for (const path of menu) {
    const [first] = await box.resources<Resource>(path.slice(1)).catch(() => [])
    if (first) things.push(`${path}/${first.id}`, `${path}/new`)
  }
  return [...menu, ...things, '/account', '/aside']
}

async function shoot(page: Page, o: Pick<Walk, 'folder' | 'prefix' | 'widths'> & { name: string; scheme: string }) {
  for (const width of o.widths) {
    await page.setViewportSize({ width, height: 900 })
    await page.waitForTimeout(250)
    const path = join(o.folder, `${o.prefix}${o.name}-${o.scheme}-${width}.png`)
    await page.screenshot({ path, fullPage: true })
  }
  await page.setViewportSize({ width: 1440, height: 900 })
}
