import test from 'ava'
import { answerTo, challengeIn } from './digest.ts'

const PROOF = { username: 'Mufasa', secret: 'Circle of Life', method: 'GET', uri: '/dir/index.html' }
const challenge = (value: string, name = 'WWW-Authenticate') => {
  const found = challengeIn([{ name, value }])
  if (!found) throw new Error('no challenge')
  return found
}

test('the examples of RFC 7616 section 3.9.1 come out as printed there', t => {
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v'
  const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'
  const fields = `Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="${nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
  for (const [algorithm, response] of [
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ]) {
    const { name, value } = answerTo(
      challenge(`${fields}, algorithm=${algorithm}`),
      { ...PROOF, secret: 'Circle of Life' },
      cnonce,
    )
    t.is(name, 'Authorization')
    t.true(value.includes(`response="${response}"`), algorithm)
    t.true(value.includes('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'))
  }
})

test('the example of RFC 2617 section 3.5 comes out without qop as RFC 2069 has it', t => {
  const old = challenge('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')
  const { value } = answerTo(old, PROOF)
  t.false(/qop|cnonce|nc=/.test(value))
  t.regex(value, /algorithm=MD5/)
})

test('the first challenge that can be answered is answered, in the header that belongs to it', t => {
  const headers = [
    { name: 'Proxy-Authenticate', value: 'Digest realm="a", nonce="1", algorithm=SHA-512-256' },
    { name: 'Proxy-Authenticate', value: 'Basic realm="a"' },
    {
      name: 'proxy-authenticate',
      value: 'Digest realm="a \\"b\\"", nonce="2", algorithm=SHA-256, qop="auth", stale=TRUE',
    },
  ]
  const found = challengeIn(headers)
  t.like(found, { realm: 'a "b"', nonce: '2', algorithm: 'SHA-256', stale: true, answerIn: 'Proxy-Authorization' })
  t.is(challengeIn([{ name: 'WWW-Authenticate', value: 'Digest realm="x", nonce="1", qop="auth-int"' }]), undefined)
})
