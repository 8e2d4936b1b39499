// Live collections without files: what a restart or a power cut leaves is what it would leave on the box.
import type { Keep, Live, LiveCollection } from '../kernel/live.ts'

type Kept = { keep: Keep; values: Map<string, string> }

/** A process's live facts over memory that several processes in turn may open. */
export class MemoryLive implements Live {
  readonly #kept: Map<string, Kept>
  #waiting: (() => void)[] | undefined
  readonly #open = new Map<string, { keep: Keep; values: ReadonlyMap<string, object> }>()
  dropped = 0

  /** `after`: the live facts of the process that died. */
  constructor(o: { after?: MemoryLive; lost?: 'process' | 'power' } = {}) {
    this.#kept = new Map()
    const survives: readonly Keep[] = o.lost === 'power' ? ['power'] : ['restart', 'power']
    for (const [name, { keep, values }] of o.after?.entries() ?? []) {
      if (survives.includes(keep)) this.#kept.set(name, { keep, values: new Map(values) })
    }
  }

  /** What the collections answer now, whether it is durable or not. */
  now(): ReadonlyMap<string, { readonly keep: Keep; readonly values: ReadonlyMap<string, object> }> {
    return this.#open
  }

  get isHung(): boolean {
    return this.#waiting !== undefined
  }

  entries(): IterableIterator<[string, Kept]> {
    return this.#kept.entries()
  }

  /** From now on what is set is true at once, and durable only after `recover`: `setNow` stays open. */
  hang(): void {
    this.#waiting ??= []
  }

  recover(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const go of waiting) go()
  }

  #durable(work: () => void): Promise<void> {
    const waiting = this.#waiting
    if (waiting === undefined) return Promise.resolve(work())
    return new Promise(resolve => {
      waiting.push(() => resolve(work()))
    })
  }

  /** Puts a raw value where a former version might have left it. */
  leave(name: string, id: string, value: unknown, keep: Keep = 'restart'): void {
    const kept = this.#kept.get(name) ?? { keep, values: new Map() }
    kept.values.set(id, JSON.stringify(value))
    this.#kept.set(name, kept)
  }

  collection<T extends object>(
    name: string,
    o: { keep: Keep; accept?(value: unknown): value is T },
  ): LiveCollection<T> {
    const kept = this.#kept.get(name) ?? { keep: o.keep, values: new Map<string, string>() }
    kept.keep = o.keep
    this.#kept.set(name, kept)
    const values = new Map<string, Readonly<T>>()
    for (const [id, text] of kept.values) {
      const value: unknown = JSON.parse(text)
      if (o.accept && !o.accept(value)) this.dropped += 1
      else values.set(id, value as T)
    }
    this.#open.set(name, { keep: o.keep, values })
    const set = (id: string, value: T) => {
      // As text: whoever changes a value in place, or keeps what cannot be written, is found out.
      const text = JSON.stringify(value)
      values.set(id, Object.freeze({ ...value }))
      return this.#durable(() => void kept.values.set(id, text))
    }
    const remove = (id: string) => {
      values.delete(id)
      return this.#durable(() => void kept.values.delete(id))
    }
    return {
      get: id => values.get(id),
      all: () => values,
      set: (id, value) => void set(id, value),
      setNow: set,
      delete: id => void remove(id),
      deleteNow: remove,
    }
  }
}
