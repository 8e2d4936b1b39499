// Finds a message in a recording, piece by piece: where it may start, and where each of its pieces lies from there.

import { Correlator } from './fourier.ts'
import { type Block, ms } from './message-pieces.ts'
import { rms } from './sound.ts'

/** A block this similar is the same sound; different speech stays below 0.5. */
const similar = 0.7
/** How far the place of a block may lie from that of the block before: two clocks drift. */
const nearMs = 3
/** How far a jitter buffer moves what follows when it grows or shrinks. */
const farMs = 130
/** Blocks that must agree on a new place. */
const confirming = 6
const anchorMs = 240
const anchors = 16
const fewestVotes = 3

/** Places where the message may start: long pieces of it are searched everywhere, and vote. */
export function starts(heard: Float32Array, sent: Float32Array): number[] {
  const size = Math.min(anchorMs * ms, sent.length)
  const correlator = new Correlator(heard, size)
  const places = anchorPlaces(sent, size)
  const similarities = correlator.correlate(places.map(at => sent.subarray(at, at + size)))
  const votes = similarities
    .flatMap((similarity, i) => peaks(similarity).map(peak => peak - (places[i] ?? 0)))
    .sort((a, b) => a - b)
  const found: number[] = []
  for (let from = 0, to = 0; from < votes.length; from = to) {
    to = from + 1
    // A steady tone is found anywhere in itself: votes for one start lie up to a tone apart.
    while (to < votes.length && (votes[to] ?? 0) - (votes[to - 1] ?? 0) < 60 * ms) to++
    if (to - from >= fewestVotes) found.push(votes[Math.floor((from + to) / 2)] ?? 0)
  }
  return found
}

function anchorPlaces(sent: Float32Array, size: number): number[] {
  const last = sent.length - size
  const places = Array.from({ length: anchors }, (_, i) => Math.round((i * last) / (anchors - 1)))
  const loudest = Math.max(...places.map(at => rms(sent, at, at + size)))
  return places.filter(at => rms(sent, at, at + size) > loudest / 10)
}

/** Highest place of each stretch that resembles the piece. */
function peaks(similarity: Float32Array): number[] {
  const found: number[] = []
  for (let i = 0; i < similarity.length; i++) {
    if ((similarity[i] ?? 0) < similar) continue
    const last = found.at(-1)
    if (last === undefined || i - last > 50 * ms) found.push(i)
    else if ((similarity[i] ?? 0) > (similarity[last] ?? 0)) found[found.length - 1] = i
  }
  return found
}

export interface Match {
  block: Block
  /** Place of the message's start in the recording by this block; undefined when the block was not found. */
  start: number | undefined
}

/** Finds block after block where the one before it says, or further away when what follows lies there too. */
export function follow(heard: Float32Array, blocks: readonly Block[], from: number): Match[] {
  let start = from
  let missed = 0
  const matches: Match[] = blocks.map((block, i) => {
    const near = bestPlace(heard, block, { start, reachMs: nearMs })
    if (near !== undefined) {
      start = near
      missed = 0
      return { block, start }
    }
    missed++
    // A long hole need not be measured to the block.
    const far = missed > 6 && missed % 5 !== 0 ? undefined : newPlace(heard, blocks.slice(i, i + confirming), start)
    if (far !== undefined) {
      start = far
      missed = 0
    }
    return { block, start: far }
  })
  // Backwards, because in a steady tone only its end says where it lies.
  let later: number | undefined
  for (const match of matches.toReversed()) {
    if (match.start === undefined) continue
    const apart = later === undefined ? 0 : Math.abs(match.start - later)
    if (later !== undefined && apart > nearMs * ms) {
      match.start = bestPlace(heard, match.block, { start: later, reachMs: nearMs }) ?? match.start
    }
    later = match.start
  }
  return matches
}

/**
 * Where the message goes on after a jump. A vowel resembles itself one pitch period away, so the blocks that follow
 * must agree: of the places where the first fits, the one that suits all of them best.
 */
function newPlace(heard: Float32Array, blocks: readonly Block[], start: number): number | undefined {
  const [first, ...following] = blocks
  if (!first) return undefined
  // Staying is a choice too: then only this block is missing.
  let best = { start, score: agreement(heard, following, start) }
  for (const candidate of placesAround(heard, first, start)) {
    const score = agreement(heard, following, candidate)
    if (score > best.score + 0.05) best = { start: candidate, score }
  }
  return best.start === start ? undefined : best.start
}

/** How well blocks fit a start, 0 when more than one of them does not. */
function agreement(heard: Float32Array, blocks: readonly Block[], start: number): number {
  const scores = blocks.map(block => {
    const place = bestPlace(heard, block, { start, reachMs: 1 })
    return place === undefined ? 0 : compare(heard, place + block.at, block)
  })
  const fitting = scores.filter(score => score >= similar).length
  return fitting >= blocks.length - 1 ? scores.reduce((sum, score) => sum + score, 0) : 0
}

/** Starts for which one block fits, nearest first. */
function placesAround(heard: Float32Array, block: Block, start: number): number[] {
  const reach = farMs * ms
  const scores = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    compare(heard, start + i - reach + block.at, block),
  )
  const places: number[] = []
  for (const [i, score] of scores.entries()) {
    if (score >= similar && score >= (scores[i - 1] ?? 0) && score > (scores[i + 1] ?? 0))
      places.push(start + i - reach)
  }
  return places.sort((a, b) => Math.abs(a - start) - Math.abs(b - start))
}

function bestPlace(
  heard: Float32Array,
  block: Block,
  { start, reachMs }: { start: number; reachMs: number },
): number | undefined {
  const expected = start + block.at
  let best: { place: number; score: number } | undefined
  for (let shift = 0; shift <= reachMs * ms; shift++) {
    for (const place of shift === 0 ? [expected] : [expected - shift, expected + shift]) {
      const score = compare(heard, place, block)
      // A steady tone fits every period: of equally good places the nearest is meant.
      if (score >= similar && score > (best?.score ?? 0) + 0.02) best = { place, score }
    }
  }
  return best && best.place - block.at
}

function compare(heard: Float32Array, place: number, { samples, level }: Block): number {
  if (place < 0 || place + samples.length > heard.length) return 0
  let product = 0
  let energy = 0
  for (let i = 0; i < samples.length; i++) {
    const sample = heard[place + i] ?? 0
    product += sample * (samples[i] ?? 0)
    energy += sample * sample
  }
  const there = Math.sqrt(energy / samples.length)
  return there < 1e-4 ? 0 : product / samples.length / (there * level)
}
