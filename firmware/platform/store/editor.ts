// The store without its disk: reads, plans, applies and remembers change sets. Memory store and durable store both stand on it.
import type { TSchema } from '../../kernel/schema.ts'
import type {
  ChangeRequest,
  ChangeSet,
  HostStore,
  RegistryChecks,
  ResourceKind,
  SetAside,
  Stored,
  Use,
  Who,
} from '../../kernel/store.ts'
import { planChange } from './change-plan.ts'
import { Document, type Kinds } from './document.ts'
import { identity } from './secrets.ts'
import type { Raw } from './shape.ts'
import { planUndo } from './undo.ts'

/** How many change sets are remembered for undo. */
export const REMEMBERED = 1_000

/** A collection as stored: identity → fields and revision. */
export type Collections = ReadonlyMap<string, ReadonlyMap<string, { readonly rev: number; readonly raw: Raw }>>

/** The part of a store that is the same wherever it is kept. Subclasses say how a change set becomes durable. */
export abstract class Editor implements HostStore {
  /** What readers see: durable. */
  protected readonly document: Document
  protected readonly past: ChangeSet[] = []
  readonly #observers = new Set<(change: ChangeSet) => void>()

  protected constructor(known: Kinds) {
    this.document = new Document(known)
  }

  abstract change(request: ChangeRequest): Promise<ChangeSet>
  abstract undo(rev: number, author: Who): Promise<ChangeSet>
  abstract secret(reference: string): string | undefined

  get revision(): number {
    return this.document.revision
  }

  get<T extends object>(kind: ResourceKind<T>, id: string): Stored<T> | undefined {
    return this.document.get(kind, id)
  }

  all<T extends object>(kind: ResourceKind<T>): readonly Stored<T>[] {
    return this.document.all(kind)
  }

  find<T extends object>(kind: ResourceKind<T>, field: keyof T & string, value: string): Stored<T> | undefined {
    return this.document.find(kind, field, value)
  }

  owner(number: string): { readonly kind: string; readonly id: string } | undefined {
    return this.document.owner(number)
  }

  uses(id: string): readonly Use[] {
    return this.document.uses(id)
  }

  settings<S>(feature: string): S {
    return this.document.settings(feature)
  }

  newId<K extends string>(kind: { readonly prefix: string } | K): string {
    return identity(typeof kind === 'string' ? (this.document.kind(kind)?.prefix ?? kind) : kind.prefix)
  }

  history(limit: number, before = Number.POSITIVE_INFINITY): readonly ChangeSet[] {
    const older = this.past.filter(change => change.rev < before)
    return older.slice(Math.max(0, older.length - limit)).reverse()
  }

  onChange(observer: (change: ChangeSet) => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  setAside(): readonly { readonly kind: string; readonly id: string; readonly why: string }[] {
    return this.document.setAside()
  }

  aside(kind: string, id: string): SetAside | undefined {
    return this.document.aside(kind, id)
  }

  reserveNumbers(numbers: readonly string[], owner: string) {
    return this.document.numbers.reserve(numbers, owner)
  }

  reserves(number: string): boolean {
    return this.document.numbers.reserves(number)
  }

  overlaps(): readonly { readonly number: string; readonly begins: string }[] {
    return this.document.numbers.overlaps()
  }

  useRegistry(checks: RegistryChecks): void {
    this.document.useRegistry(checks)
  }

  /** Makes an accepted change visible and tells its observers, in order. */
  protected publish(change: ChangeSet): void {
    apply(this.document, change)
    remember(this.past, change)
    for (const observer of [...this.#observers]) {
      try {
        observer(change)
      } catch (error) {
        this.observerFailed(error)
      }
    }
  }

  /** One observer that throws must not keep the others from knowing, nor undo what is durable. */
  protected abstract observerFailed(error: unknown): void
}

/** Carries a change set into a document; what it returns takes it out again, newest first. */
export function apply(document: Document, change: ChangeSet): () => void {
  const before = document.revision
  const someAside = document.setAside().length > 0
  const putBack = change.changes.map(({ kind, id, after }) =>
    document.place(kind, id, after && document.read(kind, id, after as Raw, change.rev)),
  )
  document.revision = change.rev
  document.settle()
  return () => {
    for (const back of putBack.reverse()) back()
    document.revision = before
    if (someAside) document.judgeAll()
  }
}

export function remember(past: ChangeSet[], change: ChangeSet): void {
  past.push(change)
  if (past.length > REMEMBERED) past.splice(0, past.length - REMEMBERED)
}

/** Fills an empty document; what fails its schema or does harm is set aside. */
export function load(document: Document, collections: Collections, revision: number): void {
  for (const [kind, entries] of collections)
    for (const [id, { rev, raw }] of entries) document.place(kind, id, document.read(kind, id, raw, rev))
  document.revision = revision
  document.judgeAll()
}

export type { ChangeRequest, Kinds, TSchema }
export { planChange, planUndo }
