// A melody that no other source of sound plays: its tones, in order and without holes, prove that audio arrived.

import { dbfs, rms, type Sound } from './sound.ts'

export interface ToneSequence {
  /** Hertz, each different from its neighbours, also across the seam when the sequence is looped. */
  frequencies: readonly number[]
  toneMs: number
  /** Level of the tones as sent. */
  levelDbfs: number
}

export interface HeardSequence {
  /** How often the whole sequence was heard, in order. */
  times: number
  /** Mean level of the tones; -Infinity when none was heard. */
  levelDbfs: number
  /** Longest time between the first and the last tone in which the tone that was due did not sound. */
  longestGapMs: number
  /** What was heard instead of silence, in order. */
  tones: readonly { frequency: number; fromMs: number; ms: number }[]
}

/** Far enough apart for a 20 ms window, and inside what G.711 carries. */
const grid = Array.from({ length: 18 }, (_, i) => 430 + 140 * i)
const windowMs = 20
const hopMs = 5
/** Shorter stretches are edges and clicks. */
const shortestStretchMs = 15
/** About -60 dBFS. */
const quietest = 1e-3

/** A melody drawn from a seed; different seeds give different melodies. */
export function toneSequence(
  seed: number,
  { count = 8, toneMs = 200, levelDbfs = -15 }: { count?: number; toneMs?: number; levelDbfs?: number } = {},
): ToneSequence {
  const next = generator(seed)
  const frequencies: number[] = []
  while (frequencies.length < count) {
    const frequency = grid[Math.floor(next() * grid.length)] ?? 1000
    const neighbours = [frequencies.at(-1), frequencies.length === count - 1 ? frequencies[0] : undefined]
    if (!neighbours.includes(frequency)) frequencies.push(frequency)
  }
  return { frequencies, toneMs, levelDbfs }
}

/** The sound of a melody, tone after tone without pauses and without jumps of phase. */
export function toneSound({ frequencies, toneMs, levelDbfs }: ToneSequence, rate = 16000): Sound {
  const perTone = Math.round((toneMs * rate) / 1000)
  const samples = new Float32Array(perTone * frequencies.length)
  const amplitude = Math.SQRT2 * 10 ** (levelDbfs / 20)
  let phase = 0
  for (let i = 0; i < samples.length; i++) {
    phase += (2 * Math.PI * (frequencies[Math.floor(i / perTone)] ?? 0)) / rate
    samples[i] = amplitude * Math.sin(phase)
  }
  return { rate, samples }
}

/** Looks for a melody, once or looped, in what a phone heard. */
export function heardSequence(sound: Sound, sequence: ToneSequence): HeardSequence {
  const frames = listen(sound, sequence.frequencies)
  const tones = groups(frames)
  const levels = frames.filter(frame => frame.frequency !== undefined).map(frame => frame.level ** 2)
  const mean = levels.reduce((sum, level) => sum + level, 0) / Math.max(1, levels.length)
  const { times, skippedMs } = follow(tones, sequence)
  return {
    times,
    levelDbfs: dbfs(Math.sqrt(mean)),
    longestGapMs: Math.max(skippedMs, longestHole(tones, sequence)),
    tones: tones.map(({ frequency, fromMs, heardMs }) => ({ frequency, fromMs, ms: heardMs })),
  }
}

interface Frame {
  level: number
  frequency: number | undefined
}

/** One tone as heard, together with the holes in it. */
interface Tone {
  frequency: number
  fromMs: number
  toMs: number
  heardMs: number
  holeMs: number
}

function listen({ rate, samples }: Sound, frequencies: readonly number[]): Frame[] {
  const size = Math.round((windowMs * rate) / 1000)
  const hann = Float32Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size))
  const distinct = [...new Set(frequencies)]
  const frames: Frame[] = []
  for (let at = 0; at + size <= samples.length; at += (hopMs * rate) / 1000) {
    const piece = samples.subarray(Math.round(at), Math.round(at) + size)
    const level = rms(piece)
    frames.push({ level, frequency: level > quietest ? dominant(piece, hann, distinct, rate) : undefined })
  }
  // The edge of a hole still rings with the tone before it: far below the usual level it is no longer that tone.
  const usual = median(frames.filter(frame => frame.frequency !== undefined).map(frame => frame.level))
  return frames.map(frame => (frame.level < usual * 0.6 ? { level: frame.level, frequency: undefined } : frame))
}

