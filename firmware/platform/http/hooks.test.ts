// The doors for things: what they send is handed on as it came; nobody is signed in, and nothing else opens by them.
import test from 'ava'
import { webRig } from '../../testkit/web-rig.ts'

test('a thing is heard by GET and POST, whatever type its body says it has, and without any', async t => {
  const { ask } = await webRig(t)
  const path = '/api/hooks/echo/a?key=right'
  t.like((await ask('GET', path)).body, { method: 'GET', rest: 'a', body: '' })
  const types = ['application/json', 'application/x-www-form-urlencoded', 'text/xml', 'text/plain', 'image/strange']
  for (const type of types) {
    const said = await ask('POST', path, { raw: '{ not json', headers: { 'content-type': type } })
    t.like(said, { status: 200 }, type)
    t.like(said.body, { method: 'POST', type, body: '{ not json' })
  }
  t.is((await ask('POST', path)).status, 200)
})

test('the feature refuses in the same words as any route; an unknown door, and too much, are refused by name', async t => {
  const { ask } = await webRig(t)
  const refused = await ask('POST', '/api/hooks/echo/a')
  t.like(refused, { status: 401 })
  t.is(refused.body.error.code, 'lamps.wrong-key')
  t.like((await ask('POST', '/api/hooks/nothing/a')).body.error, { code: 'web.unknown-hook' })
  const much = { raw: 'x'.repeat(20_000), headers: { 'content-type': 'text/plain' } }
  t.is((await ask('POST', '/api/hooks/echo/a?key=right', much)).status, 413)
  t.is((await ask('POST', '/api/lamps/flash', { body: { times: 1 } })).status, 401, 'all else stays shut')
})
