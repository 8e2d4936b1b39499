// The pictures of the documentation, taken from a real box with real phones: node hw-tests/web/pictures.ts DIRECTORY
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { firstSignIn, openBrowser, openPage } from './browser.ts'
import { furnish, POSTS, phoneOf, type Resource } from './riverside.ts'

/** A picture is cut here: what comes below is more of the same. */
const HIGHEST = 1200
const directory = process.argv[2]
if (directory === undefined) throw new Error('say where the pictures go')
await mkdir(directory, { recursive: true })

const closing: (() => unknown)[] = []
try {
  await take(directory)
} finally {
  for (const close of closing.reverse()) await close()
}

async function take(folder: string): Promise<void> {
  const box = await TestBox.start()
  closing.push(() => box.stop())
  await furnish(box)
  const phones: Softphone[] = []
  closing.push(() => Promise.all(phones.map(phone => phone.stop())))
  for (const [number] of POSTS.slice(0, -1)) phones.push(await phoneOf(box, number))
  const browser = await openBrowser()
  closing.push(() => browser.close())
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    colorScheme: 'light',
    viewport: { width: 1440, height: 900 },
  })
  const { page } = await openPage(context)
  const url = `https://127.0.0.1:${box.webPort}`
  const [, signIn = '', password = ''] = /Sign in as (\S+) with the first password (\S+)/.exec(box.output) ?? []
  await firstSignIn(page, { url, first: { signIn, password }, next: 'a password for pictures' })
  const shoot = async (name: string, path: string, ready?: () => Promise<unknown>) => {
    await page.goto(`${url}${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    await ready?.()
    await quiet(page)
    const height = Math.min(HIGHEST, Number(await page.evaluate('document.documentElement.scrollHeight')))
    await page.setViewportSize({ width: 1440, height })
    await quiet(page)
    await page.screenshot({ path: join(folder, `${name}.png`) })
    await page.setViewportSize({ width: 1440, height: 900 })
  }
  await story({ box, phones, shoot, page })
}

interface Stage {
  readonly box: TestBox
  readonly phones: readonly Softphone[]
  readonly page: Page
  shoot(name: string, path: string, ready?: () => Promise<unknown>): Promise<void>
}

/** One carrier that is there (the box itself, asked like one), and one that nobody answers for. */
async function outsideLines(box: TestBox): Promise<void> {
  const common = { transport: 'udp', heartbeatSeconds: 2, callerNumber: '+14195550100' }
  await box.put('trunk', { name: 'Lakes Telephone', host: box.host, port: box.sipPort, ...common })
  const id = await box.newId('trunk')
  const value = { name: 'Second carrier', host: '127.0.0.9', priority: 20, username: 'riverside', registers: true }
  const ops = [
    { op: 'put', kind: 'trunk', id, value: { ...value, ...common }, secrets: { secret: 'of the picture' } },
  ] as const
  await box.change('a second carrier', ops)
  const failing = async () =>
    (await box.ask<{ trunks: { health: string }[] }>('trunks/state')).trunks.some(({ health }) => health === 'down')
  await until('the second carrier is down', failing, { seconds: 90 })
}

async function story({ box, phones, shoot, page }: Stage): Promise<void> {
  const [hall1, hall2, paint, press, guard] = phones
  if (!hall1 || !hall2 || !paint || !press || !guard) throw new Error('five phones are needed')
  const path = async (kind: string, name: string) =>
    `/${kind}/${(await box.resources<Resource>(kind)).find(one => one.name === name || one.authName === name)?.id}`
  const call = await hall1.call('202')
  const answering = await hall2.nextCall()
  await answering.answer()
  await call.whenAnswered()
  await press.call('203')
  await paint.nextCall()
  await shoot('live-calls', '/live-calls', () => page.getByText('Talking').first().waitFor())
  await press.current.hangup()
  await call.hangup()
  await shoot('phones', '/registrar')
  await outsideLines(box)
  await shoot('trunks', '/trunks', () => page.getByText('not registered').first().waitFor())
  await shoot('line', await path('line', '201'))
  await shoot('line-more', await path('line', '201'), () => page.getByRole('button', { name: 'More settings' }).click())
  await shoot('device', await path('device', 'Hall 1 post'))
  await shoot('plan', await path('plan', 'Medical'))
  await shoot('zone', await path('zone', 'Production'))
  const help = await paint.call('911')
  const incoming = await guard.nextCall()
  await incoming.answer()
  await help.whenAnswered()
  await shoot('emergency-calls', '/emergency-calls', () => page.getByText('Answered by').first().waitFor())
  await help.hangup()
  const [production] = (await box.resources<Resource>('zone')).filter(zone => zone.name === 'Production')
  const page1 = { zone: production?.id, text: 'Forklift traffic at gate two. Please keep the lane clear.', repeats: 0 }
  await box.ask('paging/start', page1)
  await shoot('paging', '/paging', () => page.getByText('listening').first().waitFor())
  const { pages } = await box.ask<{ pages: readonly { page: string; id: string }[] }>('paging/status')
  for (const one of pages) await box.ask('paging/stop', { page: one.page ?? one.id })
  await bells(box)
  await shoot('bells', '/bells', () => page.getByText('Shift begins').first().waitFor())
  await alarm({ box, phones, shoot, page })
  await shoot('call-records', '/call-records')
  await shoot('history', '/history')
  await shoot('health', '/health')
}

/** Bells of a day; one has been rung by hand, one is silent today. */
async function bells(box: TestBox): Promise<void> {
  const zones = await box.resources<Resource>('zone')
  const zone = (name: string) => zones.filter(one => one.name === name).map(({ id }) => id)
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday']
  const begins = { name: 'Shift begins', zones: zone('All'), times: ['06:00', '14:00', '22:00'], days }
  const shift = await box.put('bell', begins)
  const pause = await box.put('bell', { name: 'Break', zones: zone('Production'), times: ['09:00', '17:30'], days })
  await box.ask('bells/ring', { bell: shift })
  await box.ask('bells/silence', { bell: pause, today: true })
}

/** A press that was announced, seen on the board and on the page of alarms; then its test is marked. */
async function alarm({ box, shoot, page }: Stage): Promise<void> {
  const button = (await box.resources<Resource>('button')).find(one => one.name === 'Button 1')
  await box.ask('panic-buttons/announce', { button: button?.id, minutes: 15 })
  await box.ask('board/operate', { input: 'in-1', how: 'press' })
  await until('the press became an alarm', async () => {
    const { alarms } = await box.ask<{ alarms: readonly object[] }>('alarms/live')
    return alarms.length > 0
  })
  await box.ask('board/operate', { input: 'in-1', how: 'release' })
  await box.ask('board/operate', { input: 'in-7', how: 'cut' })
  await shoot('board', '/board', () => page.locator('[data-output="strobe-1"][data-on="true"]').waitFor())
  await shoot('alarm', '/alarms', () => page.getByRole('button', { name: 'All clear' }).waitFor())
  await page.getByRole('button', { name: 'Acknowledge' }).first().click()
  await page.getByText('Acknowledged by').first().waitFor()
  const { alarms } = await box.ask<{ alarms: readonly { id: string }[] }>('alarms/live')
  for (const one of alarms) await box.ask('alarms/clear', { alarm: one.id })
  await box.ask('panic-buttons/tested', { button: button?.id, failed: false })
  await shoot('button-tests', '/panic-buttons')
}

/** Notices that pass by are not part of a picture. */
async function quiet(page: Page): Promise<void> {
  await page.mouse.move(0, 0)
  await page.evaluate("window.dispatchEvent(new Event('resize'))")
  await page.waitForTimeout(400)
}
