import test from 'ava'
import { confirmed, isUnconfirmed, type Sighting, seenAt } from './sighting.ts'

const at = (address: string, rev = 1) => ({ address, at: 0, rev })
const seen = (known: Sighting | undefined, address: string, rev = 1) => seenAt(known, at(address, rev)) as Sighting

test('the first address is taken as it is; the same again is no news', t => {
  const first = seen(undefined, '10.0.0.1')
  t.false(isUnconfirmed(first, 1))
  t.is(seenAt(first, at('10.0.0.1')), undefined)
})

test('another address is unconfirmed until somebody says so, and stays confirmed through others', t => {
  const moved = seen(seen(undefined, '10.0.0.1'), '10.0.0.2')
  t.true(isUnconfirmed(moved, 1))
  const stood = confirmed(moved, 1)
  t.false(isUnconfirmed(stood, 1))
  const back = seen(seen(stood, '10.0.0.3'), '10.0.0.2')
  t.false(isUnconfirmed(back, 1))
})

test('whoever saves the device stands for the address that it has then', t => {
  const moved = seen(seen(undefined, '10.0.0.1'), '10.0.0.2')
  t.false(isUnconfirmed(moved, 2))
  const on = seen(moved, '10.0.0.3', 2)
  t.true(isUnconfirmed(on, 2))
  t.deepEqual(on.confirmed, ['10.0.0.1', '10.0.0.2'])
})

test('of many addresses the last eight are kept', t => {
  let one = seen(undefined, '10.0.0.0')
  for (let host = 1; host < 20; host++) one = confirmed(seen(one, `10.0.0.${host}`), 1)
  t.is(one.confirmed.length, 8)
  t.is(one.confirmed.at(-1), '10.0.0.19')
})
