// What goes between the main thread and the threads of the records database.
/** A compiled statement. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export type DatabaseQuestion =
  /** Opens the file again; what is damaged is set aside. */
  | { readonly do: 'open' }
  | ({ readonly do: 'query' } & Statement)
  /** All in one transaction. */
  | { readonly do: 'batch'; readonly statements: readonly Statement[] }
  | ({ readonly do: 'cursor'; readonly cursor: number; readonly rows: number } & Statement)
  | { readonly do: 'more'; readonly cursor: number; readonly rows: number }
  | { readonly do: 'close'; readonly cursor: number }
  /** Folds the log of the database into its file and lets go of it. */
  | { readonly do: 'shut' }

export interface DatabaseAnswer {
  readonly rows?: readonly unknown[]
  readonly changes?: number
  readonly insertId?: number
  /** Of a batch: statements that the database refused while it took the others. */
  readonly refused?: readonly string[]
  /** Of `open`: the name under which a damaged database was set aside. */
  readonly setAside?: string
}

/** How a database thread is started. */
export interface DatabaseThreadOptions {
  readonly path: string
  readonly role: 'writer' | 'reader'
  /** Bytes that the database may grow to, so that records can never take the room that changes need. */
  readonly quotaBytes: number
}
