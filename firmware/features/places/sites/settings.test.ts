// A site says where help goes and which clock applies.
import test from 'ava'
import { Value } from 'typebox/value'
import { problemsOf } from './feature.ts'
import { addressLine, knownTimeZone, Site } from './settings.ts'

const site = Value.Create(Site)

test('an address is read out as people write it', t => {
  t.is(addressLine(site), '')
  const full = { ...site, houseNumber: '100', street: 'Assembly Way', city: 'Flint', region: 'MI', postalCode: '48501' }
  t.is(addressLine(full), '100 Assembly Way, Flint, MI 48501')
})

test('a time zone that nobody knows is refused when saved', t => {
  t.true(knownTimeZone('Europe/Berlin'))
  t.false(knownTimeZone('Europe/Nowhere'))
})

test('a site without an address, and no site at all, are problems', t => {
  t.is(problemsOf([])[0]?.code, 'sites.none')
  t.is(problemsOf([{ ...site, name: 'Plant', id: 'sit_1', rev: 1 }])[0]?.code, 'sites.no-address:sit_1')
  t.deepEqual(problemsOf([{ ...site, name: 'Plant', street: 'Assembly Way', id: 'sit_1', rev: 1 }]), [])
})
