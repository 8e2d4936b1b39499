// Sites, locations and networks as the box keeps them: what is refused, and what a rescuer is told.
import type { ExecutionContext } from 'ava'
import { PHONE_FEATURES } from '../../../testkit/phone-features.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Networks, networks } from '../networks/feature.ts'
import { type Locations, locations } from './feature.ts'

async function plant(t: ExecutionContext) {
  const box = await scenario({ features: PHONE_FEATURES })
  t.teardown(() => box.ends())
  const site = await box.put('site', {
    name: 'Flint',
    houseNumber: '100',
    street: 'Assembly Way',
    city: 'Flint',
    region: 'MI',
  })
  const hall = await box.put('location', { name: 'Hall 3', site, kind: 'building' })
  const line = await box.put('location', { name: 'Line 2', site, parent: hall })
  return { box, site, hall, line }
}
const placesOf = (box: Box) => box.host.running.get(locations.name)?.parts.api as Locations
const networksOf = (box: Box) => box.host.running.get(networks.name)?.parts.api as Networks

test('a rescuer is told the street, and the way inside', async t => {
  const { box, hall, line, site } = await plant(t)
  const told = { street: '100 Assembly Way, Flint, MI', path: 'Hall 3 / Line 2', country: 'US' }
  t.deepEqual(placesOf(box).civicAddress({ location: line }), told)
  await box.put('location', { name: 'Hall 3', site, kind: 'building', address: '7 Gate Road' }, hall)
  t.is(placesOf(box).civicAddress({ location: line }).street, '7 Gate Road')
  t.deepEqual(placesOf(box).civicAddress({ site }), { ...told, path: '' })
  t.true(box.host.problems().some(problem => problem.code === `locations.not-validated:${hall}`))
})

test('a path is unique within its site, and names may repeat elsewhere', async t => {
  const { box, hall, line, site } = await plant(t)
  await t.throwsAsync(box.put('location', { name: 'Line 2', site, parent: hall }), {
    message: /Hall 3 \/ Line 2.*exists/,
  })
  await t.notThrowsAsync(box.put('location', { name: 'Line 2', site }))
  await t.notThrowsAsync(box.put('location', { name: 'Line 2', site, parent: hall, kind: 'room' }, line))
})

test('a location stands neither in itself nor on two sites', async t => {
  const { box, hall, line, site } = await plant(t)
  await t.throwsAsync(box.put('location', { name: 'Hall 3', site, parent: line }, hall), { message: /circle/ })
  const other = await box.put('site', { name: 'Detroit' })
  await t.throwsAsync(box.put('location', { name: 'Annex', site: other, parent: hall }), { message: /another site/ })
})

test('what something stands in cannot be deleted under it', async t => {
  const { box, hall, site } = await plant(t)
  await t.throwsAsync(box.remove('location', hall), { message: /still used/ })
  await t.throwsAsync(box.remove('site', site), { message: /still used/ })
})

test('a time zone and an address range that are none are refused', async t => {
  const { box, site } = await plant(t)
  await t.throwsAsync(box.put('site', { name: 'Moon', timeZone: 'Moon/Tranquility' }), { message: /IANA/ })
  await t.throwsAsync(box.put('network', { name: 'Voice', site, prefixes: ['10.20.0.1/16'] }), {
    message: /10\.20\.0\.1/,
  })
})

test('a change of networks is known at the next question', async t => {
  const { box, hall, site } = await plant(t)
  const where = () => networksOf(box).locationOf({ address: '10.20.1.1' })
  t.is(where().source, 'site')
  t.is(where().site, site)
  const network = await box.put('network', { name: 'Voice', site, prefixes: ['10.20.0.0/16'], location: hall })
  t.like(where(), { source: 'network', location: hall, network })
  t.is(networksOf(box).networkOf('10.20.1.1')?.name, 'Voice')
  t.deepEqual(networksOf(box).emergencyPrefixes(), ['10.20.0.0/16'])
  const guests = { name: 'Voice', site, prefixes: ['10.20.0.0/16'], emergencyWithoutPassword: false }
  await box.put('network', guests, network)
  t.is(where().source, 'site')
  t.deepEqual(networksOf(box).emergencyPrefixes(), [])
})
