// Notices over the whole box: on phones' screens and the screens of the box, those who miss them shown and nobody held up.
import type { ExecutionContext } from 'ava'
import { ask, planOf, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box, ScenarioOptions } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

async function plant(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await startPlant(o)
  t.teardown(() => box.ends())
  return box
}
/** The medical plan tells these and does nothing else. */
const tells = async (box: Box, params: object) => {
  const plan = planOf(box, 'Medical')
  await box.put('plan', { ...plan, steps: [{ kind: 'notify', params }], escalation: [], allClear: [] }, plan.id)
  await box.settles()
}

test('a notice reaches the screens of phones with what happened and where', async t => {
  const box = await plant(t)
  await tells(box, {
    text: 'Help needed: {cause}',
    extensions: [box.extensionOf('201')],
    devices: [box.deviceOf('202')],
  })
  await box.button('in-4').isPressed()
  await box.passes('1s')
  const text = 'Help needed: Button “Button 4”, Plant / Press shop'
  t.deepEqual(box.phone('201').texts, [text])
  t.deepEqual(box.phone('202').texts, [text])
  t.is(theAlarm(box).steps[0]?.state, 'done')
  const { deliveries } = await ask<{ deliveries: { state: string }[] }>(box, 'notifications/history')
  t.deepEqual(
    deliveries.map(one => one.state),
    ['delivered', 'delivered'],
  )
})

test('one who is named twice is told once', async t => {
  const box = await plant(t)
  await tells(box, { extensions: [box.extensionOf('201')], devices: [box.deviceOf('201')] })
  await box.button('in-4').isPressed()
  await box.passes('10s')
  t.is(box.phone('201').texts.length, 1)
})

test('one who cannot be reached is shown, and keeps no other from being told at once', async t => {
  const box = await plant(t)
  box.phone('201').unregisters()
  await tells(box, { devices: [box.deviceOf('201'), box.deviceOf('202')] })
  await box.button('in-4').isPressed()
  t.is(box.phone('202').texts.length, 1)
  await box.passes('10s')
  t.is(theAlarm(box).steps[0]?.state, 'done')
  t.regex(
    box.host.problems().find(one => one.code.startsWith('notifications.missed'))?.text ?? '',
    /Phone 201.*not registered/,
  )
  t.is(box.phone('202').texts.length, 1)
})

test('when nobody can be reached the alarm tries again until somebody is', async t => {
  const box = await plant(t)
  box.phone('201').unregisters()
  await tells(box, { devices: [box.deviceOf('201')] })
  await box.button('in-4').isPressed()
  await box.passes('10s')
  t.regex(box.host.problems().find(one => one.code.startsWith('alarms.step-failing'))?.text ?? '', /Notify/)
  box.phone('201').registers()
  await box.passes('30s')
  t.is(theAlarm(box).steps[0]?.state, 'done')
  t.is(box.phone('201').texts.length, 1)
})

test('a contact of a plan is called and told what happened; a text alone is not enough where somebody is called', async t => {
  const box = await plant(t)
  const extension = box.extensionOf('202')
  const contact = await box.put('contact', { name: 'Shift lead', extension, devices: [box.deviceOf('201')] })
  await tells(box, { contacts: [contact] })
  await box.button('in-4').isPressed()
  await box.passes('1s')
  t.deepEqual(box.phone('201').texts, ['Button “Button 4”, Plant / Press shop'])
  t.true(box.phone('202').rings)
  t.is(theAlarm(box).steps[0]?.state, 'running')
  box.phone('202').answers()
  await box.settles()
  box.phone('202').presses('1')
  await box.passes('1s')
  t.is(theAlarm(box).steps[0]?.state, 'done')
})

test('a contact without any way is refused with what to name', async t => {
  const box = await plant(t)
  const refused = await t.throwsAsync(box.put('contact', { name: 'Nobody' }))
  t.regex(JSON.stringify({ ...refused, message: refused?.message }), /name at least one way/)
})

