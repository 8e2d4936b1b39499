// A technician and a safety officer at the pages of a real box, in a real browser.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import test, { type ExecutionContext } from 'ava'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { firstSignIn, openBrowser, openPage, type Watched } from './browser.ts'

const PASSWORD = 'seven safe signals'
const rig: { box?: TestBox; browser?: Browser; context?: BrowserContext; watched?: Watched } = {}

test.before(async () => {
  rig.box = await TestBox.start()
  await rig.box.stations(['201', '202'])
  rig.browser = await openBrowser()
  rig.context = await rig.browser.newContext({
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 900 },
  })
  rig.watched = await openPage(rig.context)
})
test.after.always(async () => {
  await rig.browser?.close()
  await rig.box?.stop()
})

const theBox = (): TestBox => {
  if (!rig.box) throw new Error('the box did not start')
  return rig.box
}
const thePage = (): Page => {
  if (!rig.watched) throw new Error('the browser did not start')
  return rig.watched.page
}
const url = (path = ''): string => `https://127.0.0.1:${theBox().webPort}${path}`

/** A field of a form by its path in the schema. */
const field = (page: Page, path: string): Locator => page.locator(`[data-path="${path}"]`)

async function open(path: string, heading: string): Promise<Page> {
  const page = thePage()
  await page.goto(url(path))
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
  return page
}

test.serial('the first sign-in is with the printed password, and nothing opens before it was changed', async t => {
  const printed = /Sign in as (\S+) with the first password (\S+)/.exec(theBox().output)
  const [, signIn = '', password = ''] = printed ?? []
  t.is(signIn, 'admin')
  const page = thePage()
  await firstSignIn(page, { url: url(), first: { signIn, password }, next: PASSWORD })
  await page.getByRole('heading', { level: 1, name: 'Health' }).waitFor()
  t.is(await page.getByText('first password').count(), 0)
})

test.serial(
  'a wrong number is refused beside its field, the right one is saved, and one click takes it back',
  async t => {
    const page = await open('/extension/new', 'New extension')
    await field(page, 'name').fill('Gate guard')
    await field(page, 'number').fill('2o5')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('is not a number one can dial').first().waitFor()
    await field(page, 'number').fill('201')
    await page.getByRole('button', { name: 'Save' }).click()
    await page
      .getByText(/Post 201|taken|belongs to|owned/)
      .first()
      .waitFor()
    await field(page, 'number').fill('205')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { level: 1, name: 'Gate guard' }).waitFor()
    t.true(
      (await theBox().resources<{ id: string; rev: number; number?: string }>('extension')).some(
        one => one.number === '205',
      ),
    )
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Taken back').waitFor()
    t.false(
      (await theBox().resources<{ id: string; rev: number; number?: string }>('extension')).some(
        one => one.number === '205',
      ),
    )
  },
)

