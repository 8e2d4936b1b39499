// A safety officer of one hall only, at the pages of a real box: what the administrator gives him, what he sees, what he cannot.
import { join } from 'node:path'
import test from 'ava'
import type { Browser, Page } from 'playwright-core'
import type { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { firstSignIn, openBrowser, openPage } from './browser.ts'
import { phoneOf, type Resource } from './riverside.ts'

const rig: { box?: TestBox; browser?: Browser; phone?: Softphone; his?: Page } = {}
const halls: Record<string, { zone: string; location: string }> = {}
const faults: string[][] = []

test.before(async () => {
  rig.box = await TestBox.start()
  const box = rig.box
  const [site] = await box.resources<Resource>('site')
  for (const [name, number, amplifiers] of [
    ['Hall 2', '302', ['amplifier-1']],
    ['Hall 3', '303', []],
  ] as const) {
    const [station] = await box.stations([number])
    const places = await box.resources<Resource>('location')
    const known = places.find(one => one.name === name)
    const location = known?.id ?? (await box.put('location', { name, site: site?.id }))
    await box.put('device', { name: `${name} post`, kind: 'phone', site: site?.id, location }, station?.device)
    const zone = await box.put('zone', { name, locations: [location], amplifiers })
    halls[name] = { zone, location }
  }
  rig.phone = await phoneOf(box, '303')
  rig.browser = await openBrowser()
})
test.after.always(async () => {
  await rig.phone?.stop()
  await rig.browser?.close()
  await rig.box?.stop()
})

const theBox = (): TestBox => {
  if (!rig.box) throw new Error('the box did not start')
  return rig.box
}
const hall = (name: string) => {
  const found = halls[name]
  if (!found) throw new Error(`there is no ${name}`)
  return found
}
const his = (): Page => {
  if (!rig.his) throw new Error('he has not signed in')
  return rig.his
}
const url = (path = ''): string => `https://127.0.0.1:${theBox().webPort}${path}`

/** A page of somebody's own: nobody's cookies meet another's. */
async function visitor(): Promise<Page> {
  const context = await rig.browser?.newContext({
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    colorScheme: 'light',
    viewport: { width: 1280, height: 900 },
  })
  if (!context) throw new Error('the browser did not start')
  const watched = await openPage(context)
  faults.push(watched.faults)
  return watched.page
}
const field = (page: Page, path: string) => page.locator(`[data-path="${path}"]`)

/** Pictures for the documentation, where somebody asks for them. */
const shoot = async (page: Page, name: string): Promise<void> => {
  if (process.env.PICTURES === undefined) return
  await page.mouse.move(0, 0)
  await page.waitForTimeout(400)
  await page.screenshot({ path: join(process.env.PICTURES, `${name}.png`) })
}

test.serial('the administrator makes the role and gives it in zone Hall 3 only', async t => {
  const page = await visitor()
  const [, signIn = '', password = ''] = /Sign in as (\S+) with the first password (\S+)/.exec(theBox().output) ?? []
  await firstSignIn(page, { url: url(), first: { signIn, password }, next: 'seven safe signals' })
  const permissions = ['paging.view', 'paging.speak', 'paging.stop', 'zones.view', 'alarms.view', 'alarms.acknowledge']
  await page.goto(url('/role/new'))
  await page.getByRole('heading', { level: 1, name: 'New role', exact: true }).waitFor()
  await field(page, 'name').fill('Hall officer')
  for (const permission of permissions)
    await page
      .locator('.mantine-Checkbox-root')
      .filter({ has: page.getByText(permission, { exact: true }) })
      .getByRole('checkbox')
      .check()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'Hall officer' }).waitFor()
  await page.goto(url('/user/new'))
  await page.getByRole('heading', { level: 1, name: 'New user', exact: true }).waitFor()
  await field(page, 'signIn').fill('olga')
  await field(page, 'name').fill('Olga Hall')
  await field(page, 'password').fill('a password for olga')
  await page.getByRole('switch', { name: /Must choose a new password/ }).click()
  await page.getByRole('button', { name: 'Add' }).click()
  await field(page, 'grants.0.role').click()
  await page.getByRole('option', { name: 'Hall officer', exact: true }).click()
  await field(page, 'grants.0.zone').click()
  await page.getByRole('option', { name: 'Hall 3', exact: true }).click()
  await shoot(page, 'hall-officer-role')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'Olga Hall' }).waitFor()
  const user = (await theBox().resources<Resource>('user')).find(one => one.signIn === 'olga')
  t.like((user?.grants as readonly object[] | undefined)?.[0] ?? {}, { zone: hall('Hall 3').zone })
})

