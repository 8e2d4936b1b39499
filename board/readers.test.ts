// What the board reads of others and of disks: in any pieces, with any damage, it is understood, or refused, and nothing else.
import test from 'ava'
import fc from 'fast-check'
import { Unacceptable } from './checked.ts'
import { type JournalRecord, keyOf, lineOf, readJournal, readRecords } from './journal-records.ts'
import { readProfile } from './profile.ts'
import { lineCutter } from './protocol-lines.ts'
import { readAnswer, sealed } from './serial/modbus.ts'
import { REFLEX, TEST_PROFILE } from './testkit/test-board.ts'
import { readWav } from './wav.ts'

/** One place of some bytes and what happens there. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  how: fc.constantFrom('flip', 'cut', 'drop', 'insert'),
  byte: fc.integer({ min: 1, max: 255 }),
})

function damaged(bytes: Buffer, { at, how, byte }: { at: number; how: string; byte: number }): Buffer {
  const place = Math.floor(at * bytes.length)
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  if (how === 'cut' || after.length === 0) return before
  if (how === 'drop') return Buffer.concat([before, after.subarray(byte)])
  if (how === 'insert') return Buffer.concat([before, Buffer.alloc(byte, byte), after])
  return Buffer.concat([before, Buffer.of((after[0] ?? 0) ^ byte), after.subarray(1)])
}

test('lines are the same, wherever the socket cuts them', t => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter(one => !one.includes('\n'))
  const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(text), cuts, (lines, sizes) => {
      const heard: string[] = []
      const feed = lineCutter(line => heard.push(line))
      const bytes = Buffer.from(lines.map(line => `${line}\n`).join(''))
      for (let at = 0, n = 0; at < bytes.length; n++) {
        const size = sizes[n % sizes.length] ?? 1
        if (!feed(bytes.subarray(at, at + size))) return false
        at += size
      }
      return JSON.stringify(heard) === JSON.stringify(lines)
    }),
  )
  t.pass()
})

const press = (sequence: number) => ({ box: 'box-1', epoch: 'e', sequence })
const opened: JournalRecord = { kind: 'opened', epoch: 'e', box: 'box-1', version: 1 }
const pressed = (sequence: number): JournalRecord => ({
  kind: 'press',
  press: press(sequence),
  input: 'in-1',
  moment: { at: 1, since: 1, boot: 'b' },
  fired: [REFLEX],
})

test('a damaged journal costs the lines that are damaged, and no press is made up', t => {
  const records = [opened, ...Array.from({ length: 8 }, (_, n) => pressed(n + 1))]
  const lines = records.map(lineOf)
  const known = new Set(records.flatMap(one => (one.kind === 'press' ? keyOf(one.press) : [])))
  fc.assert(
    fc.property(damage, harm => {
      const bytes = damaged(Buffer.from(lines.join('')), harm)
      const { state, damaged: lost } = readJournal(bytes)
      const found = [...state.presses.keys()]
      // One place of damage runs lines together: at most two are lost to it, but for a cut, which takes all behind it.
      const ends = lines.map((_, n) => lines.slice(0, n + 1).join('').length)
      const before = ends.filter(end => end <= Math.floor(harm.at * (ends.at(-1) ?? 0))).length - 1
      return (
        found.every(key => known.has(key)) &&
        lost <= 2 &&
        found.length >= (harm.how === 'cut' ? before : known.size - 2) &&
        readRecords(bytes).length >= found.length
      )
    }),
    { numRuns: 500 },
  )
  const whole = readJournal(Buffer.from(lines.join('')))
  t.true(whole.whole)
  t.is(whole.state.presses.size, 8)
})

test('whatever stands in a journal, reading it throws nothing', t => {
  const bytes = fc.oneof(fc.uint8Array(), fc.string().map(Buffer.from))
  fc.assert(fc.property(bytes, any => readJournal(Buffer.from(any)).state.presses.size === 0))
  t.pass()
})

test('an answer of a module is waited for until it is whole, and one with a wrong byte is none', t => {
  const address = fc.integer({ min: 1, max: 247 })
  const inputs = fc.array(fc.boolean(), { minLength: 1, maxLength: 64 })
  const wrong = fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) })
  fc.assert(
    fc.property(address, inputs, wrong, (station, values, { at, by }) => {
      const packed = Array.from({ length: Math.ceil(values.length / 8) }, (_, byte) =>
        values.slice(8 * byte, 8 * byte + 8).reduce((sum, value, bit) => sum | (Number(value) << bit), 0),
      )
      const answer = sealed([station, 2, packed.length, ...packed])
      const asked = { address: station, count: values.length }
      for (let length = 0; length < answer.length; length++)
        if (readAnswer(answer.subarray(0, length), asked).kind !== 'unfinished') return false
      const read = readAnswer(answer, asked)
      if (read.kind !== 'inputs' || read.values.join() !== values.join()) return false
      const place = at % answer.length
      const harmed = Buffer.from(answer)
      harmed[place] = (harmed[place] ?? 0) ^ by
      return ['damaged', 'refused', 'unfinished'].includes(readAnswer(harmed, asked).kind)
    }),
  )
  t.pass()
})

test('whatever noise is on the line, a module says nothing by it', t => {
  const noise = fc.uint8Array({ maxLength: 40 })
  fc.assert(
    fc.property(noise, fc.integer({ min: 1, max: 2000 }), (bytes, count) => {
      const read = readAnswer(bytes, { address: 17, count })
      return read.kind !== 'inputs' || read.values.length === count
    }),
  )
  t.pass()
})

/** A stored message as the box writes it. */
function sound(rate: number, samples: number): Buffer {
  const wav = Buffer.alloc(44 + 2 * samples)
  wav.write('RIFF', 0, 'latin1')
  wav.writeUInt32LE(36 + 2 * samples, 4)
  wav.write('WAVEfmt ', 8, 'latin1')
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(rate, 24)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36, 'latin1')
  wav.writeUInt32LE(2 * samples, 40)
  return wav
}

test('a damaged sound is played as far as it can be, or refused with the reason', t => {
  fc.assert(
    fc.property(fc.constantFrom(8000, 16_000), fc.array(damage, { maxLength: 3 }), (rate, harms) => {
      const bytes = harms.reduce(damaged, sound(rate, 300))
      try {
        return readWav(bytes).length <= bytes.length / 2
      } catch (error) {
        return error instanceof Error && !(error instanceof RangeError) && /WAV file/.test(error.message)
      }
    }),
    { numRuns: 1000 },
  )
  t.is(readWav(sound(16_000, 300)).length, 150)
})

test('whatever a profile says, it is read whole, or the field at fault is named', t => {
  const file = { ...TEST_PROFILE, buses: [] }
  const keys = Object.keys(file)
  const harm = fc.oneof(
    fc.string(),
    fc.json(),
    fc.tuple(fc.constantFrom(...keys), fc.jsonValue()).map(([key, value]) => JSON.stringify({ ...file, [key]: value })),
    damage.map(one => damaged(Buffer.from(JSON.stringify(file)), one).toString()),
  )
  fc.assert(
    fc.property(harm, json => {
      try {
        return readProfile(json).inputs.length <= 256
      } catch (error) {
        return error instanceof Unacceptable && error.message !== ''
      }
    }),
    { numRuns: 500 },
  )
  t.deepEqual(readProfile(JSON.stringify(file)), file)
})
