import test from 'ava'
import { babble } from './babble.ts'
import { Correlator } from './fourier.ts'

test('pieces are found where they were cut, also across the stretches of a long recording', t => {
  const recording = babble(1, 6, 8000).samples
  const places = [0, 5000, 15000, 16383, 40001]
  const pieces = places.map(at => recording.slice(at, at + 1500))
  const answers = new Correlator(recording, 1500).correlate(pieces)
  t.is(answers.length, places.length)
  for (const [i, answer] of answers.entries()) {
    t.is(answer.length, recording.length - 1500 + 1)
    const best = answer.reduce((top, value, at) => (value > (answer[top] ?? 0) ? at : top), 0)
    t.is(best, places[i] ?? -1)
    t.true(Math.abs((answer[best] ?? 0) - 1) < 1e-3)
  }
})

test('correlation is that of the definition, and blind to level', t => {
  const recording = babble(2, 1, 8000).samples
  const piece = babble(3, 1, 8000)
    .samples.slice(100, 500)
    .map(sample => sample * 0.01)
  const [answer = new Float32Array()] = new Correlator(recording, 400).correlate([piece])
  for (const place of [0, 77, 2500, 7600]) {
    const there = recording.subarray(place, place + 400)
    const product = piece.reduce((sum, sample, i) => sum + sample * (there[i] ?? 0), 0)
    const energy = (samples: Float32Array) => Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0))
    const expected = product / (energy(piece) * energy(there))
    t.true(Math.abs((answer[place] ?? 9) - expected) < 1e-3, `${answer[place]} is not ${expected}`)
  }
})