test.serial('what is in use is not deleted, and the page says who uses it', async t => {
  const [zone] = await theBox().resources<{ id: string; rev: number; name: string }>('zone')
  const page = await open(`/zone/${zone?.id}`, zone?.name ?? '')
  await page.getByRole('button', { name: 'Delete' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Delete' }).click()
  await dialog.getByRole('alert').getByRole('link', { name: 'Alarm plan Evacuation' }).waitFor()
  t.is((await theBox().resources('zone')).length, 1)
  await dialog.getByRole('button', { name: 'Cancel' }).last().click()
})

test.serial('two people at one thing: the later one is told what the other changed', async t => {
  const [device] = await theBox().resources<{ id: string; rev: number; name: string; kind: string }>('device')
  if (!device) return t.fail('no device')
  const page = await open(`/device/${device.id}`, device.name)
  await field(page, 'make').fill('Snom')
  // The console changes it while the page still holds the earlier revision: the feed is cut so that it does not notice.
  await page.route('**/api/resources/device/*', (route, request) =>
    request.method() === 'GET' ? route.abort() : route.continue(),
  )
  await theBox().put('device', { name: device.name, kind: device.kind, make: 'Yealink' }, device.id)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('was changed by somebody else meanwhile').first().waitFor()
  await page.unroute('**/api/resources/device/*')
  t.is(
    (await theBox().resources<{ id: string; rev: number; make?: string }>('device')).find(one => one.id === device.id)
      ?.make,
    'Yealink',
  )
})

test.serial('a press on the board is an alarm on every page; one click acknowledges it, two clear it', async t => {
  const page = await open('/board', 'Board')
  await page
    .locator('[data-input="in-1"]')
    .getByRole('button', { name: /^Press/ })
    .click()
  await page.locator('[data-output="strobe-1"][data-on="true"]').waitFor()
  const banner = page.getByRole('alert').filter({ hasText: 'Alarm: Evacuation' })
  await banner.waitFor()
  await page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: 'Live calls' }).click()
  await page.getByRole('heading', { level: 1, name: 'Live calls' }).waitFor()
  await banner.getByRole('button', { name: 'Acknowledge' }).click()
  await banner.getByText('Acknowledged by Administrator').waitFor()
  await banner.getByRole('link', { name: 'Open' }).click()
  await page.getByRole('region', { name: 'Evacuation' }).getByText('Strobe · at once').waitFor()
  await page.getByRole('button', { name: 'All clear' }).click()
  await page.getByRole('button', { name: 'Yes, the danger is over' }).click()
  await banner.waitFor({ state: 'detached' })
  await open('/board', 'Board')
  await page.locator('[data-output="strobe-1"][data-on="false"]').waitFor()
  t.pass()
})

test.serial('a press is marked as the test of its button', async t => {
  const page = await open('/panic-buttons', 'Button tests')
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Button 1', exact: true }) })
  const mark = row.getByRole('button', { name: 'The last press was its test' })
  t.is(await mark.count(), 0, 'a press that was not announced is a real alarm')
  await row.getByRole('button', { name: 'Announce a test' }).click()
  await row.getByText('Test announced by Administrator').waitFor()
  const input = row.getByText('in-1: ')
  await theBox().ask('board/operate', { input: 'in-1', how: 'release' })
  await input.filter({ hasText: 'at rest' }).waitFor()
  await theBox().ask('board/operate', { input: 'in-1', how: 'press' })
  await mark.click()
  await page.getByText('The test of Button 1 is recorded').waitFor()
  await mark.waitFor({ state: 'detached' })
  await theBox().ask('board/operate', { input: 'in-1', how: 'release' })
  const { alarms } = await theBox().ask<{ alarms: readonly { id: string; ended?: number }[] }>('alarms/live')
  for (const { id } of alarms.filter(({ ended }) => ended === undefined))
    await theBox().ask('alarms/clear', { alarm: id })
  // Records are written beside what happens: they may come a moment later.
  let name: string | undefined
  await until('the test is in the records', async () => {
    const { tests } = await theBox().ask<{ tests: readonly { name: string }[] }>('panic-buttons/tests')
    name = tests[0]?.name
    return name !== undefined
  })
  t.is(name, 'Button 1')
})

test.serial('an announcement is started, seen and stopped', async t => {
  const page = await open('/paging', 'Paging')
  await field(page, 'zone').click()
  await page.getByRole('option', { name: 'All' }).click()
  await field(page, 'text').fill('Forklift at gate two, please move.')
  await field(page, 'repeats').fill('0')
  await page.getByRole('button', { name: 'Announce now' }).click()
  const running = page.getByRole('group', { name: 'All, Administrator' })
  await running.getByRole('button', { name: 'Stop' }).click()
  await running.waitFor({ state: 'detached' })
  await page.getByRole('cell', { name: 'stopped' }).first().waitFor()
  t.pass()
})