/** The one frequency that carries most of the window's energy, if any does. */
function dominant(
  piece: Float32Array,
  hann: Float32Array,
  frequencies: readonly number[],
  rate: number,
): number | undefined {
  const windowed = piece.map((sample, i) => sample * (hann[i] ?? 0))
  const energy = windowed.reduce((sum, sample) => sum + sample * sample, 0)
  const sum = hann.reduce((total, weight) => total + weight, 0)
  const squares = hann.reduce((total, weight) => total + weight * weight, 0)
  const power = frequencies.map(frequency => goertzel(windowed, frequency, rate))
  const best = Math.max(...power)
  // 1 for a pure tone whatever the window.
  const purity = (best * 2 * squares) / (energy * sum * sum)
  return purity > 0.5 ? frequencies[power.indexOf(best)] : undefined
}

function goertzel(samples: Float32Array, frequency: number, rate: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * frequency) / rate)
  let before = 0
  let last = 0
  for (const sample of samples) {
    const now = sample + turn * last - before
    before = last
    last = now
  }
  return last * last + before * before - turn * last * before
}

/** Neighbouring tones of a sequence differ, so stretches of one frequency with nothing else between are one tone. */
function groups(frames: readonly Frame[]): Tone[] {
  const tones: Tone[] = []
  let from = 0
  for (let i = 1; i <= frames.length; i++) {
    if (i < frames.length && frames[i]?.frequency === frames[from]?.frequency) continue
    const frequency = frames[from]?.frequency
    const stretch = { fromMs: from * hopMs, toMs: i * hopMs }
    from = i
    if (frequency === undefined || stretch.toMs - stretch.fromMs < shortestStretchMs) continue
    const last = tones.at(-1)
    const heardMs = stretch.toMs - stretch.fromMs
    if (last?.frequency !== frequency) {
      tones.push({ frequency, ...stretch, heardMs, holeMs: 0 })
      continue
    }
    last.holeMs = Math.max(last.holeMs, stretch.fromMs - last.toMs)
    last.heardMs += heardMs
    last.toMs = stretch.toMs
  }
  return tones
}

/** Silence inside and between tones, and what is missing of the length of a tone that has neighbours on both sides. */
function longestHole(tones: readonly Tone[], { toneMs }: ToneSequence): number {
  return tones.reduce((longest, tone, i) => {
    const next = tones[i + 1]
    const silent = next ? next.fromMs - tone.toMs : 0
    const inner = i > 0 && next !== undefined
    const cut = inner ? toneMs - tone.heardMs - 2 * hopMs : 0
    return Math.max(longest, silent, tone.holeMs, cut)
  }, 0)
}

/** Walks the heard tones along the sequence from the starting place that skips least. */
function follow(tones: readonly Tone[], sequence: ToneSequence): { times: number; skippedMs: number } {
  const starts = sequence.frequencies.flatMap((frequency, i) => (frequency === tones[0]?.frequency ? [i] : []))
  const walks = starts.map(start => walk(tones, sequence, start))
  return walks.sort((a, b) => a.skippedMs - b.skippedMs || b.times - a.times)[0] ?? { times: 0, skippedMs: 0 }
}

function walk(
  tones: readonly Tone[],
  { frequencies, toneMs }: ToneSequence,
  start: number,
): { times: number; skippedMs: number } {
  const count = frequencies.length
  let position = start - 1
  let inOrder = 0
  let times = 0
  let skippedMs = 0
  for (const tone of tones) {
    let skipped = 0
    while (frequencies[(position + 1 + skipped) % count] !== tone.frequency) skipped++
    position = (position + 1 + skipped) % count
    skippedMs = Math.max(skippedMs, skipped * toneMs)
    inOrder = skipped > 0 ? 1 : inOrder + 1
    if (position === count - 1 && inOrder >= count) times++
  }
  return { times, skippedMs }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** Small and even: mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
