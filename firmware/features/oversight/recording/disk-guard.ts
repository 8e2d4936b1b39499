// The disk's share that stays free: with less, recording stops; calls never do.
import type { Context } from '../../../kernel/feature.ts'
import type { RecordingSettings } from './settings.ts'

/** How often the disk is looked at, milliseconds. */
const EVERY = 30_000

interface Space {
  /** Percent; undefined: not known. */
  readonly free?: number
}

/** Watches the disk; `low` is told when there has become too little. */
export class DiskGuard {
  readonly #ctx: Context<RecordingSettings>
  readonly #space
  readonly #low: () => void

  constructor(ctx: Context<RecordingSettings>, low: () => void) {
    this.#ctx = ctx
    this.#space = ctx.live.collection<Space>('space', { keep: 'process' })
    this.#low = low
    this.look()
    ctx.clock.every(EVERY, () => this.look())
  }

  /** Free share in percent; undefined while it is not known. */
  get free(): number | undefined {
    return this.#space.get('now')?.free
  }

  get isLow(): boolean {
    return this.free !== undefined && this.free < this.#ctx.settings.freePercent
  }

  look(): void {
    this.#ctx.spawn('look at the disk', this.#look())
  }

  async #look(): Promise<void> {
    try {
      const { freeBytes, totalBytes } = await this.#ctx.folder.space()
      this.#space.set('now', { free: Math.floor((100 * freeBytes) / totalBytes) })
    } catch (error) {
      this.#space.delete('now')
      throw error
    }
    if (this.isLow) this.#low()
  }
}
