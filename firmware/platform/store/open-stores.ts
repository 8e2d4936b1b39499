// The stores of the box, opened together: document and vault, live facts, records. The one place that knows which thread does what.
import { Worker } from 'node:worker_threads'
import type { TSchema } from 'typebox'
import type { Clock } from '../../kernel/clock.ts'
import type { Log, Problem } from '../../kernel/feature.ts'
import type { Migration } from '../../kernel/records.ts'
import type { ResourceKind } from '../../kernel/store.ts'
import { FileStore } from './file-store.ts'
import { NodeFiles } from './files.ts'
import { LiveFiles } from './live-files.ts'
import { SqliteRecords } from './sqlite-records.ts'
import { WorkerDisk } from './worker-disk.ts'

/** What the composition root says about this box and its features. */
export interface StoresOptions {
  /** Durable directory; made when it is not there. */
  readonly data: string
  /** In memory, outlives the process: `/run/plant-pbx`. */
  readonly run: string
  readonly kinds: readonly ResourceKind<never>[]
  /** Feature → schema of its settings. */
  readonly settings: Readonly<Record<string, TSchema>>
  /** In the order of the features. */
  readonly migrations: readonly Migration[]
  readonly clock: Clock
  readonly log: Log
  /** Bytes that the records may grow to. */
  readonly recordsQuotaBytes?: number
}

export interface Stores {
  readonly store: FileStore
  readonly live: LiveFiles
  readonly records: SqliteRecords
  /** Resolves when the records are open and migrated, or were found closed for now (a problem, and tried again). Nothing on the way of a call, page or alarm waits for it; writes queue meanwhile. */
  readonly recordsOpen: Promise<void>
  /** For the health page: losses, what is set aside, disks that refuse. */
  problems(): readonly Problem[]
  /** Writes what is still in memory and ends the threads. */
  close(): Promise<void>
}

/** Reads document, vault and live facts at once, so that the box can ring when this returns; the records follow behind. */
export function openStores(o: StoresOptions): Stores {
  const files = new NodeFiles()
  for (const directory of [o.data, o.run]) files.makeDirectory(directory)
  const changes = new WorkerDisk()
  const facts = new WorkerDisk()
  const report = (what: string, error: unknown) => o.log.error(`${what} failed`, { error })
  // The threads start now, so that the first change and the first alarm do not wait for them.
  for (const disk of [changes, facts])
    disk.run([]).catch((error: unknown) => report('starting a thread for the disk', error))
  const store = new FileStore({
    ...o,
    directory: o.data,
    files,
    disk: changes,
    compact: foldInThread,
    now: () => o.clock.now(),
    report,
  })
  const live = new LiveFiles({ data: o.data, run: o.run, files, disk: facts, clock: o.clock })
  const quota = o.recordsQuotaBytes === undefined ? {} : { quotaBytes: o.recordsQuotaBytes }
  const records = new SqliteRecords({ path: `${o.data}/records.sqlite`, clock: o.clock, ...quota })
  const recordsOpen = records.open(o.migrations).then(
    failed => {
      for (const { id, error } of failed) report(`migration ${id}`, error)
    },
    (error: unknown) => report('opening the records', error),
  )
  return {
    store,
    live,
    records,
    recordsOpen,
    problems: () => [...store.problems(), ...live.problems(), ...records.problems()],
    close: async () => {
      await recordsOpen
      await Promise.all([store.close(), live.settled().catch((error: unknown) => report('keeping live facts', error))])
      await Promise.all([changes.close(), facts.close(), records.close()])
      files.close()
    },
  }
}

/** A thread for each folding of the log: it holds the whole document, and gives the memory back. */
export function foldInThread(directory: string, upTo: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const workerData = { directory, upTo }
    const worker = new Worker(new URL('./compaction-worker.ts', import.meta.url), { name: 'folding', workerData })
    worker.once('error', reject)
    worker.once('exit', code => (code === 0 ? resolve() : reject(new Error(`the folding thread ended with ${code}`))))
  })
}
