import test from 'ava'
import { trend } from './trend.ts'

const line = (from: number, slope: number) =>
  Array.from({ length: 60 }, (_, i) => ({ at: i * 10, value: from + slope * i }))

test('what grows steadily is told from its first to its last sample', t => {
  const { first, last } = trend(line(200, 0.5))
  t.true(Math.abs(first - 200) < 1e-9)
  t.true(Math.abs(last - 229.5) < 1e-9)
})

test('peaks of a fifth of all samples do not look like growth', t => {
  const peaks = line(200, 0).map((one, i) => (i % 5 === 4 ? { ...one, value: 200 + i * 10 } : one))
  t.deepEqual(trend(peaks), { first: 200, last: 200 })
})

test('a saw that falls back each time does not grow', t => {
  const saw = line(200, 0).map((one, i) => ({ ...one, value: 200 + (i % 6) * 3 }))
  const { first, last } = trend(saw)
  t.true(Math.abs(last - first) < 2)
})

test('of no samples nothing is told', t => {
  t.true(Number.isNaN(trend([]).first))
})
