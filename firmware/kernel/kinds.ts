// The two registries of the kernel, destinations and actions, have one shape: kinds by name, each owned by a feature.

/** Kinds that running features offer. The first to offer a name keeps it. */
export class Kinds<T> {
  readonly #kinds = new Map<string, { readonly feature: string; readonly offer: T }>()

  /** False when another feature offers this kind already. */
  add(feature: string, kind: string, offer: T): boolean {
    if (this.#kinds.has(kind)) return false
    this.#kinds.set(kind, { feature, offer })
    return true
  }

  removeOf(feature: string): void {
    for (const [kind, entry] of this.#kinds) if (entry.feature === feature) this.#kinds.delete(kind)
  }

  get(kind: string): T | undefined {
    return this.#kinds.get(kind)?.offer
  }

  all(): readonly { readonly kind: string; readonly feature: string; readonly offer: T }[] {
    return [...this.#kinds].map(([kind, entry]) => ({ kind, ...entry }))
  }
}
