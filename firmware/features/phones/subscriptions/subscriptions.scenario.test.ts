// Who may watch whom, what a phone asks about itself, and what becomes of lamps when things go wrong.
import type { ExecutionContext } from 'ava'
import { askRoute } from '../../../testkit/ask-route.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({
    document: async one => {
      const [flint, lansing] = [await one.put('site', { name: 'Flint' }), await one.put('site', { name: 'Lansing' })]
      await (one as Box).extension('201', { device: { site: flint } })
      await (one as Box).extension('202', { device: { site: flint } })
      await (one as Box).extension('301', { device: { site: lansing } })
    },
  })
  t.teardown(() => box.ends())
  for (const number of ['201', '202', '301']) box.phone(number).registers()
  await box.settles()
  return box
}

test('a phone watches its own site; another one when the plant says so', async t => {
  const box = await plant(t)
  const near = box.phone('201').watches('202')
  const far = box.phone('201').watches('301')
  const nobody = box.phone('201').watches('999')
  const other = box.phone('201').watches('202', { accept: ['text/plain'] })
  const weather = box.phone('201').watches('202', { package: 'weather' })
  await box.settles()
  t.deepEqual([near.state, far.status, nobody.status, other.status, weather.status], ['active', 403, 404, 406, 489])
  const dark = () => box.host.problems().filter(problem => problem.code.startsWith('subscriptions.'))
  t.deepEqual(
    dark().map(problem =>
      /“(\d+)” watches “(\d+)”|“(\d+)” may not watch “(\d+)”/.exec(problem.text)?.slice(1).filter(Boolean),
    ),
    [
      ['201', '301'],
      ['201', '999'],
    ],
  )
  await box.configure('subscriptions', { watching: 'everywhere' })
  const now = box.phone('201').watches('301')
  await box.settles()
  t.is(now.state, 'active')
  t.is(dark().length, 1)
  await box.configure('subscriptions', { watching: 'site' })
  t.deepEqual([now.state, now.reason, near.state], ['over', 'rejected', 'active'])
})

test('messages and registration are told to the phone itself, by number or by sign-in name, and to nobody else', async t => {
  const box = await plant(t)
  const line = { authName: 'hall-3-post', device: box.deviceOf('202'), index: 2, secret: 'secret-of-hall-3' }
  const id = await box.put('line', { ...line, extension: box.extensionOf('202') })
  const second = box.sip.phone({ name: 'hall-3-post', line: id })
  const mine = box.phone('201').watches('201', { package: 'message-summary' })
  const byName = second.watches('hall-3-post', { package: 'message-summary' })
  const theirs = box.phone('201').watches('202', { package: 'message-summary' })
  const where = box.phone('202').watches('202', { package: 'reg' })
  await box.settles()
  t.is(mine.told.at(-1), 'Messages-Waiting: no\r\nMessage-Account: sip:201@box\r\nVoice-Message: 0/0 (0/0)\r\n')
  t.is(byName.state, 'active')
  t.is(theirs.status, 403)
  t.is((where.told.at(-1)?.match(/<contact /g) ?? []).length, 1)
  second.registers()
  await box.settles()
  t.is((where.told.at(-1)?.match(/<contact /g) ?? []).length, 2)
})

test('a switch that refuses to tell is asked again, and tells what is true by then', async t => {
  const box = await plant(t)
  const lamp = box.phone('201').watches('202')
  await box.settles()
  box.sip.failAt(1)
  box.phone('202').dials('201')
  await box.settles()
  await box.passes('10s')
  t.regex(lamp.told.at(-1) ?? '', /<state>early<\/state>/)
})

test('who watches is listed; a phone that forgot, an extension and a line that are no more are not', async t => {
  const box = await plant(t)
  const [lamp, forgotten] = [box.phone('201').watches('202'), box.phone('202').watches('201')]
  await box.settles()
  const listed = async () => {
    const { watchers } = await askRoute<{ watchers: { authName: string; target: string; name: string }[] }>(
      box,
      'subscriptions/watchers',
    )
    return watchers.map(one => `${one.authName} watches ${one.target} ${one.name}`)
  }
  t.deepEqual(await listed(), ['201 watches 202 Post 202', '202 watches 201 Post 201'])
  box.sip.watchers.forgets(forgotten)
  box.phone('301').dials('201')
  await box.settles()
  t.deepEqual(await listed(), ['201 watches 202 Post 202'])
  box.phone('301').hangsUp()
  await box.settles()
  await box.remove('extension', box.extensionOf('202'))
  t.is(lamp.state, 'over')
  t.is(lamp.reason, 'noresource')
  t.deepEqual(await listed(), [])
})

test('a lamp that expired while the box was off is forgotten; the others are told', async t => {
  const box = await plant(t)
  const lamp = box.phone('201').watches('202')
  await box.settles()
  box.dies()
  await box.clock.advance('2h')
  await box.restarts()
  t.is(box.sip.watchers.size, 0)
  box.sip.watchers.refreshes(lamp)
  t.is(lamp.status, 481)
})
