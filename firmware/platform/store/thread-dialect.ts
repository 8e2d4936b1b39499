// Kysely over database threads: SQL is compiled here and runs there. Reads have a thread of their own, so that a report holds no call record up.
import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { DatabaseThread } from './database-thread.ts'
import type { Turns } from './turns.ts'

/** The threads, and whose turn it is to write. */
export interface Threads {
  readonly writer: DatabaseThread
  readonly reader: DatabaseThread
  readonly turns: Turns
  /** Queries wait for it: until the tables are there, or could not be made for now. */
  readonly ready: Promise<void>
}

export class ThreadDialect implements Dialect {
  readonly #threads: Threads

  constructor(threads: Threads) {
    this.#threads = threads
  }

  createDriver(): Driver {
    return new ThreadDriver(this.#threads)
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler()
  }

  createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new SqliteIntrospector(db)
  }
}

/** SQLite can take back DDL: a migration that fails or dies half-way leaves nothing. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class ThreadDriver implements Driver {
  readonly #threads: Threads

  constructor(threads: Threads) {
    this.#threads = threads
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ThreadConnection> {
    await this.#threads.ready
    return new ThreadConnection(this.#threads)
  }

  beginTransaction(connection: ThreadConnection): Promise<void> {
    return connection.begin()
  }

  commitTransaction(connection: ThreadConnection): Promise<void> {
    return connection.end('commit')
  }

  rollbackTransaction(connection: ThreadConnection): Promise<void> {
    return connection.end('rollback')
  }

  async releaseConnection(): Promise<void> {}

  /** The threads belong to whoever started them. */
  async destroy(): Promise<void> {}
}

class ThreadConnection implements DatabaseConnection {
  readonly #threads: Threads
  #leave: (() => void) | undefined

  constructor(threads: Threads) {
    this.#threads = threads
  }

  /** While a transaction lasts nobody else writes: the writer has one connection. */
  async begin(): Promise<void> {
    this.#leave = await this.#threads.turns.take()
    try {
      await this.executeQuery(CompiledQuery.raw('begin immediate'))
    } catch (error) {
      this.#leave()
      this.#leave = undefined
      throw error
    }
  }

  async end(word: 'commit' | 'rollback'): Promise<void> {
    try {
      await this.executeQuery(CompiledQuery.raw(word))
    } finally {
      this.#leave?.()
      this.#leave = undefined
    }
  }

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    const question = { do: 'query', sql, parameters } as const
    const answer = this.#leave
      ? await this.#threads.writer.ask(question)
      : SelectQueryNode.is(query)
        ? await this.#threads.reader.ask(question)
        : await this.#alone(() => this.#threads.writer.ask(question))
    return {
      rows: (answer.rows ?? []) as R[],
      ...(answer.changes !== undefined && { numAffectedRows: BigInt(answer.changes) }),
      ...(answer.insertId !== undefined && { insertId: BigInt(answer.insertId) }),
    }
  }

  /** Row by row in chunks, for exports; the reader serves others between them. */
  async *streamQuery<R>({ sql, parameters }: CompiledQuery, chunkSize = 500): AsyncIterableIterator<QueryResult<R>> {
    const { reader } = this.#threads
    const cursor = this.#threads.turns.number()
    try {
      let { rows = [] } = await reader.ask({ do: 'cursor', cursor, sql, parameters, rows: chunkSize })
      while (rows.length > 0) {
        yield { rows: rows as R[] }
        rows = (await reader.ask({ do: 'more', cursor, rows: chunkSize })).rows ?? []
      }
    } finally {
      await reader.ask({ do: 'close', cursor })
    }
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.#threads.turns.take()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
