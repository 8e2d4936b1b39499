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
}

export const emptyState = (): JournalState => ({ presses: new Map(), drives: new Map() })
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
      return
    }
    case 'acknowledged':
      settle(state, record.press, { alarm: record.alarm })
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
