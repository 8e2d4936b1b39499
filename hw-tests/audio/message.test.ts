import test from 'ava'
import { babble } from './babble.ts'
import { decodeG711, encodeG711 } from './g711.ts'
import { heardMessage } from './message.ts'
import { durationMs, join, resample, type Sound, scaled, silence, slice } from './sound.ts'
import { toneSequence, toneSound } from './tone-sequence.ts'

const message = babble(3, 4)
const music = babble(99, 3)

function throughPhone(sound: Sound): Sound {
  const narrow = resample(sound, 8000)
  return resample({ rate: 8000, samples: decodeG711('PCMU', encodeG711('PCMU', narrow.samples)) }, 16000)
}

test('a message is heard in full through G.711, quieter and late', t => {
  const heard = heardMessage(throughPhone(join(silence(777, 16000), scaled(message, -9), silence(400, 16000))), message)
  t.is(heard.timesInFull, 1)
  const [pass] = heard.passes
  t.true(Math.abs((pass?.fromMs ?? 0) - 777) < 5, `${pass?.fromMs} ms`)
  t.true(Math.abs((pass?.gainDb ?? 0) - -9) < 1, `${pass?.gainDb} dB`)
})

test('a message is counted each time, between other sounds', t => {
  const recording = throughPhone(join(music, message, silence(300, 16000), message, music, message))
  const { timesInFull, passes } = heardMessage(recording, message)
  t.is(timesInFull, 3)
  t.deepEqual(
    passes.map(pass => Math.round(pass.fromMs / 100)),
    [30, 73, 143],
  )
})

test('a melody as message is heard in full', t => {
  const melody = toneSound(toneSequence(5))
  const heard = heardMessage(throughPhone(join(silence(250, 16000), melody, silence(300, 16000), melody)), melody)
  t.is(heard.timesInFull, 2)
})

for (const ms of [80, 250]) {
  test(`${ms} ms of silence in the middle are found`, t => {
    for (const at of [1010, 2210]) {
      const holed = join(slice(message, 0, at), silence(ms, 16000), slice(message, at + ms, 4000))
      const { timesInFull, passes } = heardMessage(throughPhone(holed), message)
      t.is(timesInFull, 0, `at ${at} ms`)
      t.is(passes.length, 1)
    }
  })

  test(`${ms} ms cut out of the middle are found`, t => {
    for (const at of [1010, 2210]) {
      const cut = join(slice(message, 0, at), slice(message, at + ms, 4000))
      t.is(heardMessage(throughPhone(cut), message).timesInFull, 0, `at ${at} ms`)
    }
  })

  test(`${ms} ms cut out of a melody are found`, t => {
    const melody = toneSound(toneSequence(5))
    for (const at of [250, 650, 910]) {
      const cut = join(silence(200, 16000), slice(melody, 0, at), slice(melody, at + ms, 1600))
      t.is(heardMessage(throughPhone(cut), melody).timesInFull, 0, `at ${at} ms`)
    }
  })
}

test('a message whose start or end is missing is not heard in full, and what is missing is said', t => {
  const late = heardMessage(throughPhone(slice(message, 300, 4000)), message)
  t.is(late.timesInFull, 0)
  t.true(Math.abs((late.passes[0]?.missingAtStartMs ?? 0) - 300) <= 80, `${late.passes[0]?.missingAtStartMs} ms`)
  t.true((late.passes[0]?.fromMs ?? 0) < -250)
  const early = heardMessage(throughPhone(slice(message, 0, 3500)), message)
  t.is(early.timesInFull, 0)
  t.true((early.passes[0]?.missingAtEndMs ?? 0) >= 300)
})

test('a jitter buffer that gives and takes a little does not spoil a message', t => {
  const moved = join(
    slice(message, 0, 900),
    silence(20, 16000),
    slice(message, 900, 2100),
    slice(message, 2120, 3000),
    slice(message, 2990, 4000),
  )
  const { timesInFull, passes } = heardMessage(throughPhone(moved), message)
  t.is(timesInFull, 1, JSON.stringify(passes))
})

test('other speech, silence and noise are not the message', t => {
  const recording = throughPhone(join(babble(4, 6), silence(500, 16000), music))
  t.deepEqual(heardMessage(recording, message), { timesInFull: 0, passes: [] })
  t.is(heardMessage(silence(3000, 8000), message).timesInFull, 0)
  t.throws(() => heardMessage(recording, silence(1000, 8000)), { message: /silent/ })
})

test('a message under louder music is not heard in full', t => {
  const under = throughPhone(message)
  const louder = throughPhone(scaled(join(music, babble(98, 2)), 6))
  const samples = under.samples.map((sample, i) => sample + (louder.samples[i] ?? 0))
  t.is(heardMessage({ rate: 16000, samples }, message).timesInFull, 0)
  t.is(Math.round(durationMs(under)), 4000)
})