test.serial(
  'the multicast doctor says at one click by which network a stream leaves, and its form offers each network',
  async t => {
    const page = await open('/multicast-doctor', 'Multicast doctor')
    await page.getByRole('button', { name: 'Examine now' }).click()
    // Without the right to raw sockets it says that it may not listen.
    await page
      .getByText(/Probes of “Everywhere” leave by|may not listen/)
      .first()
      .waitFor()
    await page.getByText(/^Examined .*only ears can tell/).waitFor()
    const [stream] = await theBox().resources<{ id: string; rev: number; name: string }>('multicast-stream')
    await open(`/multicast-stream/${stream?.id}`, 'Everywhere')
    await field(page, 'network').click()
    await page.getByRole('option', { name: 'Each network of the box' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').first().waitFor()
    const [saved] = await theBox().resources<{ id: string; rev: number; network?: string }>('multicast-stream')
    t.is(saved?.network, 'each')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Taken back').waitFor()
  },
)

test.serial('a restart of the supervisor is seen, signs nobody out, and the feed goes on by itself', async t => {
  const page = await open('/board', 'Board')
  const before = theBox().pidOf('supervisor')
  theBox().signal('supervisor', 'SIGKILL')
  await page.getByText('Connection to the box lost').waitFor()
  await theBox().ready()
  t.not(theBox().pidOf('supervisor'), before)
  await page.getByText('Connection to the box lost').waitFor({ state: 'detached' })
  await page
    .locator('[data-input="in-2"]')
    .getByRole('button', { name: /^Press/ })
    .click()
  await page
    .getByRole('alert')
    .filter({ hasText: 'Alarm: Fire' })
    .getByRole('button', { name: 'Acknowledge' })
    .waitFor()
  await page.goto(url('/alarms'))
  await page.getByRole('button', { name: 'All clear' }).click()
  await page.getByRole('button', { name: 'Yes, the danger is over' }).click()
  await page.getByRole('alert').filter({ hasText: 'Alarm: Fire' }).waitFor({ state: 'detached' })
})

test.serial('an operator sees and may only what the role holds', async t => {
  const roles = await theBox().resources<{ id: string; rev: number; name: string }>('role')
  const role = roles.find(one => one.name === 'User')?.id
  const page = await open('/user/new', 'New user')
  await field(page, 'signIn').fill('uma')
  await field(page, 'name').fill('Uma User')
  await field(page, 'password').fill('a password for uma')
  await page.getByRole('switch', { name: /Must choose a new password/ }).click()
  await page.getByRole('button', { name: 'Add' }).click()
  await field(page, 'grants.0.role').click()
  await page.getByRole('option', { name: 'User', exact: true }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'Uma User' }).waitFor()
  t.truthy(role)
  const context = await rig.browser?.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce' })
  if (!context) return t.fail('no browser')
  const { page: hers } = await openPage(context)
  await hers.goto(url())
  await hers.getByLabel('Sign-in name').fill('uma')
  await hers.getByLabel('Password', { exact: true }).fill('a password for uma')
  await hers.getByRole('button', { name: 'Sign in' }).click()
  await hers.getByRole('heading', { level: 1, name: 'Alarms' }).waitFor()
  const menu = hers.getByRole('navigation', { name: 'Menu' })
  t.is(await menu.getByRole('link', { name: 'Users' }).count(), 0)
  t.is(await menu.getByRole('link', { name: 'Board' }).count(), 0)
  t.is(await hers.evaluate(async () => (await fetch('/api/resources/user')).status), 403)
  await context.close()
})

const PAGES: readonly (readonly [path: string, heading: string])[] = [
  ['/health', 'Health'],
  ['/alarms', 'Alarms'],
  ['/emergency-calls', 'Emergency calls'],
  ['/paging', 'Paging'],
  ['/bells', 'Bells now'],
  ['/bell/new', 'New bell'],
  ['/live-calls', 'Live calls'],
  ['/board', 'Board'],
  ['/registrar', 'Phones now'],
  ['/subscriptions', 'Lamps now'],
  ['/panic-buttons', 'Button tests'],
  ['/call-records', 'Call records'],
  ['/quality', 'Call quality'],
  ['/messages', 'Messages'],
  ['/multicast-doctor', 'Multicast doctor'],
  ['/forwarding', 'Forwards'],
  ['/recording', 'Recordings'],
  ['/trunks', 'Outside lines'],
  ['/trunk/new', 'New trunk'],
  ['/inbound-number/new', 'New inbound number'],
  ['/outbound-rule/new', 'New outbound rule'],
  ['/schedules', 'Open or closed'],
  ['/schedule/new', 'New schedule'],
  ['/aside', 'Set aside'],
  ['/device', 'Devices'],
  ['/device/new', 'New device'],
  ['/line/new', 'New line'],
  ['/zone/new', 'New zone'],
  ['/plan', 'Alarm plans'],
  ['/plan/new', 'New alarm plan'],
  ['/button/new', 'New panic button'],
  ['/emergency-plan/new', 'New emergency call plan'],
  ['/role/new', 'New role'],
  ['/user', 'Users'],
  ['/settings', 'Settings'],
  ['/history', 'Changes'],
  ['/account', 'Administrator'],
]

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

async function findings(t: ExecutionContext, page: Page): Promise<readonly string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const found = await page.evaluate(
    async () =>
      (await (globalThis as unknown as { axe: { run(): Promise<{ violations: unknown[] }> } }).axe.run())
        .violations as Finding[],
  )
  const grave = found.filter(one => one.impact === 'serious' || one.impact === 'critical')
  for (const one of grave)
    t.log(
      one.id,
      one.nodes.map(node => node.html.slice(0, 200)),
    )
  return grave.map(one => one.id)
}

