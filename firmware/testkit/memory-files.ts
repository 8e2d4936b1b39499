// A file system in memory, of a size one can set: for stores under test, and as the ground that the torn disk is recorded on.
import type { Files } from '../platform/store/files.ts'

/** Fails like Node's file system: an error with `code`. */
export const fileError = (code: string): Error => Object.assign(new Error(`${code}: memory file system`), { code })

/** Files by path. A full disk takes what fits and then says so. */
export class MemoryFiles implements Files {
  readonly #files: Map<string, Buffer>
  /** Bytes that fit; lower it to fill the disk. */
  capacity = Number.POSITIVE_INFINITY
  /** Asked before each operation; what it returns is thrown. */
  fault: ((operation: string, path: string) => Error | undefined) | undefined

  constructor(content: ReadonlyMap<string, Buffer> = new Map()) {
    this.#files = new Map(content)
  }

  get used(): number {
    return [...this.#files.values()].reduce((sum, bytes) => sum + bytes.length, 0)
  }

  paths(): string[] {
    return [...this.#files.keys()].sort()
  }

  read(path: string): Buffer | undefined {
    this.#ask('read', path)
    const bytes = this.#files.get(path)
    return bytes && Buffer.from(bytes)
  }

  list(directory: string): string[] {
    const inside = this.paths().filter(path => path.startsWith(`${directory}/`))
    return [...new Set(inside.map(path => path.slice(directory.length + 1).split('/')[0] ?? ''))]
  }

  makeDirectory(_path: string): void {}

  size(path: string): number | undefined {
    return this.#files.get(path)?.length
  }

  append(path: string, bytes: Uint8Array, _mode: number): void {
    this.#ask('append', path)
    this.#grow(path, this.#files.get(path) ?? Buffer.alloc(0), bytes)
  }

  write(path: string, bytes: Uint8Array, _mode: number): void {
    this.#ask('write', path)
    this.#files.set(path, Buffer.alloc(0))
    this.#grow(path, Buffer.alloc(0), bytes)
  }

  truncate(path: string, size: number): void {
    this.#ask('truncate', path)
    this.#files.set(path, Buffer.from(this.#there(path).subarray(0, size)))
  }

  sync(path: string): void {
    this.#ask('sync', path)
    this.#there(path)
  }

  rename(from: string, to: string): void {
    this.#ask('rename', from)
    const bytes = this.#there(from)
    this.#files.delete(from)
    this.#files.set(to, bytes)
  }

  remove(path: string): void {
    this.#ask('remove', path)
    this.#files.delete(path)
  }

  syncDirectory(path: string): void {
    this.#ask('syncDirectory', path)
  }

  close(): void {}

  #grow(path: string, before: Buffer, bytes: Uint8Array): void {
    const room = Math.max(0, this.capacity - this.used)
    this.#files.set(path, Buffer.concat([before, bytes.subarray(0, room)]))
    if (room < bytes.length) throw fileError('ENOSPC')
  }

  #there(path: string): Buffer {
    const bytes = this.#files.get(path)
    if (!bytes) throw fileError('ENOENT')
    return bytes
  }

  #ask(operation: string, path: string): void {
    const error = this.fault?.(operation, path)
    if (error) throw error
  }
}
