// A piece of a recording, also of one whose file is damaged: seconds that are there, or a refusal.
import test from 'ava'
import fc from 'fast-check'
import { PbxError } from '../../../kernel/errors.ts'
import type { Folder } from '../../../kernel/folder.ts'
import { wavPiece } from './wav-piece.ts'

/** A folder with this one file. */
const folderOf = (bytes: Uint8Array): Folder => ({
  path: name => name,
  makeReady: async () => undefined,
  size: async () => bytes.length,
  read: async (_, { from, length }) => bytes.slice(from, from + length),
  remove: async () => undefined,
  space: async () => ({ freeBytes: 1, totalBytes: 1 }),
})

/** As the switch records: two channels of sixteen bits. */
function recording(frames: number): Uint8Array {
  const bytes = new Uint8Array(44 + frames * 4)
  const view = new DataView(bytes.buffer)
  bytes.set(Buffer.from('RIFF0000WAVEfmt ', 'latin1'))
  view.setUint32(16, 16, true)
  for (const [at, value] of [
    [20, 1],
    [22, 2],
    [32, 4],
    [34, 16],
  ] as const)
    view.setUint16(at, value, true)
  view.setUint32(24, 8000, true)
  view.setUint32(28, 32_000, true)
  bytes.set(Buffer.from('data', 'latin1'), 36)
  view.setUint32(40, frames * 4, true)
  return bytes
}

test('a piece is as long as was asked for, and the end is shorter', async t => {
  const folder = folderOf(recording(16_000))
  const middle = await wavPiece(folder, 'x.wav', { from: 0.5, seconds: 1 })
  t.deepEqual([middle.wav.length, middle.totalSeconds], [44 + 32_000, 2])
  t.is((await wavPiece(folder, 'x.wav', { from: 1.75, seconds: 1 })).wav.length, 44 + 8000)
})

test('a damaged file of a recording gives seconds that are there, or is refused as damaged', async t => {
  const harm = fc.record({ at: fc.nat(80), byte: fc.nat(255), cut: fc.boolean() })
  const file = fc.oneof(
    fc.uint8Array(),
    fc.array(harm, { maxLength: 5 }).map(harms =>
      harms.reduce((bytes, { at, byte, cut }) => {
        if (cut) return bytes.slice(0, at)
        return bytes.map((old, place) => (place === at ? byte : old))
      }, recording(100)),
    ),
  )
  const asked = fc.record({ from: fc.integer({ min: 0, max: 1000 }), seconds: fc.integer({ min: 0, max: 60 }) })
  const holds = fc.asyncProperty(file, asked, async (bytes, o) => {
    try {
      const { wav, totalSeconds } = await wavPiece(folderOf(bytes), 'x.wav', o)
      return Number.isFinite(totalSeconds) && totalSeconds >= 0 && wav.length <= 44 + bytes.length
    } catch (error) {
      return error instanceof PbxError && error.code === 'recording.damaged'
    }
  })
  await fc.assert(holds, { numRuns: 1000 })
  t.pass()
})
