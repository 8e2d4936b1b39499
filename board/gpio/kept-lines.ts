// A part of a bank's lines that fails and comes back as a whole: taken, given up when its chip dies, and taken again.
//
// INVARIANT: while an input of it cannot be read, it was told `silent`: what nobody can read is never shown at rest.
import type { BoardClock } from '../clock.ts'
import type { BankOptions } from './line-bank.ts'

const AGAIN_MILLISECONDS = 1000
/** Taking lines of a bus that hangs holds up everything: it is tried for at most this share of the time. */
const SHARE = 1 / 20
/** A chip that said nothing for so long hangs; it is asked twice a second. */
const SILENT_MILLISECONDS = 1500

export interface KeptLinesOptions {
  readonly clock: BoardClock
  /** Names the problem of this part. */
  readonly code: string
  /** In words: `the lines of gpio-expander`. */
  readonly what: string
  readonly inputs: readonly string[]
  readonly bank: BankOptions
  /** It says by `alive` that it still answers; where a kernel cannot, its errors alone tell that it does not. */
  readonly watched: boolean
  /** Takes the lines and tells the level of each input; throws with what is missing. */
  take(kept: Pick<KeptLines, 'edge' | 'failed' | 'alive'>): void
  /** Gives back whatever was taken. `hangs`: nothing that waits for the chip may be done; `ends`: another run may go on with it. */
  give(how: 'answers' | 'hangs' | 'ends'): void
}

export interface KeptLines {
  edge(line: string, closed: boolean, at: number): void
  /** It answers. */
  alive(): void
  /** It does not work any more: its lines are given back, and taken again a second later. */
  failed(why: string): void
  close(): void
}

export function keepLines(o: KeptLinesOptions): KeptLines {
  const { clock, bank } = o
  const levels = new Map<string, boolean>()
  let state: 'taken' | 'hanging' | 'lost' = 'lost'
  let heardAt = 0
  let forget = () => {}

  const silence = (why: string) => {
    for (const line of o.inputs) bank.silent(line, clock.since())
    bank.problem(o.code, `Nothing comes from ${o.what}: ${why}`, 'raised')
  }
  const watch = () => {
    if (!o.watched) return
    forget()
    forget = clock.after(Math.max(0, heardAt + SILENT_MILLISECONDS - clock.since()), () => {
      if (state !== 'taken') return
      if (clock.since() - heardAt < SILENT_MILLISECONDS) return watch()
      state = 'hanging'
      silence('it hangs')
    })
  }
  const kept: KeptLines = {
    edge(line, closed, at) {
      levels.set(line, closed)
      if (state !== 'lost') bank.edge(line, closed, at)
    },
    alive() {
      heardAt = clock.since()
      if (state !== 'hanging') return
      state = 'taken'
      for (const [line, closed] of levels) bank.edge(line, closed, heardAt)
      bank.problem(o.code, '', 'solved')
      watch()
    },
    failed(why) {
      if (state === 'lost') return
      // Who says that it failed has an answer of it: nothing waits any more.
      o.give('answers')
      lose(why)
    },
    close() {
      forget()
      o.give(state === 'hanging' ? 'hangs' : 'ends')
      state = 'lost'
    },
  }
  const lose = (why: string, tookMilliseconds = 0) => {
    state = 'lost'
    levels.clear()
    silence(why)
    forget()
    forget = clock.after(Math.max(AGAIN_MILLISECONDS, tookMilliseconds / SHARE), takeAgain)
  }
  const takeAgain = () => {
    state = 'taken'
    heardAt = clock.since()
    try {
      o.take(kept)
    } catch (error) {
      o.give('answers')
      return lose(error instanceof Error ? error.message : String(error), clock.since() - heardAt)
    }
    bank.problem(o.code, '', 'solved')
    watch()
  }
  takeAgain()
  return kept
}