// One at a time: on a starved machine all of them together take longer than one test may.
for (const scheme of ['light', 'dark'] as const)
  for (const [path, heading] of PAGES)
    test.serial(`“${heading}” at ${path} is free of serious barriers, ${scheme}`, async t => {
      await thePage().emulateMedia({ colorScheme: scheme })
      const page = await open(path, heading)
      await page.waitForLoadState('networkidle')
      t.deepEqual(await findings(t, page), [])
    })

for (const [path, heading] of PAGES)
  test.serial(`“${heading}” at ${path} is no wider than the narrowest telephone`, async t => {
    await thePage().setViewportSize({ width: 390, height: 844 })
    const page = await open(path, heading)
    await page.waitForLoadState('networkidle')
    const width = Number(await page.evaluate('document.documentElement.scrollWidth'))
    await page.setViewportSize({ width: 1280, height: 900 })
    t.true(width <= 390)
  })

test.serial('with an alarm the keyboard meets its button first, and nothing covers it', async t => {
  const page = await open('/call-records', 'Call records')
  await theBox().ask('board/operate', { input: 'in-5', how: 'press' })
  const banner = page.getByRole('alert').filter({ hasText: 'Alarm: Evacuation' })
  const button = banner.getByRole('button', { name: 'Acknowledge' })
  await button.waitFor()
  await theBox().ask('board/operate', { input: 'in-5', how: 'release' })
  await page.reload()
  await button.waitFor()
  await page.keyboard.press('Tab')
  t.is(await page.evaluate('document.activeElement?.textContent'), 'Acknowledge')
  // A trial click: something that lies over it would be told.
  await button.click({ trial: true })
  await page.keyboard.press('Enter')
  await banner.getByText('Acknowledged by Administrator').waitFor()
  const { alarms } = await theBox().ask<{ alarms: readonly { id: string; state: string }[] }>('alarms/live')
  t.deepEqual(
    alarms.filter(one => one.state === 'acknowledged').map(one => one.state),
    ['acknowledged'],
  )
  for (const { id, state } of alarms) if (state === 'acknowledged') await theBox().ask('alarms/clear', { alarm: id })
  await banner.waitFor({ state: 'detached' })
})

test.serial('the keyboard alone reaches the page, the menu and a button', async t => {
  const page = await open('/device', 'Devices')
  await page.keyboard.press('Tab')
  t.is(await page.evaluate('document.activeElement?.textContent'), 'Skip to the page')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'New device' }).waitFor()
})

test.serial('no page threw or was stopped by the policy while all this happened', t => {
  t.deepEqual(rig.watched?.faults, [])
})
