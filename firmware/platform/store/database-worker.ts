// A thread that holds one connection to the records database and waits for the disk in everybody's place.
import fs from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { DatabaseAnswer, DatabaseQuestion, DatabaseThreadOptions, Statement } from './records.types.ts'

const PAGE_BYTES = 4_096
/** Up to this size the whole file is checked at every start; beyond it only when something looked wrong before. */
const CHECKED_BYTES = 256 << 20
const KEPT_STATEMENTS = 200
const KEPT_DAMAGED = 2

interface Cursor {
  readonly database: Database.Database
  readonly rows: IterableIterator<unknown>
}

/** The connection, its prepared statements and its open cursors. */
class Connection {
  readonly #o: DatabaseThreadOptions
  #database: Database.Database | undefined
  readonly #prepared = new Map<string, Database.Statement>()
  readonly #cursors = new Map<number, Cursor>()

  constructor(o: DatabaseThreadOptions) {
    this.#o = o
  }

  answer(question: DatabaseQuestion): DatabaseAnswer {
    switch (question.do) {
      case 'open':
        return this.#open()
      case 'query':
        return this.#query(question)
      case 'batch':
        return this.#batch(question.statements)
      case 'cursor':
        this.#cursors.set(question.cursor, this.#cursor(question))
        return this.#more(question.cursor, question.rows)
      case 'more':
        return this.#more(question.cursor, question.rows)
      case 'close':
        return this.#closeCursor(question.cursor)
      default:
        return this.#shut()
    }
  }

  #shut(): DatabaseAnswer {
    for (const cursor of [...this.#cursors.keys()]) this.#closeCursor(cursor)
    this.#prepared.clear()
    this.#database?.close()
    this.#database = undefined
    return {}
  }

  /** A connection of its own: an open cursor sees the database as it was, which others must not. */
  #cursor({ sql, parameters }: Statement): Cursor {
    const database = new Database(this.#o.path, { readonly: true, timeout: 2_000 })
    const rows = database.prepare(sql).iterate(...bound(parameters))
    return { database, rows }
  }

  #closeCursor(id: number): DatabaseAnswer {
    const cursor = this.#cursors.get(id)
    this.#cursors.delete(id)
    cursor?.rows.return?.()
    cursor?.database.close()
    return {}
  }

  #open(): DatabaseAnswer {
    this.#shut()
    if (this.#o.role === 'reader') {
      this.#database = new Database(this.#o.path, { readonly: true, timeout: 2_000 })
      return {}
    }
    const obstructed = clearWay(this.#o.path)
    try {
      this.#database = connect(this.#o)
      return obstructed === undefined ? {} : { setAside: obstructed }
    } catch (error) {
      if (!isDamage(error)) throw error
      const setAside = putAside(this.#o.path)
      this.#database = connect(this.#o)
      return { setAside }
    }
  }

  #query({ sql, parameters }: Statement): DatabaseAnswer {
    const statement = this.#statement(sql)
    if (statement.reader) return { rows: statement.all(...bound(parameters)) }
    const { changes, lastInsertRowid } = statement.run(...bound(parameters))
    return { rows: [], changes, insertId: Number(lastInsertRowid) }
  }

  /** A statement that breaks a rule is refused alone; a disk that does not take the batch takes none of it. */
  #batch(statements: readonly Statement[]): DatabaseAnswer {
    const database = this.#connected()
    const refused: string[] = []
    database.exec('begin immediate')
    try {
      for (const { sql, parameters } of statements) {
        try {
          this.#statement(sql).run(...bound(parameters))
        } catch (error) {
          if (isDisk(error) || !database.inTransaction) throw error
          refused.push(error instanceof Error ? error.message : String(error))
        }
      }
      database.exec('commit')
    } finally {
      if (database.inTransaction) database.exec('rollback')
    }
    return { refused }
  }

  #more(cursor: number, rows: number): DatabaseAnswer {
    const found: unknown[] = []
    const open = this.#cursors.get(cursor)
    while (open && found.length < rows) {
      const next = open.rows.next()
      if (next.done) {
        this.#closeCursor(cursor)
        break
      }
      found.push(next.value)
    }
    return { rows: found }
  }

  #statement(sql: string): Database.Statement {
    const known = this.#prepared.get(sql)
    if (known) return known
    const statement = this.#connected().prepare(sql)
    if (this.#prepared.size >= KEPT_STATEMENTS) this.#prepared.clear()
    this.#prepared.set(sql, statement)
    return statement
  }

  #connected(): Database.Database {
    if (!this.#database) this.#open()
    if (!this.#database) throw new Error('the records database is not open')
    return this.#database
  }
}

