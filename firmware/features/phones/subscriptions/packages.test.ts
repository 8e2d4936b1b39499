// What a watching phone says of itself ends up in XML that other makes must read.
import test from 'ava'
import fc from 'fast-check'
import { contentTypeFor, hostIn, xml } from './packages.ts'

const KIND = { name: 'dialog', contentTypes: ['application/dialog-info+xml', 'text/plain'], describe: () => '' }

test('whatever a phone says of the box or of what it understands, the text stays one that can be read', t => {
  const part = fc.constantFrom(
    '<',
    'sip:',
    'sips:',
    '@',
    '[',
    ']',
    ':5060',
    ';',
    '>',
    '?',
    '&',
    '"',
    "'",
    '\0',
    '*/*',
    ',',
  )
  const said = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(part, fc.string({ maxLength: 4 }))).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(said, fc.array(said), (uri, accept) => {
      const host = hostIn(uri)
      const type = contentTypeFor(KIND, accept)
      return (
        host !== '' &&
        /^[^<>"'\0]*$/.test(xml(host)) &&
        !/&(?!#\d+;)/.test(xml(uri)) &&
        (type === undefined || KIND.contentTypes.includes(type))
      )
    }),
    { numRuns: 1000 },
  )
  t.is(hostIn('<sip:202@[2001:db8::1]:5061>'), '[2001:db8::1]:5061')
})
