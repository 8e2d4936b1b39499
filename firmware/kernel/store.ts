// What the administrator decided: resources and settings, written only by change sets. Reads are memory; a change is acknowledged once durable.
import type { Network } from './call/sip-port.ts'
import type { ActionRef, Destination, Id, TSchema } from './schema.ts'

/** A kind of resource as a feature declares it; from this come list, form, table, API, references, audit and undo. */
export interface ResourceKind<T extends object = object> {
  /** The noun, singular: `extension`. Unique over all features; also the API path and the `Ref` target. */
  readonly kind: string
  /** Prefix of its ids: `ext`. */
  readonly prefix: string
  /** As a person reads it, singular and plural. */
  readonly title: readonly [one: string, many: string]
  readonly schema: TSchema
  /** The field that names one in pickers and problems. */
  readonly label: keyof T & string
  /** Checks over more than one field; returns field → what is wrong and the remedy. */
  check?(value: T, look: StoreView): Record<string, string>
}

/** A resource as stored: its fields and its identity. `rev` is the revision of the change set that last wrote it. */
export type Stored<T extends object> = Readonly<T> & { readonly id: string; readonly rev: number }

/** Who points at a resource, and with which field. */
export interface Use {
  readonly kind: string
  readonly id: string
  readonly label: string
  readonly field: string
}

/** Reading the document: synchronous, from memory. */
export interface StoreView {
  get<T extends object>(kind: ResourceKind<T>, id: string): Stored<T> | undefined
  all<T extends object>(kind: ResourceKind<T>): readonly Stored<T>[]
  /** The one whose unique field has this value. */
  find<T extends object>(kind: ResourceKind<T>, field: keyof T & string, value: string): Stored<T> | undefined
  /** Who owns this dialable number. */
  owner(number: string): { readonly kind: string; readonly id: string } | undefined
  /** Who points at this resource. */
  uses(id: string): readonly Use[]
  /** A feature's settings, with defaults filled in. */
  settings<S>(feature: string): S
  readonly revision: number
}

/** Who does something: every audit entry has exactly one. */
export type Who =
  | { readonly by: 'user'; readonly id: string; readonly name: string }
  | { readonly by: 'api-key'; readonly id: string; readonly name: string }
  | { readonly by: 'line'; readonly id: string; readonly name: string }
  | { readonly by: 'console'; readonly name: string }
  | { readonly by: 'box'; readonly name: string }

/** One operation of a change set. `rev` guards against writing over a newer one; a `secrets` value goes to the vault. */
export type Operation =
  | {
      readonly op: 'put'
      readonly kind: string
      readonly id: string
      readonly value: object
      readonly rev?: number
      readonly secrets?: Readonly<Record<string, string>>
    }
  | { readonly op: 'delete'; readonly kind: string; readonly id: string; readonly rev?: number }
  | { readonly op: 'settings'; readonly feature: string; readonly value: object }

/** What is asked of {@link Store.change}. */
export interface ChangeRequest {
  readonly why: string
  readonly author: Who
  /** The revision the author looked at; older than a resource's `rev` it touches, the change is a conflict that names the fields. */
  readonly base?: number
  readonly ops: readonly Operation[]
}

/** A change set as accepted: one audit entry, one undo step, one unit on the twin's stream. */
export interface ChangeSet {
  readonly rev: number
  readonly at: number
  readonly why: string
  readonly author: Who
  readonly undoes?: number
  /** Per resource touched: before and after (`undefined`: not there). Secrets appear only as references. */
  readonly changes: readonly {
    readonly kind: string
    readonly id: string
    readonly before?: object
    readonly after?: object
  }[]
}

/** A resource, or the settings of a feature, that the box keeps but does not use. */
export interface SetAside {
  /** Of settings `settings`, and `id` is the feature. */
  readonly kind: string
  readonly id: string
  readonly rev: number
  /** As a person calls it. */
  readonly label: string
  readonly why: string
  /** Field → what is wrong with it. */
  readonly faults: Readonly<Record<string, string>>
  /** As it is kept; secrets are references. */
  readonly value: object
  /** Whether a feature of this version knows the kind. */
  readonly known: boolean
}

/** The document and the vault. */
export interface Store extends StoreView {
  /** A fresh identity of this kind: the kind itself, or its name. */
  newId<K extends string>(kind: { readonly prefix: string } | K): Id<K>
  /**
   * The only write. Validated whole, applied whole or not at all; resolves when durable.
   * Throws PbxError `store.invalid` (fields), `store.conflict`, `store.in-use` (who points here), `store.number-taken`.
   */
  change(request: ChangeRequest): Promise<ChangeSet>
  /** Takes a change set back as a new one; throws `store.undo-blocked` naming the later change that stands in its way. */
  undo(rev: number, author: Who): Promise<ChangeSet>
  /** Newest first. */
  history(limit: number, before?: number): readonly ChangeSet[]
  /** A vault secret by its reference; only for the parts that speak the protocol that needs it. */
  secret(reference: string): string | undefined
  /** Called after each applied change set, in order. */
  onChange(observer: (change: ChangeSet) => void): () => void
  /** One that is set aside, with everything that is wrong with it. */
  aside(kind: string, id: string): SetAside | undefined
  /** Resources set aside because they fail their schema or point nowhere. */
  setAside(): readonly { readonly kind: string; readonly id: string; readonly why: string }[]
  /**
   * Emergency numbers: from now on no dialable field may hold or begin one, except of the kind `owner`. Replaces what `owner` reserved before.
   * Returns those that somebody holds already, for a problem: they keep them, and the switch answers the emergency number first.
   */
  reserveNumbers(
    numbers: readonly string[],
    owner: string,
  ): readonly { readonly number: string; readonly kind: string; readonly id: string }[]
  /** Whether this number, as dialled, is reserved: an emergency number, or its test. */
  reserves(number: string): boolean
  /** Dialable numbers that begin another one: a phone that dials digit by digit may stop at the shorter. A warning, never refused. */
  overlaps(): readonly { readonly number: string; readonly begins: string }[]
}

/** What the host tells the store about destinations and actions, once their features run. Of unknown kinds nothing is said: they are kept. */
export interface RegistryChecks {
  /** What is wrong with it and the remedy; undefined when it is right or its kind unknown. */
  destination(destination: Destination): string | undefined
  /** Field of the params → what is wrong and the remedy. */
  action(action: ActionRef): Record<string, string>
  /** The schema of an action kind's params: pointers and secrets inside them count like any other. */
  params(kind: string): TSchema | undefined
  /** The networks of this box, for fields that name one (`x-network`). */
  networks(): readonly Network[]
}

/** The store as the host holds it. */
export interface HostStore extends Store {
  /** From now on what holds destinations and actions is checked by these when saved. Called once at start, after the features registered theirs. */
  useRegistry(checks: RegistryChecks): void
}
