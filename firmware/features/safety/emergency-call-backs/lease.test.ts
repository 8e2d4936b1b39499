import test from 'ava'
import type { Party, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Address, Binding } from '../../../kernel/call/sip-port.ts'
import { leaseOf, waysTo } from './lease.ts'

const at = (port: number, o: Partial<Address> = {}): Address => ({
  family: 4,
  host: '10.0.0.7',
  port,
  transport: 'udp',
  ...o,
})
const target = (line: string, source: Address): RingTarget => ({
  binding: { line, source, contact: `sip:${line}@10.0.0.7` } as Binding,
  party: { number: '202', name: 'Post', trust: 'line', line, source },
})
const leaseFrom = (o: Partial<Party>) =>
  leaseOf({ number: '202', name: 'Post', trust: 'line', ...o }, { call: 'c', since: 0, minutes: 30 })
const told = (ways: readonly (readonly RingTarget[])[]) =>
  ways.map(way => way.map(one => ('binding' in one ? `${one.binding.line}:${one.binding.source.port}` : one.uri)))

test('a proven line is reached at the contact it called from, then at its others; never at another line of the device', t => {
  const registered = [target('lin_1', at(5060)), target('lin_1', at(5070)), target('lin_2', at(5080))]
  const ways = waysTo(leaseFrom({ line: 'lin_1', device: 'dev', source: at(5070) }), registered)
  t.deepEqual(told(ways), [['lin_1:5070'], ['lin_1:5060']])
})

test('a proven line that left its contact is reached at its line, then at the address it called from', t => {
  const ways = waysTo(leaseFrom({ line: 'lin_1', source: at(5099) }), [target('lin_1', at(5060))])
  t.deepEqual(told(ways), [['lin_1:5060'], ['sip:202@10.0.0.7:5099']])
})

test('who only seems to be a line is reached at the address, and then at that line', t => {
  const lease = leaseFrom({ line: 'lin_1', trust: 'station-network', source: at(5099) })
  t.deepEqual(told(waysTo(lease, [target('lin_1', at(5060))])), [['sip:202@10.0.0.7:5099'], ['lin_1:5060']])
})

test('a nameless phone on the machine of the guard is reached at its address, never at the guard’s own', t => {
  const lease = leaseFrom({ number: 'lobby', device: 'guard', trust: 'station-network', source: at(5099) })
  t.deepEqual(told(waysTo(lease, [target('lin_9', at(5060))])), [['sip:lobby@10.0.0.7:5099']])
})

test('an address is written as SIP wants it, and a name that would need escaping is left out', t => {
  const six = leaseFrom({ number: 'a;b@c', source: at(5061, { host: 'fd00::7', transport: 'tcp' }) })
  t.deepEqual(told(waysTo(six, [])), [['sip:[fd00::7]:5061;transport=tcp']])
  t.deepEqual(waysTo(leaseFrom({}), []), [])
})
