// What is true now: synchronous collections that outlive what their `keep` says.

/** What a collection survives: nothing, a crash of the process, or a power cut too. */
export type Keep = 'process' | 'restart' | 'power'

/** A collection of live facts by id. Reads and writes are memory; keeping is behind them. Values are replaced whole, never changed in place. */
export interface LiveCollection<T extends object> {
  get(id: string): Readonly<T> | undefined
  all(): ReadonlyMap<string, Readonly<T>>
  /** Takes effect at once; kept soon (within 50 ms for `restart`, a few seconds for `power`). */
  set(id: string, value: T): void
  /** As `set`, and resolves once it would survive what `keep` promises. For alarms and desk sessions. */
  setNow(id: string, value: T): Promise<void>
  delete(id: string): void
  deleteNow(id: string): Promise<void>
}

/** Where a feature opens its collections; `name` is prefixed with the feature's. */
export interface Live {
  collection<T extends object>(
    name: string,
    o: {
      keep: Keep /** Restored values that it refuses are dropped and counted. */
      accept?(value: unknown): value is T
    },
  ): LiveCollection<T>
}
