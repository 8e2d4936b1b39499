import test from 'ava'
import { decodeG711, encodeG711 } from './g711.ts'
import { join, resample, type Sound, scaled, silence, slice } from './sound.ts'
import { heardSequence, toneSequence, toneSound } from './tone-sequence.ts'
import { formatWav, parseWav } from './wav.ts'

const melody = toneSequence(7)
const clean = toneSound(melody)

function throughG711(sound: Sound): Sound {
  const narrow = resample(sound, 8000)
  return {
    rate: 8000,
    samples: decodeG711('PCMA', encodeG711('PCMA', decodeG711('PCMU', encodeG711('PCMU', narrow.samples)))),
  }
}

test('a melody is heard whole, at its level and without a gap', t => {
  const heard = heardSequence(join(silence(500, 16000), clean, silence(300, 16000)), melody)
  t.is(heard.times, 1)
  t.true(Math.abs(heard.levelDbfs - -15) < 0.5, `${heard.levelDbfs} dBFS`)
  t.true(heard.longestGapMs <= 20, `${heard.longestGapMs} ms`)
  t.deepEqual(
    heard.tones.map(tone => tone.frequency),
    [...melody.frequencies],
  )
})

test('a melody survives both laws of G.711 and a loss of level', t => {
  const heard = heardSequence(throughG711(scaled(clean, -20)), melody)
  t.is(heard.times, 1)
  t.true(Math.abs(heard.levelDbfs - -35) < 1, `${heard.levelDbfs} dBFS`)
  t.true(heard.longestGapMs <= 20, `${heard.longestGapMs} ms`)
})

test('a looped melody is counted and has no gap at its seam', t => {
  const heard = heardSequence(join(slice(clean, 900, 1600), clean, clean, clean, slice(clean, 0, 700)), melody)
  t.is(heard.times, 3)
  t.true(heard.longestGapMs <= 20, `${heard.longestGapMs} ms`)
})

for (const ms of [60, 100, 400]) {
  test(`${ms} ms of silence in the middle of a melody are found`, t => {
    const holed = join(slice(clean, 0, 650), silence(ms, 16000), slice(clean, 650 + ms, 1600))
    const { longestGapMs } = heardSequence(throughG711(holed), melody)
    t.true(Math.abs(longestGapMs - ms) <= 20, `${longestGapMs} ms`)
  })
}

test('a piece cut out without leaving silence is found', t => {
  const { longestGapMs } = heardSequence(join(slice(clean, 0, 650), slice(clean, 750, 1600)), melody)
  t.true(longestGapMs >= 70, `${longestGapMs} ms`)
})

test('a tone that is skipped breaks the order', t => {
  const heard = heardSequence(join(slice(clean, 0, 600), slice(clean, 800, 1600)), melody)
  t.is(heard.times, 0)
  t.true(heard.longestGapMs >= 200)
})

test('a melody whose start is missing is not heard whole', t => {
  t.is(heardSequence(slice(clean, 250, 1600), melody).times, 0)
})

test('silence, noise and another melody are not taken for the melody', t => {
  let state = 1
  const noise = Float32Array.from({ length: 32000 }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state / 2 ** 31 - 1
  })
  t.is(heardSequence(silence(2000, 8000), melody).times, 0)
  t.is(heardSequence({ rate: 16000, samples: noise }, melody).times, 0)
  t.is(heardSequence(toneSound(toneSequence(8)), melody).times, 0)
})

test('melodies of different seeds differ, and no tone repeats its neighbour, also when looped', t => {
  const melodies = Array.from({ length: 50 }, (_, seed) => toneSequence(seed).frequencies)
  t.is(new Set(melodies.map(String)).size, 50)
  for (const tones of melodies) t.true(tones.every((tone, i) => tone !== tones[(i + 1) % tones.length]))
})

test('a WAV file is read back as it was written, also when its length was never filled in', t => {
  const file = formatWav(clean)
  t.is(parseWav(file).rate, 16000)
  t.true(parseWav(file).samples.every((sample, i) => Math.abs(sample - (clean.samples[i] ?? 9)) < 1e-4))
  file.writeUInt32LE(0, 40)
  t.is(parseWav(file).samples.length, clean.samples.length)
  t.throws(() => parseWav(Buffer.from('not sound at all')), { message: 'not a WAV file' })
})
