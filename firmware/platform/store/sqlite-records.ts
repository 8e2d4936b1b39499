// Records of the box in SQLite: writes queue and never wait, reads are awaited, both in threads of their own.
import { type Compilable, Kysely as Database, type Kysely, Migrator } from 'kysely'
import type { Clock } from '../../kernel/clock.ts'
import type { Problem } from '../../kernel/feature.ts'
import type { Migration, Records } from '../../kernel/records.ts'
import { DatabaseThread } from './database-thread.ts'
import { historyPage } from './history-page.ts'
import type { Statement } from './records.types.ts'
import { ThreadDialect } from './thread-dialect.ts'
import { Turns } from './turns.ts'

/** Where the records lie and how much they may take. */
export interface SqliteRecordsOptions {
  readonly path: string
  readonly clock: Clock
  /** Bytes that the database may grow to; default 8 GiB. */
  readonly quotaBytes?: number
  /** Statements that may wait; what comes on top is lost and counted. */
  readonly queueLimit?: number
}

/** A step that could not be taken: the features whose tables it makes run without records. */
export interface FailedMigration {
  readonly id: string
  readonly error: unknown
}

const QUEUE_LIMIT = 10_000
const BATCH = 500
const RETRY_MILLISECONDS = 2_000
/** After a batch writes gather for so long, in milliseconds: each batch waits for the disk once, whatever is in it. */
const GATHERED = 50
/** Nobody looks at records for hours: what reads them ends then. */
const RESTED = 30_000
const QUOTA_BYTES = 8 * 2 ** 30

interface Settling {
  readonly upTo: number
  readonly resolve: () => void
}

export class SqliteRecords implements Records {
  readonly #clock: Clock
  readonly #limit: number
  readonly #writer: DatabaseThread
  readonly #reader: DatabaseThread
  readonly #turns = new Turns()
  readonly #db: Kysely<unknown>
  /** For migrations, which the others wait for. */
  readonly #early: Kysely<unknown>
  #attempted = () => {}
  readonly #queue: Statement[] = []
  #migrations: readonly Migration[] = []
  #failed: readonly FailedMigration[] = []
  #settling: Settling[] = []
  #taken = 0
  #done = 0
  #lost = 0
  #lastError: string | undefined
  #stalled = false
  #setAside: string | undefined
  #ready = false
  #writing = false
  #closed = false
  #retry: (() => void) | undefined
  /** Ends the gathering. */
  #hasten = () => {}

  constructor(o: SqliteRecordsOptions) {
    this.#clock = o.clock
    this.#limit = o.queueLimit ?? QUEUE_LIMIT
    const quotaBytes = o.quotaBytes ?? QUOTA_BYTES
    this.#writer = new DatabaseThread({ path: o.path, role: 'writer', quotaBytes })
    this.#reader = new DatabaseThread(
      { path: o.path, role: 'reader', quotaBytes },
      { clock: o.clock, milliseconds: RESTED },
    )
    const threads = { writer: this.#writer, reader: this.#reader, turns: this.#turns }
    const ready = new Promise<void>(resolve => {
      this.#attempted = resolve
    })
    this.#db = new Database({ dialect: new ThreadDialect({ ...threads, ready }) })
    this.#early = new Database({ dialect: new ThreadDialect({ ...threads, ready: Promise.resolve() }) })
  }

  /**
   * Opens the database and takes the steps not yet taken, each feature for itself; what was written before follows then. A damaged database is
   * set aside and a new one begun. Rejects when the disk refuses; it is tried again behind.
   */
  async open(migrations: readonly Migration[]): Promise<readonly FailedMigration[]> {
    this.#migrations = migrations
    this.#ready = false
    try {
      await this.#openThreads()
      this.#failed = await migrate(this.#early, migrations)
    } catch (error) {
      this.#refused(error, 'reopen')
      throw error
    } finally {
      this.#attempted()
    }
    this.#ready = true
    this.#stalled = false
    void this.#drain()
    return this.#failed
  }

