// The few things that the box asks of a file system, synchronous and one at a time: made to be recorded, torn and filled up by tests.
import fs from 'node:fs'
import { dirname } from 'node:path'

/** A file system, seen from stores that must not lose what they acknowledged. Paths are absolute. Errors carry `code` as Node's do. */
export interface Files {
  /** The whole content, or undefined when there is no such file. */
  read(path: string): Buffer | undefined
  /** Names in a directory, sorted; none when it is not there. */
  list(directory: string): string[]
  makeDirectory(path: string): void
  /** In bytes; undefined when there is no such file. */
  size(path: string): number | undefined
  /** Bytes at the end, by write(2); makes the file when it is not there. */
  append(path: string, bytes: Uint8Array, mode: number): void
  /** The file holds these bytes and nothing else. */
  write(path: string, bytes: Uint8Array, mode: number): void
  truncate(path: string, size: number): void
  /** fdatasync: when it returns, the bytes survive a power cut. */
  sync(path: string): void
  rename(from: string, to: string): void
  remove(path: string): void
  /** fsync of the directory: when it returns, names made, renamed and removed in it survive a power cut. */
  syncDirectory(path: string): void
  /** Forgets open descriptors. */
  close(): void
}

/** The real one. Files that are appended to stay open. */
export class NodeFiles implements Files {
  readonly #open = new Map<string, number>()

  read(path: string): Buffer | undefined {
    return absent(() => {
      try {
        return fs.readFileSync(path)
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'EIO') throw error
        return readAround(path)
      }
    })
  }

  list(directory: string): string[] {
    return (absent(() => fs.readdirSync(directory)) ?? []).sort()
  }

  makeDirectory(path: string): void {
    fs.mkdirSync(path, { recursive: true, mode: 0o750 })
  }

  size(path: string): number | undefined {
    return absent(() => fs.statSync(path).size)
  }

  append(path: string, bytes: Uint8Array, mode: number): void {
    const fd = this.#open.get(path) ?? fs.openSync(path, 'a', mode)
    this.#open.set(path, fd)
    writeAll(fd, bytes)
  }

  write(path: string, bytes: Uint8Array, mode: number): void {
    this.#forget(path)
    const fd = fs.openSync(path, 'w', mode)
    try {
      writeAll(fd, bytes)
    } finally {
      fs.closeSync(fd)
    }
  }

  truncate(path: string, size: number): void {
    fs.truncateSync(path, size)
  }

  sync(path: string): void {
    const known = this.#open.get(path)
    if (known !== undefined) {
      fs.fdatasyncSync(known)
      return
    }
    const fd = fs.openSync(path, 'r+')
    try {
      fs.fdatasyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  }

  rename(from: string, to: string): void {
    this.#forget(from)
    this.#forget(to)
    fs.renameSync(from, to)
  }

  remove(path: string): void {
    this.#forget(path)
    fs.rmSync(path, { force: true })
  }

  syncDirectory(path: string): void {
    const fd = fs.openSync(path, 'r')
    try {
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  }

  close(): void {
    for (const path of [...this.#open.keys()]) this.#forget(path)
  }

  #forget(path: string): void {
    const fd = this.#open.get(path)
    if (fd === undefined) return
    this.#open.delete(path)
    fs.closeSync(fd)
  }
}

/** write(2) may take less than it was given; on a full disk it takes what fits, then says so. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const taken = fs.writeSync(fd, bytes, done)
    if (taken <= 0) throw Object.assign(new Error('the disk takes no more bytes'), { code: 'ENOSPC' })
    done += taken
  }
}

/** Of a file on a failing disk what can be read, zeros where it cannot: checksums tell which lines that hit. */
function readAround(path: string): Buffer {
  const fd = fs.openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(fs.fstatSync(fd).size)
    for (let at = 0; at < bytes.length; at += BLOCK) {
      const block = bytes.subarray(at, at + BLOCK)
      if (failure(() => fs.readSync(fd, block, 0, block.length, at)) !== undefined) block.fill(0)
    }
    return bytes
  } finally {
    fs.closeSync(fd)
  }
}

const BLOCK = 4_096

/** For repairs at boot that a full or read-only disk may refuse: the box starts all the same. Returns what was thrown. */
export function failure(work: () => void): Error | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** The end of the name under which lies what cannot be read at all. */
export const UNREADABLE = '.unreadable'

/**
 * The content for boot, undefined when there is none. What cannot be read at all (a directory in its place, a link in a
 * circle, no right to it) is put aside as `.unreadable`, so that a new file can be written; the box starts without it.
 */
export function readAtBoot(files: Files, path: string): { readonly bytes?: Buffer; readonly putAside?: true } {
  try {
    const bytes = files.read(path)
    return bytes === undefined ? {} : { bytes }
  } catch {
    failure(() => files.rename(path, `${path}${UNREADABLE}`))
    return { putAside: true }
  }
}

function absent<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
}

/** The file holds the new bytes or the old ones, whatever happens: temporary file, fdatasync, rename, fsync of the directory. */
export function replaceFile(files: Files, path: string, o: { bytes: Uint8Array; mode: number; keep?: string }): void {
  const temporary = `${path}.new`
  try {
    files.write(temporary, o.bytes, o.mode)
    files.sync(temporary)
  } catch (error) {
    // On a full disk the half-written copy must not sit on the space that others need.
    files.remove(temporary)
    throw error
  }
  if (o.keep !== undefined && files.size(path) !== undefined) keepAs(files, path, o.keep)
  files.rename(temporary, path)
  files.syncDirectory(dirname(path))
}

/** Whatever stands under the name of the one before and is no file goes aside first. */
function keepAs(files: Files, path: string, keep: string): void {
  try {
    files.rename(path, keep)
  } catch {
    files.rename(keep, `${keep}${UNREADABLE}`)
    files.rename(path, keep)
  }
}

/** At boot: takes away what lies behind the last good line, durably, so that nothing is ever written behind it. */
export function cut(files: Files, path: string, end: number): void {
  files.truncate(path, end)
  files.sync(path)
}
