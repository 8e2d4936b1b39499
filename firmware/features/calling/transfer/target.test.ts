// Whom a phone transfers to: a number that can be dialled, whatever its Refer-To says.
import test from 'ava'
import fc from 'fast-check'
import { numberIn } from './target.ts'

test('numbers are read as phones write them', t => {
  t.is(numberIn('sip:203@box;user=phone'), '203')
  t.is(numberIn('tel:+1-810-555-0100;ext=1'), '+18105550100')
  t.is(numberIn('sips:%2347*@box'), '#47*')
  t.is(numberIn('sip:box'), undefined)
})

test('whatever an address says, it is a number of at most 33 signs or none', t => {
  const part = fc.constantFrom('sip:', 'sips:', 'tel:', '@box', '%', '%23', '%00', '203', '+', ';ext=1', '<', '"')
  const address = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(part, fc.string({ maxLength: 4 }))).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(address, said => /^\+?[0-9*#]{1,32}$/.test(numberIn(said) ?? '0')),
    { numRuns: 1000 },
  )
  t.pass()
})
