// Who watches what, kept through a power cut, and found by what is watched without a search.
import type { Subscription } from '../../../kernel/call/sip-port.ts'
import type { LiveCollection } from '../../../kernel/live.ts'

export class Watchers {
  readonly #kept: LiveCollection<Subscription>
  readonly #byTarget = new Map<string, Set<string>>()

  constructor(kept: LiveCollection<Subscription>) {
    this.#kept = kept
    for (const one of kept.all().values()) this.#index(one)
  }

  all(): readonly Subscription[] {
    return [...this.#kept.all().values()]
  }

  get(id: string): Subscription | undefined {
    return this.#kept.get(id)
  }

  of(name: string, target: string): readonly Subscription[] {
    const ids = this.#byTarget.get(keyOf(name, target))
    return ids === undefined ? [] : [...ids].flatMap(id => this.#kept.get(id) ?? [])
  }

  /** Whether anybody watches anything. */
  get any(): boolean {
    return this.#byTarget.size > 0
  }

  /** Packages and targets that somebody watches. */
  watched(): readonly { readonly name: string; readonly target: string }[] {
    return [...this.#byTarget.values()].flatMap(ids => {
      const [first] = ids
      const one = first === undefined ? undefined : this.#kept.get(first)
      return one === undefined ? [] : [{ name: one.package, target: one.target }]
    })
  }

  put(one: Subscription): void {
    this.#kept.set(one.id, one)
    this.#index(one)
  }

  drop(id: string): Subscription | undefined {
    const one = this.#kept.get(id)
    if (!one) return undefined
    const key = keyOf(one.package, one.target)
    const ids = this.#byTarget.get(key)
    ids?.delete(id)
    if (ids?.size === 0) this.#byTarget.delete(key)
    this.#kept.delete(id)
    return one
  }

  #index(one: Subscription): void {
    const key = keyOf(one.package, one.target)
    this.#byTarget.set(key, (this.#byTarget.get(key) ?? new Set()).add(one.id))
  }
}

const keyOf = (name: string, target: string): string => `${name} ${target}`

/** Whether something read back is a subscription. */
export function isSubscription(value: unknown): value is Subscription {
  const it = value as Partial<Subscription> | null
  return (
    typeof it === 'object' &&
    it !== null &&
    [it.id, it.package, it.line, it.target, it.contact, it.callId].every(field => typeof field === 'string') &&
    typeof it.notified === 'number' &&
    typeof it.expiresAt === 'number' &&
    Array.isArray(it.routes) &&
    Array.isArray(it.accept) &&
    !!it.source
  )
}
