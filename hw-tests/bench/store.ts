// Bench of the document store: one change to a box with 5,000 extensions, on a real disk, in the default configuration.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Operation } from '../../firmware/kernel/store.ts'
import { FileStore } from '../../firmware/platform/store/file-store.ts'
import { NodeFiles } from '../../firmware/platform/store/files.ts'
import { foldInThread } from '../../firmware/platform/store/open-stores.ts'
import { WorkerDisk } from '../../firmware/platform/store/worker-disk.ts'
import { extensions, idOf, plant, tester } from '../../firmware/testkit/sample-plant.ts'

const EXTENSIONS = 5_000
const GROUP = 250

/** Goals: `acknowledged_p99_ms` ≤ 5, `loop_blocked_ms` ≤ 5. Bytes are per change, the folding of the log included. */
export async function run(o: { quick: boolean }): Promise<{ figures: Record<string, number> }> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-store-'))
  const disk = new WorkerDisk()
  const files = new NodeFiles()
  try {
    const store = openStore(directory, { disk, files })
    await fill(store)
    const opening = performance.now()
    openStore(directory, { disk, files })
    const open = performance.now() - opening
    const changes = o.quick ? 300 : 2_000
    await acknowledgements(store, 100)
    const before = bytesWritten()
    const acknowledged = await acknowledgements(store, changes)
    await store.close()
    const bytes = (bytesWritten() - before) / changes
    const bare = await bareAppends(disk, {
      path: join(directory, 'bare.log'),
      bytes: Math.round(bytes),
      times: changes,
    })
    const blocked = await loopTurns(store, changes)
    await store.close()
    return {
      figures: {
        changes,
        open_ms: Math.round(open),
        acknowledged_p50_ms: quantile(acknowledged, 0.5),
        acknowledged_p99_ms: quantile(acknowledged, 0.99),
        bare_disk_p99_ms: quantile(bare, 0.99),
        loop_blocked_p99_ms: quantile(blocked, 0.99),
        loop_blocked_ms: quantile(blocked, 1),
        bytes_written: Math.round(bytes),
      },
    }
  } finally {
    await disk.close()
    files.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function openStore(directory: string, o: { disk: WorkerDisk; files: NodeFiles }): FileStore {
  return new FileStore({
    ...plant,
    ...o,
    directory,
    compact: foldInThread,
    now: () => Date.now(),
    report: (what, error) => {
      throw new Error(what, { cause: error })
    },
  })
}

const extension = (n: number, name: string): Operation => ({
  op: 'put',
  kind: 'extension',
  id: idOf('ext', n),
  value: { name, number: String(10_000 + n) },
})

async function fill(store: FileStore): Promise<void> {
  for (let from = 0; from < EXTENSIONS; from += GROUP) {
    const ops = Array.from({ length: GROUP }, (_, i) => extension(from + i, `Workplace ${from + i}`))
    await store.change({ why: 'import', author: tester, ops })
  }
}

const rename = (store: FileStore, i: number): Promise<unknown> =>
  store.change({ why: 'rename', author: tester, ops: [extension((i * 37) % EXTENSIONS, `Renamed ${store.revision}`)] })

/** Milliseconds from asking to durable, one change after the other. */
async function acknowledgements(store: FileStore, changes: number): Promise<number[]> {
  const found: number[] = []
  for (let i = 0; i < changes; i++) {
    const from = performance.now()
    await rename(store, i)
    found.push(performance.now() - from)
  }
  return found
}

/** The same bytes over the same thread to the same disk, with nothing of a store around them: what this machine gives at this moment. */
async function bareAppends(disk: WorkerDisk, o: { path: string; bytes: number; times: number }): Promise<number[]> {
  const found: number[] = []
  const bytes = Buffer.alloc(o.bytes, 'x')
  for (let i = 0; i < o.times; i++) {
    const from = performance.now()
    await disk.run([{ do: 'append', path: o.path, bytes, durable: true }])
    found.push(performance.now() - from)
  }
  return found
}

/** Per change the longest turn of the event loop, in milliseconds; a reader asks for the whole list after each change, as a page does. */
async function loopTurns(store: FileStore, changes: number): Promise<number[]> {
  const found: number[] = []
  const pulse = new Pulse()
  for (let i = 0; i < changes; i++) {
    await rename(store, i)
    store.all(extensions)
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    found.push(pulse.longest())
  }
  pulse.stop()
  return found
}

/** Turns of the event loop, in time that this thread computed: the store writes nothing from it, so that is how it can block. Linux counts in ticks of up to 4 ms. */
class Pulse {
  #last = onProcessor()
  #longest = 0
  #running = true

  constructor() {
    this.#beat()
  }

  /** How long the longest took since last asked. */
  longest(): number {
    const found = this.#longest
    this.#longest = 0
    return found
  }

  stop(): void {
    this.#running = false
  }

  #beat(): void {
    const now = onProcessor()
    this.#longest = Math.max(this.#longest, now - this.#last)
    this.#last = now
    if (this.#running) setImmediate(() => this.#beat())
  }
}

/** Milliseconds that this thread has computed: what it does itself to the event loop, whatever else the machine is busy with (Linux, schedstat). */
function onProcessor(): number {
  const [computed = '0'] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')
  return Number(computed) / 1e6
}

const bytesWritten = (): number => Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0)

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2))
}
