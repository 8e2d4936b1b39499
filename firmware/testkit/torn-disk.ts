// A disk whose power is cut at every moment: what was written is recorded, and every state that the disk may then be in is rebuilt.
import { dirname } from 'node:path'
import { MemoryFiles } from './memory-files.ts'

type FileId = number

/** What reached the file system, in order. Data belongs to a file, names to a directory: they become durable apart. */
type Recorded =
  | { readonly op: 'data'; readonly file: FileId; readonly change: Change }
  | { readonly op: 'sync'; readonly file: FileId }
  | {
      readonly op: 'name'
      readonly directory: string
      readonly set: readonly (readonly [path: string, file: FileId | undefined])[]
    }
  | { readonly op: 'sync-directory'; readonly directory: string }
  | { readonly op: 'acknowledged'; readonly fact: string }

type Change =
  | { readonly do: 'put'; readonly at: number; readonly bytes: Buffer }
  | { readonly do: 'truncate'; readonly size: number }

/** Files in memory that remember everything done to them. Say {@link acknowledge} wherever the store under test has promised something. */
export class RecordingFiles extends MemoryFiles {
  readonly record: Recorded[] = []
  readonly #ids = new Map<string, FileId>()
  #next = 1

  /** From here on this must be there after a power cut. */
  acknowledge(fact: string): void {
    this.record.push({ op: 'acknowledged', fact })
  }

