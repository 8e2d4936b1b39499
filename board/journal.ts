// The board's journal: which presses are not yet settled and whose hands are on the outputs, kept behind what happens.
//
// INVARIANTS
// - `note` takes effect in memory before it returns and waits for nothing; the disk follows, or a problem says that not.
// - A new epoch is drawn at every start. A sequence number that was reported but never reached a hanging disk can
//   therefore not come again for another press.
// - What could not be read is never overwritten: until the old journal has been read, the new one is not written.
// - What the disk does not have yet is in the memory file: a process that is killed between a press and its line on the
//   disk forgets nothing. It is emptied only when the disk has everything.
import { randomBytes } from 'node:crypto'
import type { BoardClock } from './clock.ts'
import { type Disk, PREVIOUS, PutAside } from './disk.ts'
import {
  carry,
  emptyState,
  type JournalRecord,
  type JournalState,
  lineOf,
  readJournal,
  readRecords,
  recordsOf,
} from './journal-records.ts'
import type { MemoryFile } from './memory-file.ts'
import type { Problems } from './problems.ts'

const FILE = 'journal'
/** A journal longer than this is begun anew with what is unsettled; bytes. */
const LONGEST = 256 * 1024
/** Lines waiting for a disk that hangs; beyond, the journal is written anew from memory when it returns. */
const MOST_WAITING = 5000
/** The memory file is begun anew beyond this; bytes. */
const MOST_IN_MEMORY = 1024 * 1024
/** A disk that does not answer for so long is a problem; milliseconds. */
const STUCK_AFTER = 1000
const RETRY_AFTER = 1000

export interface Journal {
  readonly epoch: string
  readonly state: JournalState
  note(record: JournalRecord): void
  /** Resolves with what earlier runs left and this one has not settled, once the disk gave it; `state` holds it too. */
  readonly restored: Promise<JournalState>
  /** Resolves when all that was noted is durable; for tests and an orderly end. */
  settled(): Promise<void>
  close(): void
}

export interface JournalOptions {
  readonly disk: Disk
  readonly memory: MemoryFile
  readonly box: string
  readonly clock: BoardClock
  readonly problems: Problems
}