  async #openThreads(): Promise<void> {
    const leave = await this.#turns.take()
    try {
      const { setAside } = await this.#writer.ask({ do: 'open' })
      await this.#reader.ask({ do: 'open' })
      this.#setAside = setAside ?? this.#setAside
    } finally {
      leave()
    }
  }

  db<Tables>(): Kysely<Tables> {
    return this.#db as unknown as Kysely<Tables>
  }

  write(query: Compilable): void {
    if (this.#queue.length >= this.#limit || this.#closed) {
      this.#lost += 1
      return
    }
    const { sql, parameters } = query.compile()
    const strange = parameters.find(p => !isBindable(p))
    if (strange !== undefined) {
      this.#lost += 1
      this.#lastError = `a ${typeof strange} cannot be recorded: ${sql}`
      return
    }
    this.#queue.push({ sql, parameters })
    this.#taken += 1
    void this.#drain()
  }

  readonly past = historyPage

  settled(): Promise<void> {
    if (this.#done >= this.#taken) return Promise.resolve()
    return new Promise(resolve => {
      this.#settling.push({ upTo: this.#taken, resolve })
      this.#hasten()
    })
  }

  get state() {
    const lastError = this.#lastError
    return { queued: this.#queue.length, lost: this.#lost, ...(lastError !== undefined && { lastError }) }
  }

  problems(): readonly Problem[] {
    const found: Problem[] = this.#failed.map(({ id, error }) => ({
      code: `records.not-migrated:${id}`,
      severity: 'serious',
      text: `The tables of ${id} could not be made: ${messageOf(error)}. What they would hold is not recorded.`,
      remedy: 'Go back to the version before, or send the diagnostics to the maker.',
    }))
    if (this.#setAside !== undefined) found.push(damaged(this.#setAside))
    if (this.#stalled) found.push(stalled(this.#queue.length, this.#lastError ?? ''))
    if (this.#lost > 0) found.push(lossOf(this.#lost, this.#lastError))
    return found
  }

  /** Writes what is queued, unless the disk refuses, and ends the threads. */
  async close(): Promise<void> {
    if (this.#queue.length > 0 && !this.#stalled) await this.settled()
    this.#closed = true
    this.#hasten()
    this.#retry?.()
    this.#attempted()
    // The writer goes last: only the last connection folds the write-ahead log into the file.
    await this.#reader.close()
    await this.#writer.close()
  }

  /** One batch after the other; between them transactions of pages get their turn. */
  async #drain(): Promise<void> {
    if (!this.#ready || this.#writing || this.#retry) return
    this.#writing = true
    // What is said in one go goes in one transaction.
    await Promise.resolve()
    while (this.#queue.length > 0 && !this.#closed && (await this.#writeBatch())) await this.#gather()
    this.#writing = false
  }

  /** The first write of a quiet box goes at once, those of a busy one together; who waits for `settled` is not made to. */
  async #gather(): Promise<void> {
    if (this.#settling.length > 0 || this.#closed || this.#queue.length >= BATCH) return
    await new Promise<void>(resolve => {
      const forget = this.#clock.after(GATHERED, () => this.#hasten())
      this.#hasten = () => {
        forget()
        this.#hasten = () => {}
        resolve()
      }
    })
  }

  async #writeBatch(): Promise<boolean> {
    const batch = this.#queue.slice(0, BATCH)
    const leave = await this.#turns.take()
    try {
      const { refused = [] } = await this.#writer.ask({ do: 'batch', statements: batch })
      this.#queue.splice(0, batch.length)
      this.#written(batch.length, refused)
      return true
    } catch (error) {
      const damage = /^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code))
      this.#refused(error, damage ? 'reopen' : 'write again')
      return false
    } finally {
      leave()
    }
  }

  #written(count: number, refused: readonly string[]): void {
    this.#stalled = false
    this.#lost += refused.length
    this.#lastError = refused.at(-1) ?? (this.#lost > 0 ? this.#lastError : undefined)
    this.#done += count
    const settled = this.#settling.filter(one => one.upTo <= this.#done)
    this.#settling = this.#settling.filter(one => one.upTo > this.#done)
    for (const { resolve } of settled) resolve()
  }

  /** The queue holds what the disk does not take, and tries again; a database found damaged is replaced first. */
  #refused(error: unknown, then: 'reopen' | 'write again'): void {
    if (this.#closed) return
    this.#stalled = true
    this.#lastError = messageOf(error)
    this.#retry = this.#clock.after(RETRY_MILLISECONDS, () => {
      this.#retry = undefined
      // A failed opening has already arranged for the next one.
      void (then === 'reopen' ? this.open(this.#migrations).catch(() => undefined) : this.#drain())
    })
  }
}

/** What SQLite can hold; one value that cannot even be sent to the thread would hold the whole queue up. */
const isBindable = (value: unknown): boolean =>
  value === null ||
  ['string', 'number', 'bigint', 'boolean', 'undefined'].includes(typeof value) ||
  value instanceof Uint8Array

const featureOf = (migration: Migration): string => migration.id.replace(/-\d+$/, '')

/** Each feature has its own list of steps taken, so that one that fails holds no other up. */
async function migrate(db: Kysely<unknown>, migrations: readonly Migration[]): Promise<FailedMigration[]> {
  const failed: FailedMigration[] = []
  const order = migrations.map(migration => migration.id)
  for (const feature of new Set(migrations.map(featureOf))) {
    const steps = migrations.filter(migration => featureOf(migration) === feature)
    const table = `${feature.replaceAll('-', '_')}_migration`
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => Object.fromEntries(steps.map(step => [step.id, { up: step.up }])) },
      migrationTableName: table,
      migrationLockTableName: `${table}_lock`,
      nameComparator: (a, b) => order.indexOf(a) - order.indexOf(b),
    })
    const { error, results } = await migrator.migrateToLatest()
    if (error !== undefined)
      failed.push({ id: results?.find(r => r.status === 'Error')?.migrationName ?? feature, error })
  }
  return failed
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const damaged = (name: string): Problem => ({
  code: 'records.set-aside',
  severity: 'serious',
  text: `The database of records was damaged. It lies beside the new one as ${name.split('/').at(-1)}; calls and alarms before this are not in the lists.`,
  remedy: 'Restore the records from a backup, and replace the disk if it happens again.',
})

const stalled = (queued: number, error: string): Problem => ({
  code: 'records.stalled',
  severity: 'serious',
  text: `Records cannot be written (${error}); ${queued} wait in memory. Calls, pages and alarms are not affected.`,
  remedy: 'Free space on the disk, or shorten how long records are kept.',
})

const lossOf = (lost: number, error: string | undefined): Problem => ({
  code: 'records.lost',
  severity: 'warning',
  text: `${lost} record(s) were lost${error === undefined ? '' : ` (${error})`}.`,
  remedy: 'Lists and reports of this time are incomplete. See to the disk and its free space.',
})
