import test from 'ava'
import type { HookRequest } from '../../../kernel/feature.ts'
import type { WebKind } from './settings.ts'
import { eventOf, keyOf } from './web-event.ts'

const request = (o: Partial<HookRequest>): HookRequest => ({
  method: 'POST',
  rest: 'but_a',
  query: {},
  headers: {},
  body: '',
  ...o,
})
const what = (o: Partial<HookRequest>, kind: WebKind = 'webhook') => eventOf(request(o), kind).what

/** As its manual shows it: XML that calls itself a form. */
const cyberData = (event: string) =>
  `<?xml version="1.0" encoding="ISO-8859-1"?><cyberdata NAME='Hall 3' MAC='0020f70015b6'><event>${event}</event></cyberdata>`

test('a press by address alone, by form, by JSON and by GET is a press', t => {
  t.is(what({}), 'press')
  t.is(what({ method: 'GET', query: { key: 'x' } }, 'Algo'), 'press')
  t.is(what({ body: 'event=pressed&place=Hall+3' }), 'press')
  t.is(what({ body: '{"event":"Panic","battery":90}', headers: { 'content-type': 'application/json' } }), 'press')
  t.is(what({ body: 'event=heartbeat' }), 'heard')
  t.is(what({ method: 'GET', query: { event: 'alive' } }), 'heard')
})

test('a CyberData device presses by the event BUTTON, encoded or not; all else it tells is a sign of life', t => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  t.is(what({ body: cyberData('BUTTON'), headers: form }, 'CyberData'), 'press')
  t.is(what({ body: encodeURIComponent(cyberData('BUTTON')), headers: form }, 'CyberData'), 'press')
  const plus = new URLSearchParams({ x: cyberData('BUTTON') }).toString().slice(2)
  t.is(what({ body: plus, headers: form }, 'CyberData'), 'press')
  for (const event of ['HEARTBEAT', 'POWERON', 'CALL_ACTIVE', 'RELAY_ACTIVATED'])
    t.is(what({ body: cyberData(event), headers: form }, 'CyberData'), 'heard', event)
  t.throws(() => what({}, 'CyberData'), { message: /no <event>/ })
})

test('what cannot be read, and an event that nobody knows, are refused with the reason', t => {
  t.throws(() => what({ body: '{"event":' }), { code: 'panic-buttons.unreadable' })
  t.throws(() => what({ body: 'x=1', headers: { 'content-type': 'application/json' } }), { message: /JSON/ })
  t.throws(() => what({ body: '%3Cevent%3' }), { message: /encoding is damaged/ })
  t.throws(() => what({ body: 'event=doorbell' }), { message: /"doorbell" is no event/ })
  t.throws(() => what({ headers: { 'idempotency-key': 'x'.repeat(201) } }), { message: /shorter/ })
})

test('the key comes as bearer, as password, in a header, in the address or in the body', t => {
  const basic = Buffer.from('button:secret:one').toString('base64')
  t.is(keyOf(request({ headers: { authorization: 'Bearer abc' } })), 'abc')
  t.is(keyOf(request({ headers: { authorization: `Basic ${basic}` } })), 'secret:one')
  t.is(keyOf(request({ headers: { 'x-api-key': 'abc' } })), 'abc')
  t.is(keyOf(request({ query: { key: 'abc' } })), 'abc')
  t.is(keyOf(request({ body: 'key=abc&event=press' })), 'abc')
  t.is(keyOf(request({ body: '{"key":"abc"}' })), 'abc')
  t.is(keyOf(request({ body: '{"key":' })), '')
})

test('an idempotency key comes as a header, in the address or in the body', t => {
  const key = (o: Partial<HookRequest>) => eventOf(request(o), 'webhook').idempotencyKey
  t.is(key({ headers: { 'idempotency-key': 'a' } }), 'a')
  t.is(key({ query: { idempotencyKey: 'b' } }), 'b')
  t.is(key({ body: '{"idempotencyKey":7}' }), '7')
  t.is(key({}), undefined)
})
