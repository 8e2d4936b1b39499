// The document in memory: what the administrator decided, with its indexes (who points where, who owns which number). No I/O.
import type { TSchema } from 'typebox'
import type { RegistryChecks, ResourceKind, SetAside, Stored, StoreView, Use } from '../../kernel/store.ts'
import { NumberPlan } from './number-plan.ts'
import { type Mark, pathText, type Raw, Shape, targetOf } from './shape.ts'

/** The kind under which settings of features are kept; the id is the feature's name. */
export const SETTINGS = 'settings'

/** What a box knows about kinds of resources and settings. */
export interface Kinds {
  readonly kinds: readonly ResourceKind<never>[]
  /** Feature → schema of its settings. */
  readonly settings?: Readonly<Record<string, TSchema>>
}

/** One resource (or one feature's settings) as the document holds it. Never changed in place. */
export interface Entry {
  readonly kind: string
  readonly id: string
  readonly rev: number
  /** As saved, secrets as references. */
  readonly raw: Raw
  /** As read: defaults filled in, frozen; undefined where no feature knows the kind. */
  readonly value: Stored<object> | undefined
  readonly errors: Readonly<Record<string, string>>
  readonly marks: readonly Mark[]
}

/** What an entry does to the rest of the document that may not be. */
export interface Fault {
  readonly code: 'store.invalid' | 'store.number-taken' | 'store.in-use'
  readonly field: string
  readonly text: string
  /** The other resource concerned. */
  readonly other?: { readonly kind: string; readonly id: string }
}

/** The indexes move with every placed entry; nothing here costs more than the entry that changes. */
export class Document implements StoreView {
  readonly #kinds = new Map<string, { kind: ResourceKind<never>; shape: Shape }>()
  readonly #settings = new Map<string, { shape: Shape; defaults: object }>()
  readonly #entries = new Map<string, Map<string, Entry>>()
  readonly #kindOf = new Map<string, string>()
  readonly #uses = new Map<string, Set<Entry>>()
  readonly #unique = new Map<string, Set<Entry>>()
  readonly #aside = new Map<Entry, string>()
  readonly #lists = new Map<string, readonly Stored<object>[]>()
  readonly numbers = new NumberPlan()
  registry: RegistryChecks = NO_REGISTRY
  revision = 0

  constructor(known: Kinds) {
    for (const kind of known.kinds) this.#kinds.set(kind.kind, { kind, shape: new Shape(kind.schema) })
    for (const [feature, schema] of Object.entries(known.settings ?? {})) {
      const shape = new Shape(schema)
      this.#settings.set(feature, { shape, defaults: frozen(shape.filled({})) })
    }
  }

  get<T extends object>(kind: ResourceKind<T>, id: string): Stored<T> | undefined {
    return this.#visible(this.entry(kind.kind, id)) as Stored<T> | undefined
  }

  all<T extends object>(kind: ResourceKind<T>): readonly Stored<T>[] {
    const known = this.#lists.get(kind.kind)
    if (known) return known as readonly Stored<T>[]
    const list: Stored<object>[] = []
    for (const entry of this.entriesOf(kind.kind)) {
      const value = this.#visible(entry)
      if (value) list.push(value)
    }
    this.#lists.set(kind.kind, Object.freeze(list))
    return list as Stored<object>[] as Stored<T>[]
  }

