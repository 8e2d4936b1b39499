// One collection of the document as a lowdb file: a snapshot behind the log, replaced whole, with the one before it kept.
import { crc32 } from 'node:zlib'
import type { SyncAdapter } from 'lowdb'
import { type Files, readAtBoot, replaceFile } from './files.ts'
import { isObject, type Raw } from './shape.ts'

/** What a snapshot holds: the collection as it was after change `rev`. */
export interface Snapshot {
  readonly rev: number
  readonly items: Readonly<Record<string, { readonly rev: number; readonly value: Raw }>>
}

export const EMPTY: Snapshot = { rev: 0, items: {} }
export const currentPath = (directory: string, kind: string): string => `${directory}/${kind}.json`
export const previousPath = (directory: string, kind: string): string => `${directory}/${kind}.previous.json`

/** lowdb's own adapters do not fsync and keep no previous file. */
export class CollectionAdapter implements SyncAdapter<Snapshot> {
  readonly #files: Files
  readonly #directory: string
  readonly #kind: string
  /** The current file was there and could not be read: the previous one had to do, or that could not be read either. */
  damaged: 'current' | 'both' | undefined

  constructor(files: Files, directory: string, kind: string) {
    this.#files = files
    this.#directory = directory
    this.#kind = kind
  }

  read(): Snapshot | null {
    const path = currentPath(this.#directory, this.#kind)
    const current = readAtBoot(this.#files, path)
    const snapshot = current.bytes && snapshotOf(current.bytes)
    if (snapshot) return snapshot
    const previous = readSnapshot(this.#files, previousPath(this.#directory, this.#kind))
    if (current.bytes || current.putAside) this.damaged = previous ? 'current' : 'both'
    return previous ?? null
  }

  write(snapshot: Snapshot): void {
    const items = JSON.stringify(snapshot.items)
    const text = `{"rev":${snapshot.rev},"checksum":${crc32(items)},"items":${items}}\n`
    const previous = previousPath(this.#directory, this.#kind)
    const path = currentPath(this.#directory, this.#kind)
    // A current file that cannot be read must not push out the previous one that can.
    const keep = readSnapshot(this.#files, path) ? previous : `${this.#directory}/${this.#kind}.damaged`
    replaceFile(this.#files, path, { bytes: Buffer.from(text), mode: 0o640, keep })
  }
}

/** Undefined when it is not there, cut off or rotten. */
export function readSnapshot(files: Files, path: string): Snapshot | undefined {
  const { bytes } = readAtBoot(files, path)
  return bytes && snapshotOf(bytes)
}

function snapshotOf(bytes: Buffer): Snapshot | undefined {
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'))
    if (!isObject(parsed) || typeof parsed.rev !== 'number' || !isObject(parsed.items)) return undefined
    if (crc32(JSON.stringify(parsed.items)) !== parsed.checksum) return undefined
    return { rev: parsed.rev, items: parsed.items as Snapshot['items'] }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
