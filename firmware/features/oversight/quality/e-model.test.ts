import test from 'ava'
import { ratingOf } from './codecs.ts'
import {
  type Conditions,
  effectiveImpairment,
  narrowbandRating,
  opinionOf,
  widebandOpinionOf,
  widebandRating,
} from './e-model.ts'

const still: Conditions = { delayMilliseconds: 0, lossPercent: 0, burstRatio: 1, impairment: 0, robustness: 25.1 }
const opinion = (c: Partial<Conditions>) => opinionOf(narrowbandRating({ ...still, ...c }))
const near = (actual: number, expected: number, by: number) => Math.abs(actual - expected) <= by

test('with all defaults of G.107 a call is rated 93.2, which is 4.41', t => {
  const rating = narrowbandRating(still)
  t.true(near(rating, 93.2, 0.05), String(rating))
  t.true(near(opinionOf(rating), 4.41, 0.005))
})

test('opinions follow the rating as in annex B of G.107', t => {
  const table = [
    [0, 1],
    [50, 2.58],
    [60, 3.1],
    [70, 3.6],
    [80, 4.03],
    [90, 4.34],
    [100, 4.5],
    [-5, 1],
  ] as const
  for (const [rating, expected] of table) t.true(near(opinionOf(rating), expected, 0.01), `R ${rating}`)
})

test('loss costs G.711 what G.113 says, with and without concealment, and G.729 more', t => {
  const at50 = { delayMilliseconds: 50 }
  const table = [
    [0, 25.1, 0, 4.38],
    [1, 25.1, 0, 4.3],
    [2, 25.1, 0, 4.2],
    [3, 25.1, 0, 4.09],
    [5, 25.1, 0, 3.87],
    [1, 4.3, 0, 3.78],
    [2, 4.3, 0, 3.19],
    [0, 19, 11, 4.06],
    [1, 19, 11, 3.9],
  ] as const
  for (const [lossPercent, robustness, impairment, expected] of table) {
    const found = opinion({ ...at50, lossPercent, robustness, impairment })
    t.true(near(found, expected, 0.05), `${lossPercent} % at Bpl ${robustness}: ${found}`)
  }
})

test('the effective impairment reaches half of what is left when loss is as great as the robustness', t => {
  t.is(effectiveImpairment({ ...still, lossPercent: 25.1 }), 47.5)
  t.is(effectiveImpairment({ ...still, impairment: 11 }), 11)
})

test('loss in bursts is worse than the same loss at random', t => {
  t.true(opinion({ lossPercent: 4, burstRatio: 4 }) < opinion({ lossPercent: 4 }))
})

test('delay hardly matters up to 150 ms, and is felt beyond', t => {
  const from = narrowbandRating(still)
  t.true(from - narrowbandRating({ ...still, delayMilliseconds: 150 }) < 6)
  t.true(from - narrowbandRating({ ...still, delayMilliseconds: 400 }) > 20)
  let last = Number.POSITIVE_INFINITY
  for (let delayMilliseconds = 0; delayMilliseconds <= 800; delayMilliseconds += 10) {
    const rating = narrowbandRating({ ...still, delayMilliseconds })
    t.true(rating <= last + 1e-9, `at ${delayMilliseconds} ms`)
    last = rating
  }
})

test('a wideband call without fault is rated 129 and 4.5; G.722 and Opus by their own figures', t => {
  t.true(near(widebandRating({ ...still, robustness: 4.3 }), 129, 0.2))
  t.is(widebandOpinionOf(129), 4.5)
  const g722 = ratingOf('g722', { concealed: true })
  t.like(g722, { band: 'wide', impairment: 13 })
  t.true(near(widebandOpinionOf(129 - 13), 4.33, 0.03))
  t.is(ratingOf('opus', { concealed: false })?.band, 'wide')
})

test('a codec that nobody rated has no opinion', t => {
  t.is(ratingOf('video/99', { concealed: true }), undefined)
  t.is(ratingOf('PCMA', { concealed: false })?.robustness, 4.3)
})
