// The headers that tell who calls and who sent a call on, as text.
import test from 'ava'
import type { Diverted } from '../../../firmware/kernel/call/sip-port.ts'
import { asksPrivacy, assertedIn, diversionHeaders, diversionsIn } from '../lib/identity.ts'

const TWICE: readonly Diverted[] = [
  { number: '202', name: 'Gate "A"', why: 'busy' },
  { number: '203', name: 'Private', why: 'phone', withheld: true },
]
const header = (name: string, value: string) => ({ name, value })

test('who sent a call on is told with the last one on top, and who is withheld is not named', t => {
  t.deepEqual(diversionHeaders(TWICE, { as: 'diversion', number: '204' }), [
    header('Diversion', '<sip:anonymous@anonymous.invalid>;reason=deflection;privacy=full'),
    header('Diversion', '"Gate \\"A\\"" <sip:202@{host}>;reason=user-busy;privacy=off'),
  ])
  const [history] = diversionHeaders(TWICE, { as: 'history-info', number: '204' })
  t.deepEqual(history?.value.split(', '), [
    '<sip:202@{host}?Reason=SIP%3Bcause%3D486>;index=1',
    '<sip:anonymous@anonymous.invalid?Reason=SIP%3Bcause%3D302>;index=1.1;mp=1',
    '<sip:204@{host}>;index=1.1.1;mp=1.1',
  ])
  t.is(diversionHeaders(TWICE, { as: 'both', number: '204' }).length, 3)
  t.deepEqual(diversionHeaders(TWICE, { as: 'off', number: '204' }), [])
  t.deepEqual(diversionHeaders([], { as: 'both', number: '204' }), [])
})

test('a name cannot break out of its header', t => {
  const by: Diverted = { number: '2 02\r\nEvil: 1', name: 'a\r\nEvil: 1', why: 'always' }
  for (const { value } of diversionHeaders([by], { as: 'both', number: '204' })) t.notRegex(value, /[\r\n]/)
})

test('what carriers write of a call’s way is read, the first one first', t => {
  const headers = [
    header('Diversion', '"Desk, two" <sip:+13135550102@carrier.example;user=phone>;reason=no-answer;counter=1'),
    header('diversion', '<tel:+13135550101>;reason="unconditional";privacy="full", <sip:ann@x>;reason=unheard-of'),
  ]
  t.deepEqual(diversionsIn(headers), [
    { number: 'ann', name: '', why: 'unknown' },
    { number: '+13135550101', name: '', why: 'always', withheld: true },
    { number: '+13135550102', name: 'Desk, two', why: 'no-answer' },
  ])
  const history = header(
    'History-Info',
    '<sip:+13135550101@x?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1, <sip:+13135550102@x>;index=1.1',
  )
  t.deepEqual(diversionsIn([history]), [{ number: '+13135550101', name: '', why: 'busy' }])
})

test('what makes no sense is left out, and nobody can fill the box with it', t => {
  for (const value of ['', '<>', ',,,', '<mailto:a@b>', '<sip:@x>', `<sip:${'9'.repeat(200)}@x>`, '<sip:a%0d%0ab@x>'])
    t.deepEqual(diversionsIn([header('Diversion', value)]), [], value)
  const many = header('Diversion', Array(5000).fill('<sip:1@x>').join(','))
  t.is(diversionsIn([many]).length, 10)
})

test('an asserted identity is read, SIP or telephone number', t => {
  t.deepEqual(
    assertedIn([header('P-Asserted-Identity', '"Ann, A." <sip:+13135550100;x=1@carrier>, <tel:+13135550100>')]),
    {
      number: '+13135550100',
      name: 'Ann, A.',
    },
  )
  t.deepEqual(assertedIn([header('P-Asserted-Identity', '<tel:+13135550100>')]), { number: '+13135550100', name: '' })
  t.is(assertedIn([header('P-Preferred-Identity', '<tel:1>')]), undefined)
})

test('privacy is asked for by id, user or header', t => {
  for (const value of ['id', 'user', 'critical;id', 'header; user; id']) t.true(asksPrivacy([header('Privacy', value)]))
  for (const value of ['none', '', 'session', 'identity']) t.false(asksPrivacy([header('Privacy', value)]))
})
