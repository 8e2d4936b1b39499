// What the journal says, line by line, and what remains to be done after reading it.
import { crc32 } from 'node:zlib'
import type { Hand } from './outputs.ts'
import type { LetGo, PressId, Reflex } from './protocol.ts'

/** When and where something happened, so that its age is known after a restart of the process, but not of the machine. */
export interface Moment {
  /** UTC milliseconds. */
  readonly at: number
  /** Monotonic milliseconds since the boot named by `boot`. */
  readonly since: number
  readonly boot: string
}

export type JournalRecord =
  | { readonly kind: 'opened'; readonly epoch: string; readonly box: string; readonly version: 1 }
  /** `fired` is a frozen copy of the reflexes: a later table does not change what this press did. */
  | {
      readonly kind: 'press'
      readonly press: PressId
      readonly input: string
      readonly moment: Moment
      readonly fired: readonly Reflex[]
    }
  /** A contact that is pressed since then: what a journal begun anew has of presses that are settled. */
  | { readonly kind: 'held'; readonly input: string; readonly moment: Moment }
  /** The contact of a press came back. */
  | { readonly kind: 'let-loose'; readonly input: string }
  /** Noted for whoever asks later; nothing follows from it. */
  | ({ readonly kind: 'let-go' } & LetGo)
  | { readonly kind: 'acknowledged'; readonly press: PressId; readonly alarm: string }
  | { readonly kind: 'released'; readonly owner: string; readonly presses: readonly PressId[] }
  | { readonly kind: 'driven'; readonly hand: Hand; readonly boot: string }

export interface KeptPress {
  readonly press: PressId
  readonly input: string
  readonly moment: Moment
  readonly fired: readonly Reflex[]
  /** The alarm it raised or joined, once the supervisor said so. */
  readonly alarm?: string
  /** All clear: its outputs are no longer its business. */
  readonly released: boolean
}

/** What must survive: presses that are not settled, and hands on outputs. */
export interface JournalState {
  readonly presses: Map<string, KeptPress>
  readonly drives: Map<string, { readonly hand: Hand; readonly boot: string }>
  /** Input → when its contact moved, while it has not come back: also of presses that are settled. */
  readonly held: Map<string, Moment>
}

export const emptyState = (): JournalState => ({ presses: new Map(), drives: new Map(), held: new Map() })
export const keyOf = (press: PressId): string => `${press.box}/${press.epoch}/${press.sequence}`

/** Carries a record into the state. Saying the same record twice changes nothing. */
export function carry(state: JournalState, record: JournalRecord): void {
  switch (record.kind) {
    case 'opened':
    case 'let-go':
      return
    case 'press': {
      const { press, input, moment, fired } = record
      const key = keyOf(press)
      if (!state.presses.has(key)) state.presses.set(key, { press, input, moment, fired, released: false })
      state.held.set(input, moment)
      return
    }
    case 'held':
      state.held.set(record.input, record.moment)
      return
    case 'let-loose':
      state.held.delete(record.input)
      return
    case 'acknowledged':
      settle(state, record.press, { alarm: record.alarm })
      for (const key of outdated(state, record.press)) state.presses.delete(key)
      return
    case 'released':
      for (const press of record.presses) settle(state, press, { released: true })
      for (const [key, { hand }] of state.drives) if (hand.owner === record.owner) state.drives.delete(key)
      return
    case 'driven':
      state.drives.set(`${record.hand.owner}\n${record.hand.output}`, { hand: record.hand, boot: record.boot })
      return
  }
}

/** Presses of one input whose alarm is known and not over: beyond so many the newer do what the older did. */
const MOST_LIVE = 64

/**
 * Presses that this one makes superfluous once it is acknowledged: the oldest of its input with the same alarm and the
 * same reflexes, where there are too many. The alarm's end ends those that are left.
 */
function outdated(state: JournalState, press: PressId): readonly string[] {
  const mine = state.presses.get(keyOf(press))
  if (mine?.alarm === undefined) return []
  const fired = JSON.stringify(mine.fired)
  const alike = [...state.presses].filter(([, one]) => one.input === mine.input && one.alarm === mine.alarm)
  const live = alike.filter(([, one]) => !one.released && JSON.stringify(one.fired) === fired)
  return live.slice(0, Math.max(0, live.length - MOST_LIVE)).map(([key]) => key)
}

function settle(state: JournalState, press: PressId, change: { alarm: string } | { released: true }) {
  const key = keyOf(press)
  const before = state.presses.get(key)
  if (before === undefined) return
  const after = { ...before, ...change }
  const holdsOutputs = after.fired.some(reflex => reflex.outputs.length > 0) && !after.released
  if (after.alarm !== undefined && !holdsOutputs) state.presses.delete(key)
  else state.presses.set(key, after)
}

/** The records that make the state again, for a journal begun anew. */
export function recordsOf(state: JournalState): readonly JournalRecord[] {
  const records: JournalRecord[] = []
  for (const { press, input, moment, fired, alarm, released } of state.presses.values()) {
    records.push({ kind: 'press', press, input, moment, fired })
    if (alarm !== undefined) records.push({ kind: 'acknowledged', press, alarm })
    if (released) records.push({ kind: 'released', owner: '', presses: [press] })
  }
  for (const { hand, boot } of state.drives.values()) records.push({ kind: 'driven', hand, boot })
  const pressed = new Set([...state.presses.values()].map(kept => kept.input))
  for (const input of pressed) if (!state.held.has(input)) records.push({ kind: 'let-loose', input })
  for (const [input, moment] of state.held) records.push({ kind: 'held', input, moment })
  return records
}

/** One line: its checksum, then the record. */
export function lineOf(record: JournalRecord): string {
  const json = JSON.stringify(record)
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`
}

/** What a journal file holds. A torn tail and damaged lines cost themselves only; `damaged` counts them. */
export interface ReadJournal {
  readonly state: JournalState
  /** It begins with its header: it was written whole once. */
  readonly whole: boolean
  readonly damaged: number
}

export function readJournal(bytes: Buffer): ReadJournal {
  const state = emptyState()
  let damaged = 0
  let whole = false
  const lines = bytes.toString('utf8').split('\n')
  lines.forEach((line, i) => {
    if (line === '') return
    const record = recordOf(line)
    if (record === undefined) damaged += 1
    else if (i === 0) whole = record.kind === 'opened'
    if (record !== undefined) carry(state, record)
  })
  return { state, whole, damaged }
}

/** The undamaged records of a file, in order. */
export function readRecords(bytes: Buffer): readonly JournalRecord[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .flatMap(line => recordOf(line) ?? [])
}

function recordOf(line: string): JournalRecord | undefined {
  const sum = line.slice(0, 8)
  const json = line.slice(9)
  if (crc32(json).toString(16).padStart(8, '0') !== sum) return undefined
  // The checksum says that this version, or one that it can read, wrote the line whole.
  return JSON.parse(json) as JournalRecord
}
