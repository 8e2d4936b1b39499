// Records in a database in memory: the same migrations and queries as on the box, and a disk that can be made to hang.
import Database from 'better-sqlite3'
import { type Compilable, Kysely, SqliteDialect } from 'kysely'
import type { Migration, Records } from '../kernel/records.ts'
import { historyPage } from '../platform/store/history-page.ts'

/** Migrated and empty. */
export class MemoryRecords implements Records {
  readonly #sqlite = new Database(':memory:')
  readonly #db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: this.#sqlite }) })
  #lost = 0
  #lastError: string | undefined
  #hung = false
  readonly #waiting: Compilable[] = []

  async migrate(migrations: readonly Migration[]): Promise<void> {
    for (const migration of migrations) await migration.up(this.#db)
  }

  db<Tables>(): Kysely<Tables> {
    return this.#db as unknown as Kysely<Tables>
  }

  write(query: Compilable): void {
    if (this.#hung) {
      this.#waiting.push(query)
      return
    }
    const { sql, parameters } = query.compile()
    try {
      this.#sqlite.prepare(sql).run(...parameters)
    } catch (error) {
      this.#lost += 1
      this.#lastError = error instanceof Error ? error.message : String(error)
    }
  }

  readonly past = historyPage

  get isHung(): boolean {
    return this.#hung
  }

  rows<Row>(table: string): readonly Row[] {
    return this.#sqlite.prepare(`select * from "${table}"`).all() as Row[]
  }

  /** Every row of every table, as text. */
  dump(): string {
    const tables = this.#sqlite.prepare(`select name from sqlite_master where type = 'table'`).all() as {
      name: string
    }[]
    return JSON.stringify(tables.map(({ name }) => [name, this.#sqlite.prepare(`select * from "${name}"`).all()]))
  }

  /** Never resolves while the disk hangs. */
  settled(): Promise<void> {
    return this.#hung ? new Promise(() => {}) : Promise.resolve()
  }

  get state() {
    const { length: queued } = this.#waiting
    return { queued, lost: this.#lost, ...(this.#lastError !== undefined && { lastError: this.#lastError }) }
  }

  /** Writes are taken and nothing becomes of them until `recover`. */
  hang(): void {
    this.#hung = true
  }

  recover(): void {
    this.#hung = false
    for (const query of this.#waiting.splice(0)) this.write(query)
  }

  /** What was queued goes with the process. */
  died(): void {
    this.#waiting.length = 0
  }

  close(): void {
    this.#sqlite.close()
  }
}
