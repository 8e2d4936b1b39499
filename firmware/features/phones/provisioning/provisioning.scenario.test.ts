// Phones that ask where their settings are (RFC 6080): told while the box knows, refused while it does not.
import type { ExecutionContext } from 'ava'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

const FIRST = 'https://settings.example/phones/'
const SECOND = 'tftp://10.0.0.9/'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202'] })
  t.teardown(() => box.ends())
  for (const number of ['201', '202']) box.phone(number).registers()
  await box.settles()
  return box
}

/** As a phone names itself that knows no number yet. */
const asks = (box: Box, accept = ['application/url']) =>
  box.phone('201').watches('MAC%3a00156574b150', { package: 'ua-profile', accept })

test('a phone is told where its settings are, and told again when they are elsewhere', async t => {
  const box = await plant(t)
  await box.configure('provisioning', { address: FIRST })
  const [asked, other] = [asks(box), asks(box, ['text/plain'])]
  await box.settles()
  t.deepEqual([asked.state, asked.told.at(-1), other.status], ['active', FIRST, 406])
  await box.configure('provisioning', { address: SECOND })
  await box.settles()
  t.is(asked.told.at(-1), SECOND)
})

test('without an address a phone is refused, and whoever asked before is told no more', async t => {
  const box = await plant(t)
  const early = asks(box)
  await box.settles()
  t.is(early.status, 489)
  await box.configure('provisioning', { address: FIRST })
  const asked = asks(box)
  await box.settles()
  t.is(asked.state, 'active')
  await box.configure('provisioning', {})
  await box.passes('2s')
  t.is(asked.state, 'over')
  const late = asks(box)
  await box.settles()
  t.is(late.status, 489)
})

test('a phone that has asked is told of a change after a restart, too', async t => {
  const box = await plant(t)
  await box.configure('provisioning', { address: FIRST })
  const asked = asks(box)
  await box.settles()
  await box.restarts()
  await box.configure('provisioning', { address: SECOND })
  await box.settles()
  t.deepEqual([asked.state, asked.told.at(-1)], ['active', SECOND])
})

test('an address that no phone could fetch from is refused where it is entered', async t => {
  const box = await plant(t)
  for (const address of ['settings.example', 'https://a b', 'https://a\r\nEvil: 1', 'javascript:1'])
    await t.throwsAsync(box.configure('provisioning', { address }))
})
