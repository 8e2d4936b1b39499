// The durable directory of a feature in memory, for scenarios; its space is whatever the test says.
import { PbxError } from '../kernel/errors.ts'
import type { Folder } from '../kernel/folder.ts'

export class MemoryFolder implements Folder {
  readonly files = new Map<string, Uint8Array>()
  readonly folders = new Set<string>()
  free = 0.9
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  path(name: string): string {
    return `${this.#directory}/${name}`
  }

  async makeReady(folder: string): Promise<void> {
    this.folders.add(folder)
  }

  async size(name: string): Promise<number | undefined> {
    return this.files.get(name)?.length
  }

  async read(name: string, o: { from: number; length: number }): Promise<Uint8Array> {
    const bytes = this.files.get(name)
    if (!bytes) throw new PbxError('folder.missing', `there is no file ${name}`, { status: 404 })
    return bytes.subarray(o.from, o.from + o.length)
  }

  async remove(name: string): Promise<void> {
    this.files.delete(name)
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    return { freeBytes: this.free * 1e9, totalBytes: 1e9 }
  }
}
