// Cookies of a web socket's handshake, written by whoever dials.
import test from 'ava'
import fc from 'fast-check'
import { parseCookie } from './cookie.ts'

test('cookies are read by name, and the last of a name counts', t => {
  t.deepEqual(parseCookie('session=a=b; theme=dark;session=c'), { session: 'c', theme: 'dark' })
})

test('whatever stands there, every name has one text, and nothing else changes', t => {
  const header = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom('session', '=', ';', ' ', '__proto__', 'x')).map(all => all.join('')),
  )
  fc.assert(
    fc.property(header, said => {
      const read = parseCookie(said)
      return (
        Object.getPrototypeOf(read) === Object.prototype && Object.values(read).every(one => typeof one === 'string')
      )
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
