// The number plan: who owns each number that people dial, and which numbers nobody may own because lives hang on them.
import type { Entry, Fault } from './document.ts'

type Owner = { readonly kind: string; readonly id: string }

/** Index number → owner over all dialable fields. */
export class NumberPlan {
  readonly #owners = new Map<string, Set<Entry>>()
  readonly #reserved = new Map<string, ReadonlySet<string>>()

  owner(number: string): Owner | undefined {
    for (const { kind, id } of this.#owners.get(number) ?? []) return { kind, id }
    return undefined
  }

  add(number: string, entry: Entry): void {
    const set = this.#owners.get(number)
    if (set) set.add(entry)
    else this.#owners.set(number, new Set([entry]))
  }

  remove(number: string, entry: Entry): void {
    const set = this.#owners.get(number)
    if (set?.delete(entry) && set.size === 0) this.#owners.delete(number)
  }

  /** Returns who holds a reserved number already. */
  reserve(numbers: readonly string[], owner: string): readonly (Owner & { readonly number: string })[] {
    this.#reserved.set(owner, new Set(numbers))
    return numbers.flatMap(number => {
      const holder = this.owner(number)
      return holder && holder.kind !== owner ? [{ number, kind: holder.kind, id: holder.id }] : []
    })
  }

  reserves(number: string): boolean {
    return [...this.#reserved.values()].some(numbers => numbers.has(number))
  }

  /** Why this entry may not have this number. */
  fault(number: string, entry: Entry, named: (owner: Owner) => string, field: string): Fault | undefined {
    const emergency = this.#reservedBy(number, entry.kind)
    if (emergency !== undefined) {
      const why = emergency === number ? 'is an emergency number' : `begins the emergency number ${emergency}`
      return { code: 'store.number-taken', field, text: `${number} ${why}: choose another` }
    }
    const other = [...(this.#owners.get(number) ?? [])].find(o => o !== entry)
    if (!other) return undefined
    const text = `${number} belongs to ${named(other)} and cannot be given to ${named(entry)} too: choose another`
    return { code: 'store.number-taken', field, text, other }
  }

  /** Pairs of numbers where one begins the other. */
  overlaps(): { number: string; begins: string }[] {
    const found: { number: string; begins: string }[] = []
    const open: string[] = []
    const emergency = [...this.#reserved.values()].flatMap(set => [...set])
    for (const number of [...new Set([...this.#owners.keys(), ...emergency])].sort()) {
      while (open.length > 0 && !number.startsWith(open.at(-1) ?? '')) open.pop()
      for (const shorter of open) found.push({ number: shorter, begins: number })
      open.push(number)
    }
    return found
  }

  /** The emergency number that this number is or would cut off; the kind that owns the reservation may hold it. */
  #reservedBy(number: string, kind: string): string | undefined {
    for (const [owner, numbers] of this.#reserved) {
      if (owner === kind) continue
      for (const emergency of numbers) if (emergency.startsWith(number)) return emergency
    }
    return undefined
  }
}
