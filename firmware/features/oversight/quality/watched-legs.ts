// The legs that are watched, kept through a restart, and found by their call without a search.
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Watched } from './watch.ts'

export class WatchedLegs {
  readonly #kept: LiveCollection<Watched>
  readonly #byCall = new Map<string, Set<string>>()

  constructor(kept: LiveCollection<Watched>) {
    this.#kept = kept
    for (const [leg, { call }] of kept.all()) this.#index(leg, call)
  }

  all(): ReadonlyMap<string, Watched> {
    return this.#kept.all()
  }

  get(leg: string): Watched | undefined {
    return this.#kept.get(leg)
  }

  of(call: string): readonly string[] {
    return [...(this.#byCall.get(call) ?? [])]
  }

  set(leg: string, watched: Watched): void {
    const before = this.#kept.get(leg)?.call
    if (before !== undefined && before !== watched.call) this.#leave(leg, before)
    this.#kept.set(leg, watched)
    if (before !== watched.call) this.#index(leg, watched.call)
  }

  delete(leg: string): void {
    const call = this.#kept.get(leg)?.call
    if (call !== undefined) this.#leave(leg, call)
    this.#kept.delete(leg)
  }

  #index(leg: string, call: string): void {
    const legs = this.#byCall.get(call)
    if (legs) legs.add(leg)
    else this.#byCall.set(call, new Set([leg]))
  }

  #leave(leg: string, call: string): void {
    const legs = this.#byCall.get(call)
    legs?.delete(leg)
    if (legs?.size === 0) this.#byCall.delete(call)
  }
}