function connect({ path, quotaBytes }: DatabaseThreadOptions): Database.Database {
  const bytes = fs.existsSync(path) ? fs.statSync(path).size : 0
  const database = new Database(path, { timeout: 2_000 })
  try {
    database.pragma('journal_mode = wal')
    database.pragma('synchronous = full')
    database.pragma('foreign_keys = on')
    database.pragma('journal_size_limit = 16777216')
    const pageBytes = Number(database.pragma('page_size', { simple: true })) || PAGE_BYTES
    database.pragma(`max_page_count = ${Math.max(1, Math.floor(quotaBytes / pageBytes))}`)
    const thorough = bytes <= CHECKED_BYTES || fs.existsSync(suspect(path))
    const verdict = thorough ? String(database.pragma('quick_check(1)', { simple: true })) : 'ok'
    if (verdict !== 'ok') throw Object.assign(new Error(verdict), { code: 'SQLITE_CORRUPT' })
    database.prepare('select count(*) from sqlite_master').get()
    fs.rmSync(suspect(path), { force: true })
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Left behind when damage was met at work: at the next start the whole file is checked, whatever its size. */
const suspect = (path: string): string => `${path}.suspect`

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '')

const isDamage = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error))

const isDisk = (error: unknown): boolean =>
  /^SQLITE_(FULL|IOERR|CORRUPT|NOTADB|BUSY|LOCKED|READONLY|CANTOPEN|NOMEM)/.test(codeOf(error))

/** SQLite has no booleans and no absence but null. */
const bound = (parameters: readonly unknown[]): unknown[] =>
  parameters.map(p => (typeof p === 'boolean' ? Number(p) : p === undefined ? null : p))

/** What stands where the database or its log belongs and is no file, such as a directory, goes aside; its new name. */
function clearWay(path: string): string | undefined {
  let aside: string | undefined
  for (const tail of ['', '-wal', '-shm']) {
    const standing = fs.lstatSync(`${path}${tail}`, { throwIfNoEntry: false })
    if (standing === undefined || standing.isFile()) continue
    aside = asideOf(`${path}${tail}`)
    fs.renameSync(`${path}${tail}`, aside)
  }
  return aside
}

const asideOf = (path: string): string => `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`

function putAside(path: string): string {
  const name = asideOf(path)
  for (const tail of ['-wal', '-shm']) fs.rmSync(`${path}${tail}`, { force: true })
  fs.renameSync(path, name)
  fs.rmSync(suspect(path), { force: true })
  const directory = path.slice(0, path.lastIndexOf('/'))
  const base = path.slice(directory.length + 1)
  const damaged = fs
    .readdirSync(directory)
    .filter(file => file.startsWith(`${base}.damaged-`))
    .sort()
  for (const old of damaged.slice(0, -KEPT_DAMAGED)) fs.rmSync(`${directory}/${old}`, { force: true, recursive: true })
  return name
}

function serve(o: DatabaseThreadOptions): void {
  const connection = new Connection(o)
  parentPort?.on('message', ({ id, question }: { id: number; question: DatabaseQuestion }) => {
    try {
      parentPort?.postMessage({ id, answer: connection.answer(question) })
    } catch (error) {
      if (isDamage(error)) fs.writeFileSync(suspect(o.path), '')
      const message = error instanceof Error ? error.message : String(error)
      parentPort?.postMessage({ id, error: { code: codeOf(error) || 'SQLITE_ERROR', message } })
    }
  })
}

serve(workerData as DatabaseThreadOptions)
