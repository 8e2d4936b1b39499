// Logs of the box: what was written is read, damage costs the lines that it hit, and nothing is made up.
import test from 'ava'
import fc from 'fast-check'
import { MemoryFiles } from '../../testkit/memory-files.ts'
import { readSnapshot } from './collection-file.ts'
import { decodeLines, encodeLines, newestLines } from './lines.ts'

const records = fc.array(fc.record({ id: fc.string(), value: fc.jsonValue() }), { maxLength: 12 })
const json = (value: unknown) => JSON.stringify(value)

test('what was appended is read back, and a log that was cut off holds all but its last line', t => {
  fc.assert(
    fc.property(records, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
      const bytes = encodeLines(all)
      const whole = decodeLines(bytes)
      if (json(whole.records) !== json(all) || whole.tail || whole.damaged > 0) return false
      const cut = decodeLines(bytes.subarray(0, Math.floor(share * bytes.length)))
      return cut.damaged === 0 && json(cut.records) === json(all.slice(0, cut.records.length))
    }),
  )
  t.pass()
})

test('a log with foreign bytes in it gives the lines that are whole, in their order', t => {
  const harm = fc.record({ at: fc.nat(), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }), insert: fc.boolean() })
  fc.assert(
    fc.property(records, fc.array(harm, { minLength: 1, maxLength: 4 }), (all, harms) => {
      let bytes = encodeLines(all)
      for (const { at, bytes: foreign, insert } of harms) {
        const place = at % bytes.length
        bytes = Buffer.concat([
          bytes.subarray(0, place),
          foreign,
          bytes.subarray(insert ? place : place + foreign.length),
        ])
      }
      const read = decodeLines(bytes)
      let at = 0
      for (const record of read.records) {
        while (at < all.length && json(all[at]) !== json(record)) at++
        if (at++ >= all.length) return false
      }
      return read.end <= bytes.length && json(decodeLines(newestLines(bytes)).damaged) === '0'
    }),
    { numRuns: 500 },
  )
  t.pass()
})

test('whatever a log holds, reading it throws nothing', t => {
  fc.assert(fc.property(fc.uint8Array(), bytes => decodeLines(Buffer.from(bytes)).records.length === 0))
  t.pass()
})

test('whatever a file of a collection holds, it is read whole or not at all', t => {
  const files = new MemoryFiles()
  const path = '/data/things.json'
  const any = fc.oneof(fc.uint8Array(), fc.oneof(fc.json(), fc.string()).map(Buffer.from))
  fc.assert(
    fc.property(any, bytes => {
      files.write(path, bytes, 0o640)
      const read = readSnapshot(files, path)
      return read === undefined || typeof read.rev === 'number'
    }),
  )
  t.pass()
})
