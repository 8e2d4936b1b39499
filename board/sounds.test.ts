// Stored messages: read by content, kept on the board's own disk, replaced by an alarm tone when they are not to be had.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { muLawTable } from './g711.ts'
import { createProblems } from './problems.ts'
import { createSounds } from './sounds.ts'
import { createFakeClock } from './testkit/fake-clock.ts'
import { createMemoryDisk } from './testkit/memory-disk.ts'
import { readWav } from './wav.ts'

/** A second of a sine as a WAV file. */
function wav(rate: number, hertz: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + 2 * rate, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(2 * rate, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(2 * rate, 40)
  const samples = Buffer.alloc(2 * rate)
  for (let i = 0; i < rate; i += 1)
    samples.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * hertz * i) / rate)), 2 * i)
  return Buffer.concat([header, samples])
}

/** Root mean square without the edges, where a filter has no neighbours. */
const loudness = (samples: Int16Array) =>
  Math.sqrt(samples.subarray(100, -100).reduce((sum, s) => sum + s * s, 0) / (samples.length - 200))

function rig() {
  const directory = mkdtempSync(join(tmpdir(), 'sounds-'))
  const clock = createFakeClock()
  const disk = createMemoryDisk()
  const problems = createProblems(() => {})
  const open = () => createSounds({ disk, shared: directory, clock, problems })
  return { directory, clock, disk, problems, open }
}

test('a message is read, and plays from the board’s own disk when the shared file is gone', async t => {
  const r = rig()
  const bytes = wav(8000, 440)
  const sound = { file: 'm.wav', sha256: createHash('sha256').update(bytes).digest('hex') }
  writeFileSync(join(r.directory, 'm.wav'), bytes)
  const sounds = r.open()
  sounds.want([sound])
  await sounds.settled()
  t.is(sounds.samples(sound).length, 8000)
  rmSync(r.directory, { recursive: true })
  const next = r.open()
  next.want([sound])
  await next.settled()
  t.is(next.samples(sound).length, 8000)
  t.deepEqual(r.problems.now(), [])
})

test('a message with other content than the table says is a problem until it is right, and a tone stands in', async t => {
  const r = rig()
  const bytes = wav(8000, 440)
  const sound = { file: 'm.wav', sha256: createHash('sha256').update(bytes).digest('hex') }
  writeFileSync(join(r.directory, 'm.wav'), wav(8000, 441))
  const sounds = r.open()
  sounds.want([sound])
  await sounds.settled()
  t.is(r.problems.now()[0]?.code, `board.message-missing:${sound.sha256}`)
  t.true(loudness(sounds.samples(sound)) > 1000)
  writeFileSync(join(r.directory, 'm.wav'), bytes)
  r.clock.advance(5000)
  await sounds.settled()
  t.is(sounds.samples(sound).length, 8000)
  t.deepEqual(r.problems.now(), [])
  rmSync(r.directory, { recursive: true })
})

test('16 kHz is halved: what 8 kHz can carry stays as loud, what it cannot is gone', t => {
  const low = readWav(wav(16_000, 1000))
  t.is(low.length, 8000)
  t.true(Math.abs(loudness(low) - 10_000 / Math.SQRT2) < 400)
  t.true(loudness(readWav(wav(16_000, 7000))) < 200)
})

test('what is no mono 16 bit WAV is refused with its reason', t => {
  t.throws(() => readWav(Buffer.from('ID3')), { message: /not a WAV/ })
  const stereo = wav(8000, 440)
  stereo.writeUInt16LE(2, 22)
  t.throws(() => readWav(stereo), { message: /mono 16 bit/ })
  t.throws(() => readWav(wav(44_100, 440)), { message: /8 or 16 kHz/ })
})

test('µ-law has the values of the recommendation at its ends and at zero', t => {
  const table = muLawTable()
  t.deepEqual([table[0x00], table[0x80], table[0xff], table[0x7f], table[0x8f]], [-32_124, 32_124, 0, 0, 16_764])
})