export function openJournal(o: JournalOptions): Journal {
  const epoch = randomBytes(10).toString('hex')
  const state = emptyState()
  let waiting: string[] = []
  let length = 0
  /** The file must be written anew before anything can be appended to it. */
  let anew = true
  let readable = false
  let busy = false
  let closed = false
  let forgetRetry = () => {}
  const idle: (() => void)[] = []
  let inMemoryLength = 0
  /** How long each was when it was begun anew: what is unsettled may be more than the limits, and is not written each time. */
  let lengthAnew = 0
  let memoryAnew = 0
  const leftInMemory = readRecords(o.memory.read())
  /** Said before the disk gave what it had: it counts for that too. */
  const notedEarly: JournalRecord[] = []

  const inMemory = (write: () => void) => {
    try {
      write()
      o.problems.solve('board.memory-file')
    } catch (error) {
      const text = `The board's memory file cannot be written (${reason(error)}): a crash may forget the last presses.`
      o.problems.raise('board.memory-file', text)
    }
  }
  const remember = (line: string) => {
    inMemoryLength += line.length
    o.memory.append(line)
    if (inMemoryLength < Math.max(MOST_IN_MEMORY, 2 * memoryAnew) || !readable) return
    // The disk has been away for long: what is unsettled now is all that matters.
    o.memory.clear()
    const all = recordsOf(state).map(lineOf).join('')
    o.memory.append(all)
    inMemoryLength = all.length
    memoryAnew = all.length
  }
  const work = () => {
    if (busy || closed || !readable) return
    if (!anew && waiting.length === 0) {
      inMemoryLength = 0
      inMemory(() => o.memory.clear())
      for (const resolve of idle.splice(0)) resolve()
      return
    }
    busy = true
    const forgetStuck = o.clock.after(STUCK_AFTER, () => {
      o.problems.raise(
        'board.journal-stuck',
        'The disk of the board does not answer: presses are reported, but not kept.',
      )
    })
    const writing = anew || length > Math.max(LONGEST, 2 * lengthAnew) ? writeAnew() : append()
    writing
      .then(
        () => {
          o.problems.solve('board.journal-failed')
          busy = false
        },
        (error: unknown) => {
          anew = true
          const text = `The journal of the board cannot be written (${reason(error)}): presses are reported, but not kept.`
          o.problems.raise('board.journal-failed', text)
          forgetRetry = o.clock.after(RETRY_AFTER, () => {
            busy = false
            work()
          })
        },
      )
      .finally(() => {
        forgetStuck()
        o.problems.solve('board.journal-stuck')
        work()
      })
  }
  const append = async () => {
    const lines = waiting.join('')
    waiting = []
    await o.disk.append(FILE, lines)
    length += lines.length
  }
  const writeAnew = async () => {
    const opened: JournalRecord = { kind: 'opened', epoch, box: o.box, version: 1 }
    const whole = [opened, ...recordsOf(state)].map(lineOf).join('')
    waiting = []
    anew = false
    await o.disk.replace(FILE, whole)
    length = whole.length
    lengthAnew = whole.length
  }
  const restore = async (): Promise<JournalState> => {
    const forgetStuck = o.clock.after(STUCK_AFTER, () => {
      o.problems.raise(
        'board.journal-stuck',
        'The disk of the board does not answer: what was unsettled is not known yet.',
      )
    })
    for (;;) {
      try {
        const left = await readOld(o)
        for (const record of leftInMemory) carry(left, record)
        for (const record of notedEarly.splice(0)) carry(left, record)
        state.presses.clear()
        state.drives.clear()
        state.held.clear()
        for (const record of recordsOf(left)) carry(state, record)
        for (const [key, kept] of left.presses) if (kept.press.epoch === epoch) left.presses.delete(key)
        readable = true
        forgetStuck()
        o.problems.solve('board.journal-unreadable')
        o.problems.solve('board.journal-stuck')
        work()
        return left
      } catch (error) {
        const text = `The journal of the board cannot be read (${reason(error)}): presses before its last start may be missing.`
        o.problems.raise('board.journal-unreadable', text)
        await new Promise<void>(resolve => {
          forgetRetry = o.clock.after(RETRY_AFTER, resolve)
        })
      }
    }
  }

  return {
    epoch,
    state,
    restored: restore(),
    note(record) {
      carry(state, record)
      if (!readable) notedEarly.push(record)
      inMemory(() => remember(lineOf(record)))
      if (anew) return work()
      if (waiting.length < MOST_WAITING) waiting.push(lineOf(record))
      else anew = true
      work()
    },
    settled: () =>
      new Promise(resolve => {
        idle.push(resolve)
        work()
      }),
    close() {
      closed = true
      forgetRetry()
    },
  }
}

async function readOld(o: JournalOptions): Promise<JournalState> {
  const current = await readOrLose(FILE, o)
  const read = current === undefined ? undefined : readJournal(current)
  if (read !== undefined && read.damaged > 0) {
    const text = `${read.damaged} damaged line(s) in the board's journal, as after a power cut; the others were read.`
    o.problems.raise('board.journal-damaged', text)
  }
  if (read?.whole === true) return read.state
  // Without its header the file was not written by us in one piece: what the one before it knows is better known twice.
  const previous = await readOrLose(`${FILE}${PREVIOUS}`, o)
  const state = previous === undefined ? emptyState() : readJournal(previous).state
  for (const record of recordsOf(read?.state ?? emptyState())) carry(state, record)
  return state
}

/** What is no file any more is gone: the box goes on with the one before it, and says so. */
async function readOrLose(name: string, o: JournalOptions): Promise<Buffer | undefined> {
  try {
    return await o.disk.read(name)
  } catch (error) {
    if (!(error instanceof PutAside)) throw error
    const text = `The board's ${name} could not be read at all and was put aside; presses that only it held are missing.`
    o.problems.raise('board.journal-damaged', text)
    return undefined
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))
