// What carriers write into headers: whatever it is, it is read as what it may be, or not at all.
import test from 'ava'
import fc from 'fast-check'
import { answerTo, challengeIn } from './digest.ts'
import { hopIn } from './next-hop.ts'
import { expiryIn, secondsIn, serviceRoutesIn } from './register-answer.ts'

const words = fc.constantFrom(
  'Digest ',
  'realm="plant"',
  'nonce="a\\"b"',
  'algorithm=SHA-256',
  'qop="auth,auth-int"',
  'qop=auth-int',
  'opaque="',
  'stale=TRUE',
  ', ',
  '"',
  '\\',
  '<sip:a@b;lr>',
  '<sips:[2001:db8::1]:5061;lr=on>',
  ';expires=',
  '3600',
  '99999999999999999999',
  'box@',
  '-1',
  ' ',
)
const value = fc.oneof(
  fc.string(),
  fc.array(fc.oneof(words, fc.string({ maxLength: 5 }))).map(parts => parts.join('')),
)
const names = fc.constantFrom('WWW-Authenticate', 'proxy-authenticate', 'Contact', 'm', 'Expires', 'Service-Route', 'X')
const headers = fc.array(fc.record({ name: names, value }), { maxLength: 6 })

const PROOF = { username: 'box "1"', secret: 'x', method: 'REGISTER', uri: 'sip:carrier.example' }

test('a challenge is answered with what it said, whatever it said', t => {
  fc.assert(
    fc.property(headers, given => {
      const challenge = challengeIn(given)
      if (challenge === undefined) return true
      const answer = answerTo(challenge, PROOF)
      // Read as a challenge, the answer says realm and nonce again: nothing in them broke out of its quotes.
      const again = challengeIn([{ name: 'WWW-Authenticate', value: answer.value }])
      return again?.realm === challenge.realm && again.nonce === challenge.nonce && again.opaque === challenge.opaque
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

test('an answer to REGISTER grants whole seconds or none, and few routes that can be used', t => {
  const isSeconds = (seconds: number | undefined) =>
    seconds === undefined || (Number.isSafeInteger(seconds) && seconds >= 0 && seconds < 1e9)
  fc.assert(
    fc.property(headers, given => {
      const routes = serviceRoutesIn(given)
      return (
        isSeconds(expiryIn(given, 'box')) &&
        isSeconds(secondsIn(given, 'expires')) &&
        routes.length <= 5 &&
        routes.every(route => /^sips?:[^\s<>",]+$/i.test(route))
      )
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

test('a hop has a host and a port that there is, or it is none', t => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.domain(), fc.nat(99_999)).map(([host, port]) => `${host}:${port}`),
    fc.ipV6(),
  )
  fc.assert(
    fc.property(text, said => {
      const hop = hopIn(said)
      return hop === undefined || (hop.host !== '' && (hop.port === undefined || (hop.port > 0 && hop.port <= 65_535)))
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
