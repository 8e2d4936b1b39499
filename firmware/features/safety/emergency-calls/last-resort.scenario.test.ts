import { features } from '../../../features/index.ts'
import { breakable } from '../../../testkit/breakable.ts'
import { startPlant } from '../../../testkit/fresh-plant.ts'
import { scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { emergencyCalls } from './feature.ts'

test('while the feature of emergency calls cannot start, 911 still rings a phone of the plant', async t => {
  const { features: all, broken } = breakable(features, emergencyCalls)
  const box = await startPlant({ features: all })
  t.teardown(() => box.ends())
  await box.passes('5s')
  Object.assign(broken, {
    start: () => {
      throw new Error('out of order')
    },
  })
  box.sip.setEmergency({ numbers: [], networks: [] })
  await box.restarts({ lost: 'power' })
  t.deepEqual(box.host.safeMode, ['emergency-calls'])
  box.phone('201').dials('911')
  await box.settles()
  t.true(box.phone('202').rings)
  box.phone('202').answers()
  await box.settles()
  t.true(box.phone('201').hears('202'))
})

test('a plant without a phone has nobody to ring, and says so', async t => {
  const box = await scenario()
  t.teardown(() => box.ends())
  t.true(box.host.problems().some(problem => problem.code.startsWith('emergency-calls.')))
})
