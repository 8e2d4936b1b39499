// One collection of live facts: reads and writes are memory, its log follows behind in the rhythm that its `keep` promises.
import type { Clock } from '../../kernel/clock.ts'
import type { PbxError } from '../../kernel/errors.ts'
import type { Keep, LiveCollection } from '../../kernel/live.ts'
import type { Disk, DiskStep } from './disk.ts'
import { encodeLines } from './lines.ts'
import type { Rhythm } from './rhythm.ts'
import { diskError } from './worker-disk.ts'

/** What was found at start. */
export interface Restored<T> {
  readonly values: Map<string, T>
  readonly lines: number
}

interface Options<T> {
  readonly keep: Keep
  /** None for `process`. */
  readonly path?: string
  readonly restored: Restored<T>
  readonly disk: Disk
  readonly clock: Clock
  /** When what has gathered is written: shared, so that all collections go to the disk together. */
  readonly rhythm: Rhythm
}

interface Asker {
  readonly id: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** How long what was written may wait until it also survives a power cut, milliseconds: syncing is what wears flash. */
const SYNC_RHYTHM = 3_000
const RETRY_MILLISECONDS = 5_000
/** Entries turned to text in one go, so that the event loop is not held. */
const AT_ONCE = 300

/** What waits for the disk is bounded by what there is: of each entry only its newest state is written. */
export class KeptCollection<T extends object> implements LiveCollection<T> {
  readonly #o: Options<T>
  readonly #values: Map<string, T>
  readonly #dirty = new Set<string>()
  /** Those who wait, and what for: written before all else. */
  #askers: Asker[] = []
  #inFlight: readonly string[] = []
  /** Written, so that a crash of the process does not matter, but not yet synced. Only with `power`. */
  #unsynced = new Set<string>()
  #forgetTimer: (() => void) | undefined
  #forgetSync: (() => void) | undefined
  #syncDue = false
  #writing = false
  #lines: number
  /** Why the disk refused last time; undefined once it takes writes again. */
  trouble: PbxError | undefined

  constructor(o: Options<T>) {
    this.#o = o
    this.#values = o.restored.values
    this.#lines = o.restored.lines
  }

  get(id: string): Readonly<T> | undefined {
    return this.#values.get(id)
  }

  all(): ReadonlyMap<string, Readonly<T>> {
    return this.#values
  }

  set(id: string, value: T): void {
    this.#values.set(id, Object.freeze({ ...value }))
    this.#changed(id)
  }

  delete(id: string): void {
    if (this.#values.delete(id)) this.#changed(id)
  }

  setNow(id: string, value: T): Promise<void> {
    this.set(id, value)
    return this.#ask(id)
  }

  deleteNow(id: string): Promise<void> {
    this.delete(id)
    return this.#ask(id)
  }

  /** Resolves once everything set so far would survive what `keep` promises. */
  async settled(): Promise<void> {
    await Promise.all([...this.#dirty, ...this.#inFlight, ...this.#unsynced].map(id => this.#ask(id)))
  }

  #ask(id: string): Promise<void> {
    if (this.#o.path === undefined) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#askers.push({ id, resolve, reject })
      this.#write()
    })
  }

  #changed(id: string): void {
    if (this.#o.path === undefined) return
    this.#dirty.add(id)
    this.#soon()
  }

  #soon(): void {
    this.#forgetTimer ??= this.#o.rhythm.next(() => this.#due())
  }

  #due(): void {
    this.#forgetTimer = undefined
    this.#write()
  }

  /** One write at a time; those who asked while it ran are answered by the next. */
  #write(): void {
    if (this.#writing || this.#o.path === undefined) return
    this.#forgetTimer?.()
    this.#forgetTimer = undefined
    const answered = this.#askers.splice(0, AT_ONCE)
    const ids = [...new Set([...answered.map(asker => asker.id), ...this.#dirty])].slice(0, AT_ONCE)
    for (const id of ids) this.#dirty.delete(id)
    this.#inFlight = ids
    this.#writing = true
    const power = this.#o.keep === 'power'
    const durable = power && (answered.length > 0 || this.#syncDue)
    if (power && !durable) for (const id of ids) this.#unsynced.add(id)
    // A sync covers all that was appended before it; should it fail, all of that is written anew.
    const synced = durable ? [...this.#unsynced] : []
    if (durable) this.#settleSync()
    this.#o.disk.run(this.#steps(this.#o.path, { ids, durable })).then(
      () => this.#written(answered),
      (error: unknown) => this.#refused(error, { ids: [...ids, ...synced], answered }),
    )
  }

  #settleSync(): void {
    this.#forgetSync?.()
    this.#forgetSync = undefined
    this.#syncDue = false
    this.#unsynced = new Set()
  }

  #steps(path: string, { ids, durable }: { ids: readonly string[]; durable: boolean }): DiskStep[] {
    const bytes = encodeLines(ids.map(id => ({ id, value: this.#values.get(id) })))
    this.#lines += ids.length
    const append: DiskStep = { do: 'append', path, bytes, durable }
    if (this.#lines <= 1_000 + 4 * this.#values.size) return [append]
    this.#lines = this.#values.size
    return [append, { do: 'compact', path, durable: this.#o.keep === 'power' }]
  }

  #written(answered: readonly Asker[]): void {
    this.#writing = false
    this.#inFlight = []
    this.trouble = undefined
    for (const { resolve } of answered) resolve()
    if (this.#askers.length > 0 || this.#dirty.size >= AT_ONCE) this.#write()
    else if (this.#dirty.size > 0) this.#soon()
    if (this.#unsynced.size > 0) this.#syncLater()
  }

  #syncLater(): void {
    this.#forgetSync ??= this.#o.clock.after(SYNC_RHYTHM, () => {
      this.#forgetSync = undefined
      this.#syncDue = true
      this.#write()
    })
  }

  #refused(cause: unknown, o: { ids: readonly string[]; answered: readonly Asker[] }): void {
    this.#writing = false
    this.#inFlight = []
    this.trouble = diskError(cause)
    for (const id of o.ids) this.#dirty.add(id)
    for (const { reject } of [...o.answered, ...this.#askers.splice(0)]) reject(this.trouble)
    this.#forgetTimer ??= this.#o.clock.after(RETRY_MILLISECONDS, () => this.#due())
  }
}
