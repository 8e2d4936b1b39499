// Maps over the whole box: the press and its zones on the map, pictures that fail, a draughtsman that hangs beside an alarm.
import type { ExecutionContext } from 'ava'
import type { SentFile } from '../../../kernel/feature.ts'
import type { Shape } from '../../../kernel/pictures.ts'
import { describe } from '../../../platform/http/describe.ts'
import { ask, kari, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { buttonKind } from '../../safety/panic-buttons/feature.ts'
import { floorPlanKind } from './settings.ts'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await startPlant()
  t.teardown(() => box.ends())
  return box
}
const textsOf = (box: Box) =>
  (box.pictures.drawings.at(-1)?.shapes ?? []).flatMap((shape: Shape) => (shape.shape === 'text' ? [shape.text] : []))
const theButton = (box: Box) => {
  const button = box.store.all(buttonKind).find(one => one.inputs.includes('in-1'))
  if (button === undefined) throw new Error('no button is wired to in-1')
  return button
}
async function upload(box: Box, location: string): Promise<string> {
  const route = describe(box.host)
    .features.flatMap(feature => feature.routes)
    .find(one => one.path === 'uploads/floor-plan')
  const answer = (await route?.run({ location } as never, kari, '/data/maps/upload')) as { plan: string }
  return answer.plan
}

test('without any picture there is a map of the plant, and in an alarm it shows the button and the zones', async t => {
  const box = await plant(t)
  const answer = await ask<SentFile>(box, 'maps/place')
  t.is(answer.type, 'image/png')
  const { name } = theButton(box)
  t.true(textsOf(box).includes(name))
  await box.button('in-1').isPressed()
  await box.passes('2s')
  await ask(box, 'maps/alarm', { alarm: theAlarm(box).id })
  const texts = textsOf(box)
  t.true(texts.includes(`${name} – PRESSED`))
  t.true(
    texts.some(text => /: (sounding|not verified|not reached)/.test(text)),
    texts.join(', '),
  )
})

test('a press is shown where its button stands on the picture; one that has no spot there is named', async t => {
  const box = await plant(t)
  const button = theButton(box)
  const plan = await upload(box, button.location)
  await box.button('in-1').isPressed()
  const alarm = theAlarm(box).id
  const { maps } = await ask<{ maps: { location: string }[] }>(box, 'maps/of-alarm', { alarm })
  t.is(maps[0]?.location, button.location)
  await ask(box, 'maps/alarm', { alarm, location: button.location })
  t.truthy(box.pictures.drawings.at(-1)?.background)
  t.true(textsOf(box).some(text => text.startsWith('Not on this plan:')))
  const kept = box.store.get(floorPlanKind, plan)
  await box.put('floor-plan', { ...kept, buttons: [{ button: button.id, x: 0.25, y: 0.5 }] }, plan)
  await box.passes('2s')
  await ask(box, 'maps/alarm', { alarm, location: button.location })
  t.true(textsOf(box).includes(`${button.name} – PRESSED`))
  t.false(textsOf(box).some(text => text.startsWith('Not on this plan:')))
})

test('a new picture keeps what stood on the former one; a second plan of one place is refused', async t => {
  const box = await plant(t)
  const button = theButton(box)
  const plan = await upload(box, button.location)
  const kept = box.store.get(floorPlanKind, plan)
  await box.put('floor-plan', { ...kept, buttons: [{ button: button.id, x: 0.25, y: 0.5 }] }, plan)
  t.is(await upload(box, button.location), plan)
  t.is(box.store.get(floorPlanKind, plan)?.buttons.length, 1)
  const twin = await t.throwsAsync(box.put('floor-plan', { ...kept, name: 'Twin' }))
  t.regex(JSON.stringify((twin as unknown as { fields: object }).fields), /give that one the new picture/)
})

test('a picture that cannot be drawn is a problem with its remedy, and the map without it is shown', async t => {
  const box = await plant(t)
  const button = theButton(box)
  await upload(box, button.location)
  box.pictures.manner = 'refuses pictures'
  await ask(box, 'maps/place', { location: button.location })
  t.is(box.pictures.drawings.at(-1)?.background, undefined)
  const problem = () => box.host.problems().find(one => one.code.startsWith('maps.failed'))
  t.regex(problem()?.remedy ?? '', /Upload its picture again/)
  box.pictures.manner = 'works'
  await box.passes('2s')
  await ask(box, 'maps/place', { location: button.location })
  t.is(problem(), undefined)
})

test('a draughtsman that hangs holds up no alarm', async t => {
  const box = await plant(t)
  box.pictures.manner = 'hangs'
  void ask(box, 'maps/place')
  await box.button('in-1').isPressed()
  void ask(box, 'maps/alarm', { alarm: theAlarm(box).id })
  t.is(theAlarm(box).steps.find(step => step.action.kind === 'strobe')?.state, 'done')
  t.is(theAlarm(box).steps.find(step => step.action.kind === 'page')?.state, 'running')
})

test('a phone is given the map by the right key only, in the sizes that there are', async t => {
  const box = await plant(t)
  const hook = () =>
    describe(box.host)
      .features.flatMap(feature => feature.hooks)
      .find(one => one.path === 'map')
  const asked = async (rest: string, key: string) =>
    hook()?.run({ method: 'GET', rest, query: { key }, headers: {}, body: '' })
  const without = await t.throwsAsync(asked('480x272.png', 'a-long-enough-key'))
  t.regex(without?.message ?? '', /set the key/)
  const value = { phoneKey: 'a-long-enough-key' }
  await box.store.change({ why: 'a key', author: kari, ops: [{ op: 'settings', feature: 'maps', value }] })
  const wrong = await t.throwsAsync(asked('480x272.png', 'another-long-key-1'))
  t.regex(wrong?.message ?? '', /not right/)
  const odd = await t.throwsAsync(asked('1x1.png', 'a-long-enough-key'))
  t.regex(odd?.message ?? '', /480x272\.png/)
  t.is(((await asked('480x272.png', 'a-long-enough-key')) as SentFile).type, 'image/png')
  t.is(box.pictures.drawings.at(-1)?.width, 480)
})
