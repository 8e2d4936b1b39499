// What is true now, on disk: memory first, files behind. `restart` collections outlive the process, `power` collections a power cut.
import type { Clock } from '../../kernel/clock.ts'
import type { Problem } from '../../kernel/feature.ts'
import type { Keep, Live, LiveCollection } from '../../kernel/live.ts'
import type { Disk } from './disk.ts'
import { cut, type Files, failure, readAtBoot } from './files.ts'
import { decodeLines } from './lines.ts'
import { KeptCollection, type Restored } from './live-collection.ts'
import { Rhythm } from './rhythm.ts'

/** Where live facts are kept, and by what. */
export interface LiveFilesOptions {
  /** Durable. */
  readonly data: string
  /** In memory, outlives the process. */
  readonly run: string
  /** For reading at start. */
  readonly files: Files
  readonly disk: Disk
  readonly clock: Clock
}

/** Opens collections by name; one name is one collection. */
export class LiveFiles implements Live {
  readonly #o: LiveFilesOptions
  readonly #collections = new Map<string, KeptCollection<object>>()
  readonly #losses: Problem[] = []
  readonly #rhythm: Rhythm

  constructor(o: LiveFilesOptions) {
    this.#o = o
    this.#rhythm = new Rhythm(o.clock)
    for (const directory of [o.data, o.run]) o.files.makeDirectory(`${directory}/live`)
  }

  collection<T extends object>(
    name: string,
    o: { keep: Keep; accept?(value: unknown): value is T },
  ): LiveCollection<T> {
    const known = this.#collections.get(name)
    if (known) return known as unknown as LiveCollection<T>
    const opened = new KeptCollection<T>({
      ...this.#o,
      ...this.#kept(name, o.keep),
      keep: o.keep,
      rhythm: this.#rhythm,
      restored: this.#restore(name, o),
    })
    this.#collections.set(name, opened as unknown as KeptCollection<object>)
    return opened
  }

  /** What could not be restored, and what cannot be kept at present. */
  problems(): readonly Problem[] {
    const troubled = [...this.#collections].filter(([, collection]) => collection.trouble)
    return [
      ...this.#losses,
      ...troubled.map(
        ([name, collection]): Problem => ({
          code: `live.not-kept:${name}`,
          severity: 'serious',
          text: `What ${name} holds would not survive a restart: ${collection.trouble?.message}.`,
          remedy: 'Free space on the disk or replace it; it is tried again every few seconds.',
        }),
      ),
    ]
  }

  /** Writes what is still in memory only. Rejects when the disk refuses. */
  async settled(): Promise<void> {
    await Promise.all([...this.#collections.values()].map(collection => collection.settled()))
  }

  #kept(name: string, keep: Keep): { path?: string } {
    if (keep === 'process') return {}
    return { path: `${keep === 'power' ? this.#o.data : this.#o.run}/live/${encodeURIComponent(name)}.log` }
  }

  #restore<T extends object>(name: string, o: { keep: Keep; accept?(value: unknown): value is T }): Restored<T> {
    const { path } = this.#kept(name, o.keep)
    const values = new Map<string, T>()
    if (path === undefined) return { values, lines: 0 }
    const { bytes, putAside } = readAtBoot(this.#o.files, path)
    if (putAside) this.#losses.push(unreadable(name))
    const lines = decodeLines(bytes ?? Buffer.alloc(0))
    if (lines.tail) failure(() => cut(this.#o.files, path, lines.end))
    for (const record of lines.records) {
      const { id, value } = record as { id: string; value?: T }
      values.delete(id)
      if (value !== undefined) values.set(id, value)
    }
    const refused = [...values].filter(([, value]) => o.accept && !o.accept(value))
    for (const [id] of refused) values.delete(id)
    if (lines.damaged + refused.length > 0) this.#losses.push(loss(name, lines.damaged, refused.length))
    return { values, lines: lines.records.length }
  }
}

const unreadable = (name: string): Problem => ({
  code: `live.not-restored:${name}`,
  severity: 'warning',
  text: `The file of ${name} cannot be read at all and was put aside: what was true of it before the start is forgotten.`,
  remedy: 'The phones and people concerned sign in, register or press again; if it repeats, replace the disk.',
})

const loss = (name: string, damaged: number, refused: number): Problem => ({
  code: `live.not-restored:${name}`,
  severity: 'warning',
  text: `Of ${name}, ${damaged} entries could not be read and ${refused} did not fit this version; they were left out.`,
  remedy: 'The phones and people concerned sign in, register or press again; if it repeats, replace the disk.',
})