  find<T extends object>(kind: ResourceKind<T>, field: keyof T & string, value: string): Stored<T> | undefined {
    for (const entry of this.#unique.get(uniqueKey(kind.kind, field, value)) ?? []) return entry.value as Stored<T>
    const owner = this.owner(value)
    const byNumber = owner?.kind === kind.kind ? this.get(kind, owner.id) : undefined
    if (byNumber?.[field] === value) return byNumber
    return this.all(kind).find(one => one[field] === value)
  }

  owner(number: string): { readonly kind: string; readonly id: string } | undefined {
    return this.numbers.owner(number)
  }

  uses(id: string): readonly Use[] {
    return this.pointers(id).flatMap(entry =>
      entry.marks
        .filter(mark => targetOf(mark) === id)
        .map(mark => ({ kind: entry.kind, id: entry.id, label: this.label(entry), field: pathText(mark.path) })),
    )
  }

  settings<S>(feature: string): S {
    const entry = this.entry(SETTINGS, feature)
    const value = this.#visible(entry) ?? this.#settings.get(feature)?.defaults ?? entry?.raw ?? {}
    return value as S
  }

  setAside(): readonly { readonly kind: string; readonly id: string; readonly why: string }[] {
    return [...this.#aside].map(([entry, why]) => ({ kind: entry.kind, id: entry.id, why }))
  }

  aside(kind: string, id: string): SetAside | undefined {
    const entry = this.entry(kind, id)
    const why = entry && this.#aside.get(entry)
    if (entry === undefined || why === undefined) return undefined
    const wrong = schemaFault(entry) === undefined ? this.faults(entry) : []
    const faults = { ...entry.errors, ...Object.fromEntries(wrong.map(({ field, text }) => [field, text])) }
    const { rev, raw } = entry
    return { kind, id, rev, label: this.label(entry), why, faults, value: raw, known: entry.value !== undefined }
  }

  /** How a person would call it. */
  label(entry: Entry): string {
    const field = this.#kinds.get(entry.kind)?.kind.label
    const name = field === undefined ? undefined : (entry.raw[field] ?? entry.id)
    return typeof name === 'string' ? name : entry.id
  }

  title(kind: string): string {
    return this.#kinds.get(kind)?.kind.title[0] ?? kind
  }

  kind(kind: string): ResourceKind<never> | undefined {
    return this.#kinds.get(kind)?.kind
  }

  shape(kind: string, id: string): Shape | undefined {
    return kind === SETTINGS ? this.#settings.get(id)?.shape : this.#kinds.get(kind)?.shape
  }

  entry(kind: string, id: string): Entry | undefined {
    return this.#entries.get(kind)?.get(id)
  }

  entriesOf(kind: string): Iterable<Entry> {
    return this.#entries.get(kind)?.values() ?? []
  }

  /** Every kind that holds something, known to a feature or not. */
  collections(): string[] {
    return [...this.#entries.keys()]
  }

  kindOf(id: string): string | undefined {
    return this.#kindOf.get(id)
  }

  /** Entries that point at this identity. */
  pointers(id: string): Entry[] {
    return [...(this.#uses.get(id) ?? [])]
  }

  /** Reads a value as this box understands it; places nothing. */
  read(kind: string, id: string, raw: Raw, rev: number): Entry {
    const shape = this.shape(kind, id)
    if (!shape) return { kind, id, rev, raw, value: undefined, errors: {}, marks: [] }
    const filled = shape.filled(raw)
    const errors = shape.errors(filled)
    const marks = shape.marks(filled, k => this.registry.params(k))
    const value = frozen(kind === SETTINGS ? filled : { ...filled, id, rev }) as Stored<object>
    return { kind, id, rev, raw, value, errors, marks }
  }

  /** Puts an entry in the place of another or takes it away; what it returns puts things back. An entry that fails its schema is set aside. */
  place(kind: string, id: string, next: Entry | undefined): () => void {
    const collection = this.#entries.get(kind) ?? new Map<string, Entry>()
    const previous = collection.get(id)
    const why = previous && this.#aside.get(previous)
    if (previous) this.#leave(previous)
    if (previous && !next) collection.delete(id)
    if (next) {
      this.#entries.set(kind, collection.set(id, next))
      if (kind !== SETTINGS) this.#kindOf.set(id, kind)
      const fault = schemaFault(next)
      if (fault === undefined) this.#join(next)
      else this.#aside.set(next, fault)
    } else this.#kindOf.delete(id)
    this.#lists.delete(kind)
    return () => {
      this.place(kind, id, previous)
      if (previous && why !== undefined) this.#setAside(previous, why)
    }
  }

  /** What an entry that satisfies its schema does wrong to others: points nowhere, holds what belongs to somebody else. */
  faults(entry: Entry): Fault[] {
    return entry.marks.flatMap(mark => {
      const fault = this.#faultOf(entry, mark)
      return fault ? [fault] : []
    })
  }

  /** After loading and after each change: sets aside what does harm, takes back what no longer does. */
  settle(): void {
    for (const entry of [...this.#aside.keys()])
      if (schemaFault(entry) === undefined) {
        this.#aside.delete(entry)
        this.#join(entry)
        this.#lists.delete(entry.kind)
        this.#judge(entry)
      }
  }

  /** Judges all entries at once, older ones first, so that of two owners of a number the older keeps it. */
  judgeAll(): void {
    const entries = [...this.#entries.values()].flatMap(c => [...c.values()]).filter(e => !this.#aside.has(e))
    entries.sort((a, b) => b.rev - a.rev || (a.id < b.id ? 1 : -1))
    for (const entry of entries) this.#judge(entry)
  }

  /** Reads every entry again: the registry decides which params of actions hold pointers. */
  useRegistry(registry: RegistryChecks): void {
    this.registry = registry
    const holders = this.collections().flatMap(kind =>
      [...this.entriesOf(kind)].filter(entry => entry.marks.some(mark => mark.what === 'action')),
    )
    for (const { kind, id, raw, rev } of holders) this.place(kind, id, this.read(kind, id, raw, rev))
    this.settle()
    this.judgeAll()
  }

  #judge(entry: Entry): void {
    const fault = this.faults(entry)[0]
    if (fault) this.#setAside(entry, `${fault.field} ${fault.text}`)
  }

  #setAside(entry: Entry, why: string): void {
    this.#leave(entry)
    this.#aside.set(entry, why)
    this.#lists.delete(entry.kind)
  }

  #visible(entry: Entry | undefined): Stored<object> | undefined {
    return entry && !this.#aside.has(entry) ? entry.value : undefined
  }

  #faultOf(entry: Entry, mark: Mark): Fault | undefined {
    const field = pathText(mark.path)
    const target = targetOf(mark)
    if (target !== undefined) return this.#pointerFault(mark, target, field)
    if (mark.what === 'number') return this.numbers.fault(String(mark.value), entry, e => this.#named(e), field)
    if (mark.what !== 'unique') return undefined
    const others = this.#unique.get(uniqueKey(entry.kind, field, String(mark.value))) ?? []
    const other = [...others].find(o => o !== entry)
    return (
      other && { code: 'store.invalid', field, text: `is already used by ${this.#named(other)}: choose another`, other }
    )
  }

  #pointerFault(mark: Mark, target: string, field: string): Fault | undefined {
    const kind = this.#kindOf.get(target)
    const wanted = mark.what === 'ref' ? String(mark.node['x-ref']) : kind
    if (kind !== undefined && kind === wanted) return undefined
    const what = wanted === undefined ? 'something' : `a ${this.title(wanted)}`
    return { code: 'store.invalid', field, text: `points at ${what} that does not exist: pick another` }
  }

  #named(entry: { kind: string; id: string }): string {
    const found = this.entry(entry.kind, entry.id)
    return `${this.title(entry.kind)} "${found ? this.label(found) : entry.id}"`
  }

  #join(entry: Entry): void {
    for (const mark of entry.marks) {
      const target = targetOf(mark)
      if (target !== undefined) add(this.#uses, target, entry)
      if (mark.what === 'unique')
        add(this.#unique, uniqueKey(entry.kind, pathText(mark.path), String(mark.value)), entry)
      if (mark.what === 'number') this.numbers.add(String(mark.value), entry)
    }
  }

  #leave(entry: Entry): void {
    if (this.#aside.delete(entry)) return
    for (const mark of entry.marks) {
      const target = targetOf(mark)
      if (target !== undefined) remove(this.#uses, target, entry)
      if (mark.what === 'unique')
        remove(this.#unique, uniqueKey(entry.kind, pathText(mark.path), String(mark.value)), entry)
      if (mark.what === 'number') this.numbers.remove(String(mark.value), entry)
    }
  }
}

const NO_REGISTRY: RegistryChecks = {
  destination: () => undefined,
  action: () => ({}),
  params: () => undefined,
  networks: () => [],
}

const uniqueKey = (kind: string, field: string, value: string): string =>
  `${kind}\n${field.replace(/\d+/g, '#')}\n${value}`

function schemaFault(entry: Entry): string | undefined {
  if (entry.value === undefined) return 'no feature of this version knows this kind: it is kept as it is'
  const [first] = Object.entries(entry.errors)
  return first && `${first[0]} ${first[1]}`.trim()
}

function add(index: Map<string, Set<Entry>>, key: string, entry: Entry): void {
  const set = index.get(key)
  if (set) set.add(entry)
  else index.set(key, new Set([entry]))
}

function remove(index: Map<string, Set<Entry>>, key: string, entry: Entry): void {
  const set = index.get(key)
  if (set?.delete(entry) && set.size === 0) index.delete(key)
}

/** Freezes the whole tree: a feature that writes into what it reads fails at once, in its own test. */
export function frozen<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) frozen(child)
  return Object.freeze(value)
}
