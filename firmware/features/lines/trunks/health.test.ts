import test from 'ava'
import { judge, type Outcome } from './health.ts'

const row = (text: string, took = 100): Outcome[] =>
  [...text].map((one, at) => ({ at: at * 1000, worked: one === '+', ...(one === '+' && { took }) }))
const health = (text: string, took?: number) => judge(row(text, took), 60_000).health

test('failures in a row make it worse step by step, one success ends the row', t => {
  const long = '+'.repeat(19)
  t.deepEqual(
    ['', '-', '--', '---', '----', '-----'].map(end => health(long + end)),
    ['healthy', 'warning', 'degraded', 'degraded', 'degraded', 'down'].map((word, at) =>
      at === 2 ? 'warning' : at === 3 || at === 4 ? 'critical' : word,
    ),
  )
  t.is(health(`${'-'.repeat(5)}${'+'.repeat(20)}`), 'healthy')
})

test('failures that come and go are told by their share', t => {
  t.is(health('+++++++-++++++++++++'), 'healthy')
  t.is(health('++-+++-++++++-++++++'), 'warning')
  t.is(health('+-++-+++-++-++++-+++'), 'degraded')
  t.is(health('+--+--+--+--+--+--++'), 'critical')
})

test('a trunk that takes long is not healthy, however well it works', t => {
  t.deepEqual(
    [100, 4000, 7000].map(took => health('+++++', took)),
    ['healthy', 'warning', 'degraded'],
  )
})

test('what is long past does not count', t => {
  t.is(judge(row('-----'), 11 * 60_000).health, 'healthy')
})

test('two outcomes are too few for a rate', t => {
  t.is(health('+-'), 'warning')
  t.is(judge(row('+-'), 0).rate, undefined)
})