test.serial('the officer is shown paging and alarms, and of the zones Hall 3', async t => {
  const page = await visitor()
  rig.his = page
  await page.goto(url())
  await page.getByLabel('Sign-in name').fill('olga')
  await page.getByLabel('Password', { exact: true }).fill('a password for olga')
  await page.getByRole('button', { name: 'Sign in' }).click()
  const menu = page.getByRole('navigation', { name: 'Menu' })
  await menu.getByRole('link', { name: 'Paging', exact: true }).waitFor()
  await menu.getByRole('link', { name: 'Alarms', exact: true }).waitFor()
  for (const hidden of ['Users', 'Board', 'Live calls', 'Health', 'Settings'])
    t.is(await menu.getByRole('link', { name: hidden, exact: true }).count(), 0, hidden)
  await page.goto(url('/paging'))
  await page.getByRole('heading', { level: 1, name: 'Paging' }).waitFor()
  await field(page, 'zone').click()
  await page.getByRole('option', { name: 'Hall 3', exact: true }).waitFor()
  t.deepEqual(await page.getByRole('option').allTextContents(), ['Hall 3'])
})

test.serial('the officer pages Hall 3, where the phone speaks, and stops it; Hall 2 is refused', async t => {
  const page = his()
  await page.getByRole('option', { name: 'Hall 3', exact: true }).click()
  await field(page, 'text').fill('Forklift at gate three, please move.')
  await field(page, 'repeats').fill('0')
  const heard = rig.phone?.nextCall()
  await page.getByRole('button', { name: 'Announce now' }).click()
  await heard
  const running = page.getByRole('group', { name: 'Hall 3, Olga Hall' })
  await running.getByRole('button', { name: 'Stop' }).waitFor()
  // Somebody else speaks to Hall 2 meanwhile: another hall is not shown.
  const { page: other } = await theBox().ask<{ page: string }>('paging/start', {
    zone: hall('Hall 2').zone,
    text: 'Hall two only.',
    repeats: 0,
  })
  await shoot(page, 'hall-officer')
  t.is(await page.getByRole('group').filter({ hasText: 'Hall 2' }).count(), 0)
  await running.getByRole('button', { name: 'Stop' }).click()
  await running.waitFor({ state: 'detached' })
  await page.getByRole('cell', { name: 'stopped' }).first().waitFor()
  t.is(await page.getByRole('cell', { name: 'Hall 2' }).count(), 0)
  const asked = (path: string, body: object) =>
    page.evaluate(
      async ([where, what]) => {
        const headers = { 'content-type': 'application/json' }
        return (await fetch(`/api/${where}`, { method: 'POST', headers, body: JSON.stringify(what) })).status
      },
      [path, body] as const,
    )
  t.is(await asked('paging/start', { zone: hall('Hall 2').zone, text: 'Hello.' }), 403)
  t.is(await asked('paging/stop', { page: other }), 403)
  await theBox().ask('paging/stop', { page: other })
})

test.serial('an alarm in Hall 3 comes by itself and is acknowledged; one in Hall 2 never shows', async t => {
  const page = his()
  const plan = (await theBox().resources<Resource>('plan')).find(one => one.name === 'Medical')?.id
  const raise = (name: string) =>
    theBox().ask<{ alarm: string }>('alarms/raise', { plan, location: hall(name).location, reason: `Help in ${name}` })
  const fire = (await theBox().resources<Resource>('plan')).find(one => one.name === 'Fire')?.id
  const two = await theBox().ask<{ alarm: string }>('alarms/raise', { plan: fire, location: hall('Hall 2').location })
  const three = await raise('Hall 3')
  const banner = page.getByRole('alert').filter({ hasText: 'Alarm: Medical' })
  await banner.getByRole('button', { name: 'Acknowledge' }).click()
  await banner.getByText('Acknowledged by Olga Hall').waitFor()
  t.is(await page.getByRole('alert').filter({ hasText: 'Fire' }).count(), 0)
  const { alarms } = await theBox().ask<{ alarms: readonly { id: string; state: string }[] }>('alarms/live')
  const state = (id: string) => alarms.find(one => one.id === id)?.state
  t.is(state(three.alarm), 'acknowledged')
  t.is(state(two.alarm), 'raised')
  for (const { alarm } of [two, three]) await theBox().ask('alarms/clear', { alarm })
  await banner.waitFor({ state: 'detached' })
  await until('both are cleared', async () => {
    const left = await theBox().ask<{ alarms: readonly { state: string }[] }>('alarms/live')
    return left.alarms.every(one => one.state === 'cleared')
  })
})

test.serial('no page threw or was stopped by the policy while all this happened', t => {
  t.deepEqual(faults.flat(), [])
})
