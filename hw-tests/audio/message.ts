// Was a spoken message heard, in full, and how often? Compares a recording with the sound that was sent, piece by
// piece, so that a hole, a cut or a late start is found, while codecs, level and a moving jitter buffer are forgiven.

import { blocksOf, ms, prepared, stepMs } from './message-pieces.ts'
import { follow, type Match, starts } from './message-search.ts'
import { durationMs, rms, type Sound } from './sound.ts'

export interface HeardPass {
  /** Where in the recording the message starts; negative when the recording began in the middle of it. */
  fromMs: number
  inFull: boolean
  /** Longest stretch of the message that was not heard, or that was cut out. */
  longestGapMs: number
  /** Longest time by which the message was held up in its middle, as by a jitter buffer that grows. */
  longestPauseMs: number
  missingAtStartMs: number
  missingAtEndMs: number
  /** Part of the message that was heard, 0 … 1. */
  heard: number
  /** Level of the recording against the reference. */
  gainDb: number
}

export interface HeardMessage {
  /** How often the whole message was heard. */
  timesInFull: number
  /** Every pass of which at least a quarter was heard, in order. */
  passes: readonly HeardPass[]
}

export interface MessageOptions {
  /** Longest hole that still counts as in full; default 40 ms. */
  toleranceMs?: number
}

/** A cut inside a steady tone shows only at its ends. */
const shiftMs = 500

/** Looks for every pass of a message in a recording. */
export function heardMessage(
  recording: Sound,
  reference: Sound,
  { toleranceMs = 40 }: MessageOptions = {},
): HeardMessage {
  const heard = prepared(recording)
  const sent = prepared(reference)
  const blocks = blocksOf(sent)
  if (blocks.length === 0) throw new Error('the reference message is silent or shorter than 60 ms')
  const passes = starts(heard, sent)
    .map(start => judge({ heard, sent }, follow(heard, blocks, start), toleranceMs))
    .filter(pass => pass.heard >= 0.25)
  const kept = withoutOverlap(passes, durationMs(reference))
  return { timesInFull: kept.filter(pass => pass.inFull).length, passes: kept }
}

interface Recordings {
  heard: Float32Array
  sent: Float32Array
}

function judge(recordings: Recordings, matches: readonly Match[], toleranceMs: number): HeardPass {
  const { heard } = recordings
  const gains = matches.flatMap(({ block, start }) =>
    start === undefined ? [] : [rms(heard, start + block.at, start + block.at + block.samples.length) / block.level],
  )
  const gain = median(gains)
  const parts = coverage(recordings, matches, gain)
  const shifts = longestShifts(matches)
  const first = parts.findIndex(part => part.heard)
  const last = parts.findLastIndex(part => part.heard)
  const longestGapMs = Math.max(longestUnheard(parts), shifts.cutMs)
  return {
    fromMs: (matches.find(match => match.start !== undefined)?.start ?? 0) / ms,
    inFull: parts.some(part => part.heard) && longestGapMs <= toleranceMs,
    longestGapMs,
    longestPauseMs: shifts.pauseMs,
    missingAtStartMs: (first < 0 ? parts.length : first) * stepMs,
    missingAtEndMs: (parts.length - 1 - last) * stepMs,
    heard: parts.filter(part => part.heard).length / parts.length,
    gainDb: 20 * Math.log10(gain),
  }
}

interface Part {
  fromMs: number
  toMs: number
  heard: boolean
}

/**
 * Steps of the message that any block covers. One is heard when one of those blocks was found and the recording is not
 * silent there: the edge of a hole still resembles a block that lies half in it.
 */
function coverage({ heard, sent }: Recordings, matches: readonly Match[], gain: number): Part[] {
  const steps = new Map<number, boolean>()
  const size = stepMs * ms
  for (const { block, start } of matches) {
    for (let at = block.at; at < block.at + block.samples.length; at += size) {
      const level = rms(sent, at, at + size)
      // Between two syllables there is nothing to hear.
      if (level < block.level / 10) continue
      const there = start !== undefined && rms(heard, start + at, start + at + size) > (level * gain) / 5
      steps.set(at, (steps.get(at) ?? false) || there)
    }
  }
  return [...steps].sort(([a], [b]) => a - b).map(([at, heard]) => ({ fromMs: at / ms, toMs: at / ms + stepMs, heard }))
}

function longestUnheard(parts: readonly Part[]): number {
  let longest = 0
  let from: number | undefined
  for (const part of parts) {
    if (part.heard) from = undefined
    else from ??= part.fromMs
    if (from !== undefined) longest = Math.max(longest, part.toMs - from)
  }
  return longest
}

/** Blocks that come earlier than those shortly before them say how much was cut out; later ones, how long it paused. */
function longestShifts(matches: readonly Match[]): { cutMs: number; pauseMs: number } {
  const found = matches.flatMap(({ block, start }) => (start === undefined ? [] : [{ at: block.at, start }]))
  let cut = 0
  let pause = 0
  for (const [i, later] of found.entries()) {
    for (let k = i - 1; k >= 0 && later.at - (found[k]?.at ?? 0) <= shiftMs * ms; k--) {
      const moved = later.start - (found[k]?.start ?? 0)
      cut = Math.max(cut, -moved)
      pause = Math.max(pause, moved)
    }
  }
  return { cutMs: cut / ms, pauseMs: pause / ms }
}

/** Of passes that claim the same stretch of the recording the most complete one is real. */
function withoutOverlap(passes: readonly HeardPass[], lengthMs: number): HeardPass[] {
  const kept: HeardPass[] = []
  for (const pass of [...passes].sort((a, b) => b.heard - a.heard || a.longestGapMs - b.longestGapMs)) {
    if (kept.every(other => Math.abs(other.fromMs - pass.fromMs) > lengthMs / 2)) kept.push(pass)
  }
  return kept.sort((a, b) => a.fromMs - b.fromMs)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