const SERVER = { name: 'Plant', host: 'smtp.plant.example', security: 'starttls', port: 587, from: 'pbx@plant.example' }
const GATEWAY = { name: 'Modem', url: 'https://sms.plant.example/send', contentType: 'application/json' }

test('a contact gets mail and a text through the servers that are entered, with their passwords', async t => {
  const box = await plant(t)
  await box.put('mail-server', { ...SERVER, username: 'pbx', secret: 'pepper' })
  await box.put('text-gateway', { ...GATEWAY, template: '{"to":"{to}","text":"{text}"}', secret: 'Bearer salt' })
  const contact = await box.put('contact', { name: 'Lead', mail: 'lead@plant.example', mobile: '+13135550100' })
  await tells(box, { contacts: [contact], text: 'Say "help": {cause}' })
  await box.button('in-4').isPressed()
  await box.passes('1s')
  t.is(theAlarm(box).steps[0]?.state, 'done')
  const text = 'Say "help": Button “Button 4”, Plant / Press shop'
  t.like(box.courier.mails[0], { to: 'lead@plant.example', from: 'pbx@plant.example', text })
  t.like(box.courier.mails[0]?.server, { host: 'smtp.plant.example', username: 'pbx', password: 'pepper' })
  const post = box.courier.posts[0]
  t.deepEqual(JSON.parse(post?.body ?? ''), { to: '+13135550100', text })
  t.like(post?.headers, { authorization: 'Bearer salt', 'content-type': 'application/json' })
})

test('servers that refuse or hang are asked three times, hold up no other way, and are shown with what they said', async t => {
  const box = await plant(t)
  await box.put('mail-server', SERVER)
  const mailed = await box.put('contact', { name: 'Lead', mail: 'lead@plant.example' })
  const shown = await box.put('contact', { name: 'Desk', devices: [box.deviceOf('201')] })
  await tells(box, { contacts: [mailed, shown] })
  box.courier.manner = 'refuses'
  await box.button('in-4').isPressed()
  await box.passes('5s')
  t.is(box.courier.mails.length, 3)
  t.is(box.phone('201').texts.length, 1)
  const missed = box.host.problems().find(({ code }) => code.startsWith('notifications.missed'))
  t.regex(missed?.text ?? '', /Lead.*550 no such mailbox/)
})

test('a drill sends no mail and no text', async t => {
  const box = await plant(t)
  await box.put('mail-server', SERVER)
  const extra = { mail: 'lead@plant.example', mobile: '+13135550100' }
  const contact = await box.put('contact', { name: 'Lead', devices: [box.deviceOf('201')], ...extra })
  await tells(box, { contacts: [contact] })
  await ask(box, 'drills/start', { plan: planOf(box, 'Medical').id })
  await box.passes('10s')
  t.regex(box.phone('201').texts[0] ?? '', /^DRILL: /)
  t.deepEqual([box.courier.mails.length, box.courier.posts.length], [0, 0])
})

for (const [what, kind, value, field] of [
  ['a gateway whose template names no text', 'text-gateway', { ...GATEWAY, template: '{"to":"{to}"}' }, 'template'],
  ['a gateway whose template is no JSON', 'text-gateway', { ...GATEWAY, template: '{to} {text}' }, 'template'],
  [
    'a mail server with a password in the clear',
    'mail-server',
    { ...SERVER, security: 'none', username: 'a', secret: 'b' },
    'security',
  ],
  ['a mail server whose authority is no certificate', 'mail-server', { ...SERVER, authorities: 'x' }, 'authorities'],
  ['a contact whose mail is no address', 'contact', { name: 'Lead', mail: 'lead' }, 'mail'],
] as const)
  test(`${what} is refused, and the field is named`, async t => {
    const box = await plant(t)
    const refused = (await t.throwsAsync(box.put(kind, value))) as { fields?: object } | undefined
    t.true(JSON.stringify(refused?.fields ?? {}).includes(field), JSON.stringify(refused))
  })
