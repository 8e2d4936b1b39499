// The disk as the main thread sees it: batches of writes, each done in order by a thread that may wait for the disk in our place.
import { dirname } from 'node:path'
import { type Files, replaceFile } from './files.ts'
import { newestLines } from './lines.ts'

/** One write. */
export type DiskStep =
  /**
   * At the end of a file; with `durable` it survives a power cut when the batch resolves, else a crash of the process. What lies beyond `at`
   * is cut off first: the writer never promised it.
   */
  | {
      readonly do: 'append'
      readonly path: string
      readonly bytes: Uint8Array
      readonly durable: boolean
      readonly at?: number
      readonly mode?: number
    }
  /** A whole file at once, durable: the old content or the new. */
  | { readonly do: 'replace'; readonly path: string; readonly bytes: Uint8Array; readonly mode?: number }
  /** A log of lines by id keeps the newest line of each. */
  | { readonly do: 'compact'; readonly path: string; readonly durable: boolean }
  | { readonly do: 'remove'; readonly path: string }

/** Does batches strictly in the order in which they were handed over. A batch that rejects has left the end of its files as it was. */
export interface Disk {
  run(steps: readonly DiskStep[]): Promise<void>
  close(): Promise<void>
}

/** Does the steps here and now. */
export class DiskHand {
  readonly #files: Files
  /** Files whose end is in doubt after a failed write, and where their good part ends. */
  readonly #torn = new Map<string, number>()

  constructor(files: Files) {
    this.#files = files
  }

  run(steps: readonly DiskStep[]): void {
    for (const step of steps) this.#step(step)
  }

  #step(step: DiskStep): void {
    switch (step.do) {
      case 'append':
        this.#append(step)
        break
      case 'replace':
        replaceFile(this.#files, step.path, { bytes: step.bytes, mode: step.mode ?? 0o640 })
        break
      case 'compact':
        this.#compact(step)
        break
      default:
        this.#files.remove(step.path)
    }
  }

  #compact({ path, durable }: Extract<DiskStep, { do: 'compact' }>): void {
    this.#mend(path)
    const bytes = newestLines(this.#files.read(path) ?? Buffer.alloc(0))
    if (durable) {
      replaceFile(this.#files, path, { bytes, mode: 0o640 })
      return
    }
    this.#files.write(`${path}.new`, bytes, 0o640)
    this.#files.rename(`${path}.new`, path)
  }

  #append(step: Extract<DiskStep, { do: 'append' }>): void {
    this.#mend(step.path)
    const files = this.#files
    const size = files.size(step.path)
    const beyond = size !== undefined && step.at !== undefined && size > step.at
    if (beyond) files.truncate(step.path, step.at)
    const before = beyond ? step.at : size
    try {
      files.append(step.path, step.bytes, step.mode ?? 0o640)
      if (!step.durable) return
      files.sync(step.path)
      if (before === undefined) files.syncDirectory(dirname(step.path))
    } catch (error) {
      this.#torn.set(step.path, before ?? 0)
      this.#tryToMend(step.path)
      throw error
    }
  }

  /** Cuts off what a failed write left; until that works, nothing is added behind it. */
  #mend(path: string): void {
    const size = this.#torn.get(path)
    if (size === undefined) return
    if (this.#files.size(path) !== undefined) {
      this.#files.truncate(path, size)
      this.#files.sync(path)
    }
    this.#torn.delete(path)
  }

  #tryToMend(path: string): void {
    try {
      this.#mend(path)
    } catch {
      // It stays in the list of torn files, and the next append fails unless it can be mended first.
    }
  }
}

/** A disk that the caller waits for: for tests and tools, never for the box. */
export class InlineDisk implements Disk {
  readonly #hand: DiskHand

  constructor(files: Files) {
    this.#hand = new DiskHand(files)
  }

  async run(steps: readonly DiskStep[]): Promise<void> {
    this.#hand.run(steps)
  }

  async close(): Promise<void> {}
}
