// What happened: append-mostly tables behind a bounded queue in a worker; nothing on the way of a call waits for them.
import type { Compilable, Kysely, SelectQueryBuilder } from 'kysely'
import type { HistoryInput } from './history-input.ts'

/** A schema step that runs on SQLite and PostgreSQL alike; ids sort in order of the features and their steps. */
export interface Migration {
  /** `feature-number`, e.g. `call-records-1`. Tables begin with the feature's name, dashes as underscores. */
  readonly id: string
  up(db: Kysely<unknown>): Promise<void>
}

/** One page. Rows that come meanwhile do not move it: the cursor names the last row, not a count. */
export interface HistoryPage<Row> {
  readonly rows: readonly Row[]
  /** Asked for as `cursor`, it brings what is older; missing: this was all. */
  readonly next?: string
}

/** Which columns of the rows are looked at. */
export interface HistoryColumns<Name extends string> {
  /** When it happened, UTC milliseconds. */
  readonly at: Name
  /** What tells two of the same moment apart. */
  readonly key: Name
  /** Where a word is looked for. */
  readonly words: readonly Name[]
}

/** The records of the box. */
export interface Records {
  /** Typed queries; awaited reads for pages and reports. */
  db<Tables>(): Kysely<Tables>
  /** A page of past rows, the newest first; throws PbxError `history.bad-cursor`. */
  past<DB, TB extends keyof DB, Row>(
    query: SelectQueryBuilder<DB, TB, Row>,
    columns: HistoryColumns<Extract<keyof Row, string>>,
    asked: HistoryInput,
  ): Promise<HistoryPage<Row>>
  /** Queues a write in order and returns at once. When the queue is full or the disk is, the loss is counted and becomes a problem. */
  write(query: Compilable): void
  /** Resolves when everything queued so far is durable. */
  settled(): Promise<void>
  readonly state: { readonly queued: number; readonly lost: number; readonly lastError?: string }
}
