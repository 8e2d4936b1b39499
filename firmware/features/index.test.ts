// The whole product on fakes: mistakes that only show when all features meet.
import { describe } from '../platform/http/describe.ts'
import { scenario } from '../testkit/scenario.ts'
import { test } from '../testkit/scenario-test.ts'

test('every feature starts, none offers what another offers already, and emergency calls have a destination', async t => {
  const box = await scenario({ extensions: ['201', '202'] })
  t.teardown(() => box.ends())
  t.deepEqual([...box.host.failed], [])
  t.deepEqual(box.host.safeMode, [])
  const mistakes = box.host.problems().filter(problem => /^(host|calls)\./.test(problem.code))
  t.deepEqual(mistakes, [])
  t.truthy(describe(box.host).destinations.emergency)
})

test('every permission, destination and action has words, and every problem a remedy', async t => {
  const box = await scenario({ extensions: ['201'] })
  t.teardown(() => box.ends())
  const { features, destinations, actions, problems } = describe(box.host)
  const texts = [
    ...features.flatMap(feature => Object.values(feature.permissions)),
    ...Object.values(destinations).map(kind => kind.title),
    ...Object.values(actions).map(kind => kind.title),
    ...problems.flatMap(problem => [problem.text, problem.remedy]),
  ]
  t.true(texts.length > 40)
  t.deepEqual(
    texts.filter(text => text.trim() === '' || /\{\w+\}/.test(text)),
    [],
  )
  const declared = new Set(features.flatMap(feature => Object.keys(feature.permissions)))
  const asked = features.flatMap(feature => feature.routes.map(route => route.permission))
  t.deepEqual(
    asked.filter(name => !declared.has(name)),
    [],
    'a route asks for a permission that nobody can be given',
  )
})

test('the whole product restarts with phones registered and a call going on', async t => {
  const box = await scenario({ extensions: ['201', '202'] })
  t.teardown(() => box.ends())
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  await box.restarts()
  t.deepEqual([...box.host.failed], [])
  t.true(box.phone('201').hears('202'))
  box.phone('201').hangsUp()
  await box.settles()
  t.is(box.calls.length, 0)
})
