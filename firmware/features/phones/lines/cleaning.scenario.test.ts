import { scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { CLEANING, Line, lineKind } from './settings.ts'

test('the switch is told how a line’s speech is cleaned, as soon as that is saved', async t => {
  const box = await scenario({ extensions: ['201', '202'] })
  t.teardown(() => box.ends())
  const line = box.lineOf('201')
  const told = () => box.sip.lines.get(line)?.cleaning
  t.is(told(), undefined)
  for (const cleaning of CLEANING) {
    const { id, rev, ...value } = box.store.get(lineKind, line) ?? t.fail('there is no line')
    await box.put('line', { ...value, cleaning }, line)
    await box.settles()
    t.is(told(), cleaning === 'off' ? undefined : cleaning)
  }
  t.is(box.sip.lines.get(box.lineOf('202'))?.cleaning, undefined)
})

test('every way to clean speech is offered in the form of a line', t => {
  const field: unknown = Line.properties.cleaning
  t.like(field as object, { title: 'Clean up speech', default: 'off', enum: [...CLEANING] })
})
