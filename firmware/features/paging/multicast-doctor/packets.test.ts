// Queries and echoes are read as they are on the wire; whatever else comes, damaged or strange, is nothing.
import test from 'ava'
import fc from 'fast-check'
import { doubtOf, looksLike, sameNetwork } from './group-address.ts'
import { probeOf, readPacket } from './packets.ts'

/** An IPv4 datagram of this protocol; a head of 24 bytes where it carries the option that IGMP comes with (RFC 2113). */
function datagram(protocol: number, body: Uint8Array, o: { from?: string; ttl?: number; alert?: true } = {}): Buffer {
  const head = Buffer.alloc(o.alert ? 24 : 20)
  head[0] = 0x40 | (head.length / 4)
  head[8] = o.ttl ?? 1
  head[9] = protocol
  head.set((o.from ?? '10.0.0.1').split('.').map(Number), 12)
  if (o.alert) head.set([0x94, 0x04, 0, 0], 20)
  return Buffer.concat([head, body])
}
const query = (hex: string) => datagram(2, Buffer.from(hex, 'hex'), { alert: true })
const probe = (ttl: number) => datagram(17, Buffer.concat([Buffer.alloc(8), probeOf(0xfeedbeef)]), { ttl })

test('queries of all three versions are known, with who asks and how often', t => {
  const general = { kind: 'query', from: '10.0.0.1', general: true } as const
  t.deepEqual(readPacket(query('1100eeff00000000')), { ...general, version: 1 })
  t.deepEqual(readPacket(query('1164ee9b00000000')), { ...general, version: 2 })
  t.deepEqual(readPacket(query('1164ec1e00000000027d0000')), { ...general, version: 3, intervalSeconds: 125 })
  // 239.192.0.1 was left: somebody asks whether anyone is in there still.
  t.like(readPacket(query('110aff33efc00001')), { kind: 'query', version: 2, general: false })
})

test('the interval of a querier that asks seldom is a small floating number', t => {
  const asked = (code: number) => {
    const body = Buffer.from([0x11, 0x64, 0, 0, 0, 0, 0, 0, 2, code, 0, 0])
    const sum = [0x1164, 0x0200 + code].reduce((all, one) => all + one)
    body.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 2)
    const read = readPacket(datagram(2, body))
    return read?.kind === 'query' ? read.intervalSeconds : undefined
  }
  t.is(asked(127), 127)
  t.is(asked(0x80), 128)
  t.is(asked(0xff), 31_744)
  t.is(asked(0), undefined)
})

test('a probe is known again with the hops that it had left, and is RTCP that nobody plays', t => {
  t.deepEqual(readPacket(probe(14)), { kind: 'echo', token: 0xfeedbeef, ttl: 14 })
  const bytes = probeOf(1)
  t.deepEqual([bytes[0], bytes[1], bytes.length], [0x80, 204, 4 * ((bytes[3] ?? 0) + 1)])
})

test('reports, a wrong checksum, other protocols and half a packet are nothing', t => {
  t.is(readPacket(query('1600fa3defc00001')), undefined)
  t.is(readPacket(query('1164ee9c00000000')), undefined)
  t.is(readPacket(datagram(6, Buffer.from('1164ee9b00000000', 'hex'))), undefined)
  for (let length = 0; length < 32; length++) t.is(readPacket(query('1164ee9b00000000').subarray(0, length)), undefined)
  for (let length = 0; length < 40; length++) t.is(readPacket(probe(1).subarray(0, length)), undefined)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
      t.true(['query', 'echo', undefined].includes(readPacket(bytes)?.kind))
    }),
  )
})

test('what speaks against a group is told by its address', t => {
  t.is(doubtOf('224.0.0.77'), 'link-local')
  t.is(doubtOf('224.0.1.20'), 'reserved')
  t.is(doubtOf('232.1.1.1'), 'source-specific')
  t.is(doubtOf('239.128.0.9'), 'flooded')
  for (const fine of ['239.192.0.1', '224.0.1.116', '239.0.1.9', 'ff15::1']) t.is(doubtOf(fine), undefined)
  t.true(looksLike('239.192.0.1', '239.64.0.1'))
  t.false(looksLike('239.192.0.1', '239.192.0.2') || looksLike('239.192.0.1', '239.192.0.1'))
})

test('an address lies in a network by its prefix', t => {
  const own = { address: '10.20.3.5', prefix: 22 }
  t.true(sameNetwork('10.20.0.1', own) && sameNetwork('10.20.3.255', own))
  t.false(sameNetwork('10.20.4.1', own) || sameNetwork('fd00::1', own))
})
