// A disk in memory that can freeze, fill up and lose what was not synced.
import { type Disk, PREVIOUS } from '../disk.ts'

export interface MemoryDisk extends Disk {
  readonly files: Map<string, Buffer>
  /** Operations begun from now on never end. */
  freeze(): void
  /** Lets frozen operations and all others run. */
  thaw(): void
  /** Writes fail from now on, as on a full disk. */
  fill(): void
  makeRoom(): void
}

export function createMemoryDisk(files = new Map<string, Buffer>()): MemoryDisk {
  let frozen: (() => void)[] | undefined
  let full = false
  const turn = async (): Promise<void> => {
    const waiting = frozen
    if (waiting === undefined) return
    await new Promise<void>(resolve => waiting.push(resolve))
  }
  const room = () => {
    if (full) throw new Error('ENOSPC: no space left on device')
  }
  return {
    files,
    async read(name) {
      await turn()
      return files.get(name)
    },
    async append(name, bytes) {
      await turn()
      room()
      files.set(name, Buffer.concat([files.get(name) ?? Buffer.alloc(0), Buffer.from(bytes)]))
    },
    async replace(name, bytes) {
      await turn()
      room()
      const before = files.get(name)
      if (before !== undefined) files.set(`${name}${PREVIOUS}`, before)
      files.set(name, Buffer.from(bytes))
    },
    async close() {
      await turn()
    },
    freeze() {
      frozen ??= []
    },
    thaw() {
      const waiting = frozen ?? []
      frozen = undefined
      for (const go of waiting) go()
    },
    fill() {
      full = true
    },
    makeRoom() {
      full = false
    },
  }
}
