// A file in memory: written at once and without waiting, it outlives the process but not the machine.
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface MemoryFile {
  /** What an earlier process left. */
  read(): Buffer
  /** Throws when the memory is full. */
  append(text: string): void
  clear(): void
  close(): void
}

/** The file must be on tmpfs: on a disk, a disk that hangs would hang whoever writes. */
export function openMemoryFile(file: string): MemoryFile {
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 })
  const handle = opened(file)
  return {
    read: () => readFileSync(file),
    append: text => void writeSync(handle, text),
    clear: () => ftruncateSync(handle, 0),
    close: () => closeSync(handle),
  }
}

/** A directory or a broken link in its place goes: the board must come up, and what was never a file holds no press. */
function opened(file: string): number {
  try {
    return openSync(file, 'a+', 0o640)
  } catch {
    rmSync(file, { recursive: true, force: true })
    return openSync(file, 'a+', 0o640)
  }
}
