// Who calls and who sent a call on, in headers that any far side may write: a name and a number that can be shown, or nothing.
import test from 'ava'
import fc from 'fast-check'
import { toldIn } from '../lib/identity.ts'

const part = fc.constantFrom(
  '"',
  '\\',
  '<sip:',
  '<tel:+1',
  '@',
  '>',
  ',',
  ';reason=',
  'user-busy',
  ';privacy=full',
  '?Reason=SIP%3Bcause%3D',
  '302',
  '%',
  '%0d%0a',
  '%00',
  ';index=1',
  ' ',
)
const value = fc.oneof(
  fc.string(),
  fc.array(fc.oneof(part, fc.string({ maxLength: 4 }))).map(parts => parts.join('')),
)
const name = fc.constantFrom('P-Asserted-Identity', 'privacy', 'Diversion', 'History-Info', 'X')

test('whatever the headers say, what is told can be shown and dialled', t => {
  const isShown = ({ number, name: shown }: { number: string; name: string }) =>
    /^[+\w.*#!~'()-]{1,64}$/.test(number) && shown.length <= 80
  fc.assert(
    fc.property(fc.array(fc.record({ name, value }), { maxLength: 8 }), headers => {
      const told = toldIn(headers)
      const diversions = told?.diversions ?? []
      return diversions.length <= 10 && [...diversions, ...(told?.asserted ? [told.asserted] : [])].every(isShown)
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
