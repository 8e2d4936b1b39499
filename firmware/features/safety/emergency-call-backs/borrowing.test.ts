import test from 'ava'
import type { Party } from '../../../kernel/call/call.types.ts'
import { borrow, leaseFor } from './borrowing.ts'
import { type Lease, leaseOf } from './lease.ts'

const [ONE, TWO] = ['+18105550141', '+18105550142']
const party = (device: string): Party => ({ number: '201', name: 'Post', device, trust: 'line' })
const lent = (number: string, device: string): Lease => ({
  ...leaseOf(party(device), { call: `call_${device}`, since: 0, minutes: 30 }),
  number,
  outside: true,
})

test('a phone borrows a free number, and the same one again', t => {
  t.deepEqual(borrow([ONE, TWO], [lent(ONE, 'a')], party('b')), { number: TWO })
  t.deepEqual(borrow([ONE, TWO], [lent(ONE, 'a'), lent(TWO, 'b')], party('b')), { number: TWO })
})

test('where none is free the one that was lent longest ago is taken, and from whom is said', t => {
  const borrowed = borrow([ONE, TWO], [lent(TWO, 'a'), lent(ONE, 'b')], party('c'))
  t.is(borrowed?.number, TWO)
  t.is(borrowed?.takenFrom?.device, 'a')
  t.is(borrow([], [], party('a')), undefined)
})

test('phones without a name are told apart by address and port', t => {
  const source = { family: 4, host: '10.0.0.7', port: 5060, transport: 'udp' } as const
  const unknown: Party = { number: '', name: '', source, trust: 'unknown' }
  const lease = { ...leaseOf(unknown, { call: 'c', since: 0, minutes: 30 }), number: ONE, outside: true as const }
  t.is(borrow([ONE, TWO], [lease], unknown)?.number, ONE)
  t.is(borrow([ONE, TWO], [lease], { ...unknown, source: { ...source, port: 5062 } })?.number, TWO)
})

test('a lent number is known however a carrier writes it, and no short or other number is', t => {
  const leases = [lent('+18105550141', 'a'), lent('+493511234567', 'b')]
  for (const dialled of ['+18105550141', '18105550141', '8105550141'])
    t.is(leaseFor(leases, dialled)?.device, 'a', dialled)
  for (const dialled of ['+493511234567', '00493511234567', '03511234567'])
    t.is(leaseFor(leases, dialled)?.device, 'b', dialled)
  for (const dialled of ['0141', '201', '+18105550142', '']) t.is(leaseFor(leases, dialled), undefined, dialled)
})