  override append(path: string, bytes: Uint8Array, mode: number): void {
    const at = this.size(path) ?? 0
    super.append(path, bytes, mode)
    this.record.push({ op: 'data', file: this.#idOf(path), change: { do: 'put', at, bytes: Buffer.from(bytes) } })
  }

  override write(path: string, bytes: Uint8Array, mode: number): void {
    super.write(path, bytes, mode)
    const file = this.#idOf(path)
    this.record.push({ op: 'data', file, change: { do: 'truncate', size: 0 } })
    this.record.push({ op: 'data', file, change: { do: 'put', at: 0, bytes: Buffer.from(bytes) } })
  }

  override truncate(path: string, size: number): void {
    super.truncate(path, size)
    this.record.push({ op: 'data', file: this.#idOf(path), change: { do: 'truncate', size } })
  }

  override sync(path: string): void {
    super.sync(path)
    this.record.push({ op: 'sync', file: this.#idOf(path) })
  }

  override rename(from: string, to: string): void {
    super.rename(from, to)
    const file = this.#idOf(from)
    this.#ids.delete(from)
    this.#ids.set(to, file)
    this.record.push({
      op: 'name',
      directory: dirname(to),
      set: [
        [from, undefined],
        [to, file],
      ],
    })
  }

  override remove(path: string): void {
    super.remove(path)
    if (!this.#ids.delete(path)) return
    this.record.push({ op: 'name', directory: dirname(path), set: [[path, undefined]] })
  }

  override syncDirectory(path: string): void {
    super.syncDirectory(path)
    this.record.push({ op: 'sync-directory', directory: path })
  }

  #idOf(path: string): FileId {
    const known = this.#ids.get(path)
    if (known !== undefined) return known
    const file = this.#next++
    this.#ids.set(path, file)
    this.record.push({ op: 'name', directory: dirname(path), set: [[path, file]] })
    return file
  }
}

/** One state of the disk after a power cut, and all that had been acknowledged before it. */
export interface TornDisk {
  /** How many recorded operations had begun. */
  readonly at: number
  readonly acknowledged: readonly string[]
  readonly content: ReadonlyMap<string, Buffer>
}

/** What the disk holds for sure, and what is under way. */
interface Platter {
  readonly data: Map<FileId, Buffer>
  readonly names: Map<string, FileId>
  readonly pendingData: Map<FileId, Change[]>
  readonly pendingNames: Map<string, (Recorded & { op: 'name' })[]>
}

/**
 * Every state that the disk may be in after each operation of a record: un-synced data lost, whole, cut at a byte, or there while earlier
 * data is not; un-synced names in any combination. Of long writes and of many combinations a fixed sample is taken.
 */
export function* tornDisks(record: readonly Recorded[]): Generator<TornDisk> {
  const platter: Platter = { data: new Map(), names: new Map(), pendingData: new Map(), pendingNames: new Map() }
  const acknowledged: string[] = []
  for (const [at, done] of record.entries()) {
    begin(platter, done)
    if (done.op === 'acknowledged') acknowledged.push(done.fact)
    for (const names of nameStates(platter))
      for (const data of dataStates(platter))
        yield { at, acknowledged: [...acknowledged], content: content(names, data) }
  }
}

function begin(platter: Platter, done: Recorded): void {
  switch (done.op) {
    case 'data':
      listOf(platter.pendingData, done.file).push(done.change)
      break
    case 'sync':
      platter.data.set(done.file, applied(platter.data.get(done.file), listOf(platter.pendingData, done.file)))
      platter.pendingData.delete(done.file)
      break
    case 'name':
      listOf(platter.pendingNames, done.directory).push(done)
      break
    case 'sync-directory':
      name(platter.names, listOf(platter.pendingNames, done.directory))
      platter.pendingNames.delete(done.directory)
      break
    default:
      break
  }
}

/** Each subset of the un-synced names of a directory, the directories varied one at a time while the others have all or nothing. */
function nameStates(platter: Platter): Map<string, FileId>[] {
  const pending = [...platter.pendingNames.values()].flat()
  const subsets = pending.length <= 4 ? 1 << pending.length : pending.length + 1
  return Array.from({ length: subsets }, (_, subset) => {
    const chosen = pending.filter((_, i) => (pending.length <= 4 ? (subset >> i) & 1 : i < subset))
    return name(new Map(platter.names), chosen)
  })
}

function name(names: Map<string, FileId>, changes: readonly (Recorded & { op: 'name' })[]): Map<string, FileId> {
  for (const { set } of changes)
    for (const [path, file] of set)
      if (file === undefined) names.delete(path)
      else names.set(path, file)
  return names
}

function dataStates(platter: Platter): Map<FileId, Buffer>[] {
  const all = new Map(platter.data)
  for (const [file, changes] of platter.pendingData) all.set(file, applied(platter.data.get(file), changes))
  const states = [platter.data, all]
  for (const [file, changes] of platter.pendingData)
    for (const some of partly(changes))
      for (const rest of [platter.data, all])
        states.push(new Map(rest).set(file, applied(platter.data.get(file), some)))
  return states
}

/** Ways in which un-synced changes of one file may have come half. */
function partly(changes: readonly Change[]): Change[][] {
  const ways: Change[][] = []
  changes.forEach((change, i) => {
    const before = changes.slice(0, i)
    if (change.do === 'truncate') ways.push([...before, change])
    else {
      for (const cut of cuts(change.bytes.length))
        ways.push([...before, { ...change, bytes: change.bytes.subarray(0, cut) }])
      ways.push([...before, { ...change, bytes: Buffer.alloc(change.bytes.length) }])
    }
    if (i > 0) ways.push([change])
  })
  return ways
}

/** Every byte of a short write, of a long one its ends and some between. */
function cuts(length: number): number[] {
  if (length <= 24) return Array.from({ length: length - 1 }, (_, i) => i + 1)
  return [1, 2, 3, length >> 2, length >> 1, length - 3, length - 2, length - 1]
}

function applied(before: Buffer | undefined, changes: readonly Change[]): Buffer {
  let bytes = before ?? Buffer.alloc(0)
  for (const change of changes) {
    if (change.do === 'truncate') {
      bytes = bytes.subarray(0, change.size)
      continue
    }
    const longer = Buffer.alloc(Math.max(bytes.length, change.at + change.bytes.length))
    bytes.copy(longer)
    change.bytes.copy(longer, change.at)
    bytes = longer
  }
  return bytes
}

function content(names: ReadonlyMap<string, FileId>, data: ReadonlyMap<FileId, Buffer>): Map<string, Buffer> {
  return new Map([...names].map(([path, file]) => [path, data.get(file) ?? Buffer.alloc(0)]))
}

function listOf<K, V>(map: Map<K, V[]>, key: K): V[] {
  const list = map.get(key) ?? []
  map.set(key, list)
  return list
}
