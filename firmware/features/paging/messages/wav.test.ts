// Recordings of every usual kind become the one kind that the box plays; everything else is refused with a reason.
import test from 'ava'
import fc from 'fast-check'
import { PbxError } from '../../../kernel/errors.ts'
import { at16k } from './resample.ts'
import { TONES, toneOf } from './tones.ts'
import { joined, type Pcm, RATE, readWav, writeWav } from './wav.ts'

const sine = (hertz: number, rate: number, seconds = 0.5): Pcm => ({
  rate,
  samples: Int16Array.from({ length: rate * seconds }, (_, index) =>
    Math.round(12_000 * Math.sin((2 * Math.PI * hertz * index) / rate)),
  ),
})

/** How strong one frequency is in a sound (Goertzel), 1 for a full sine of amplitude 12000. */
function strength(pcm: Pcm, hertz: number): number {
  let [re, im] = [0, 0]
  pcm.samples.forEach((sample, index) => {
    const angle = (2 * Math.PI * hertz * index) / pcm.rate
    re += sample * Math.cos(angle)
    im += sample * Math.sin(angle)
  })
  return (2 * Math.hypot(re, im)) / pcm.samples.length / 12_000
}

test('a WAV that was written is read back as it was', t => {
  const sound = sine(440, RATE)
  t.deepEqual(readWav(writeWav(sound)), sound)
})

test('stereo is mixed to one channel and odd chunks are passed over', t => {
  const frames = 2000
  const bytes = new Uint8Array(12 + 8 + 4 + 8 + 16 + 8 + frames * 4)
  const view = new DataView(bytes.buffer)
  const put = (at: number, text: string) => bytes.set(Buffer.from(text, 'latin1'), at)
  put(0, 'RIFF')
  put(8, 'WAVELIST')
  view.setUint32(16, 3, true)
  put(24, 'fmt ')
  view.setUint32(28, 16, true)
  view.setUint16(32, 1, true)
  view.setUint16(34, 2, true)
  view.setUint32(36, 8000, true)
  view.setUint16(46, 16, true)
  put(48, 'data')
  view.setUint32(52, frames * 4, true)
  for (let frame = 0; frame < frames; frame++) {
    view.setInt16(56 + frame * 4, 1000, true)
    view.setInt16(58 + frame * 4, 3000, true)
  }
  const read = readWav(bytes)
  t.is(read.rate, 8000)
  t.is(read.samples.length, frames)
  t.true(read.samples.every(sample => sample === 2000))
})

test('a recording with a size too large is played as far as it goes', t => {
  const bytes = writeWav(sine(440, RATE))
  new DataView(bytes.buffer).setUint32(40, 0xffffffff, true)
  t.is(readWav(bytes).samples.length, RATE / 2)
})

test('what is no recording is refused with what to do', t => {
  const good = writeWav(sine(440, RATE))
  const spoiled = (at: number, value: number) => {
    const bytes = Uint8Array.from(good)
    new DataView(bytes.buffer).setUint16(at, value, true)
    return bytes
  }
  const bad = [
    new Uint8Array(0),
    Buffer.from('ID3 mp3'),
    good.subarray(0, 30),
    good.subarray(0, 44),
    spoiled(20, 6),
    spoiled(22, 6),
    spoiled(34, 12),
  ]
  for (const bytes of bad) {
    const error = t.throws(() => readWav(bytes), { instanceOf: PbxError })
    t.is(error?.code, 'messages.not-a-recording')
    t.truthy(error?.fields.wav)
  }
})

test('no random file makes the reader fail in any other way', t => {
  let seed = 7
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed / 2147483648
  }
  const good = writeWav(sine(440, RATE, 0.2))
  for (let round = 0; round < 2000; round++) {
    const bytes = good.slice(0, Math.floor(random() * good.length))
    for (let hit = 0; hit < 4; hit++)
      bytes[Math.floor(random() * Math.min(60, bytes.length))] = Math.floor(random() * 256)
    try {
      t.true(readWav(bytes).samples.length > 0)
    } catch (error) {
      t.true(error instanceof PbxError)
    }
  }
})

test('a change of rate keeps the pitch and adds nothing', async t => {
  for (const rate of [8000, 11_025, 22_050, 44_100, 48_000]) {
    const changed = await at16k(sine(1000, rate))
    t.is(changed.rate, RATE)
    t.true(Math.abs(changed.samples.length - RATE / 2) <= 1)
    t.true(Math.abs(strength(changed, 1000) - 1) < 0.05, `${rate}: ${strength(changed, 1000)}`)
  }
})

test('what 16 kHz cannot carry is taken out instead of folding back', async t => {
  const changed = await at16k(sine(12_000, 48_000))
  t.true(strength(changed, 4000) < 0.02)
})

test('parts are joined with silence between them', t => {
  const part = sine(440, RATE, 0.1)
  const whole = joined([part, part], 500)
  t.is(whole.samples.length, RATE * 0.7)
  t.true(whole.samples.slice(RATE * 0.1, RATE * 0.6).every(sample => sample === 0))
})

test('an emergency tone lasts three to ten seconds and never clips', t => {
  for (const tone of TONES) {
    if (tone === 'none') continue
    const { samples } = toneOf(tone)
    const seconds = samples.length / RATE
    t.true(tone === 'chime' || (seconds >= 3 && seconds <= 10))
    t.true(samples.some(sample => Math.abs(sample) > 8000))
    t.true(samples.every(sample => Math.abs(sample) <= 16_000))
  }
})

/** A recording of two channels of 8 bits: one is loud, one is still. */
function eightBitStereo(frames: number): Uint8Array {
  const bytes = new Uint8Array(44 + frames * 2)
  bytes.set(writeWav({ rate: 8000, samples: new Int16Array(0) }))
  const view = new DataView(bytes.buffer)
  view.setUint16(22, 2, true)
  view.setUint16(34, 8, true)
  view.setUint32(40, frames * 2, true)
  for (let frame = 0; frame < frames; frame++) bytes.set([228, 128], 44 + frame * 2)
  return bytes
}

test('two channels of eight bits are mixed, not taken for one of sixteen', t => {
  const read = readWav(eightBitStereo(1000))
  t.is(read.samples.length, 1000)
  t.true(read.samples.every(sample => sample === 12_800))
})

test('whatever is uploaded, it is a recording of a tenth of a second at least, or refused with the reason', t => {
  const good = [writeWav(sine(440, RATE, 0.2)), eightBitStereo(1000)]
  const harm = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.boolean() })
  const harmed = fc.tuple(fc.constantFrom(...good), fc.array(harm, { maxLength: 5 })).map(([wav, harms]) =>
    harms.reduce((bytes, { at, byte, cut }) => {
      // Mostly the head: there stands what is believed.
      const place = at % (cut ? bytes.length + 1 : Math.min(60, bytes.length + 1))
      if (cut) return bytes.slice(0, place)
      const out = bytes.slice()
      out.set([byte].slice(0, out.length - place), place)
      return out
    }, wav),
  )
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), harmed), bytes => {
      try {
        const { rate, samples } = readWav(bytes)
        return rate >= 8000 && rate <= 48_000 && samples.length >= Math.floor(rate / 10)
      } catch (error) {
        return error instanceof PbxError && error.code === 'messages.not-a-recording' && (error.fields.wav ?? '') !== ''
      }
    }),
    { numRuns: 1000 },
  )
  t.pass()
})
