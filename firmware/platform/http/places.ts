// Where the things of the document stand: in which site, in which zones, in which department. Remembered until it changes.
import type { TSchema } from '../../kernel/schema.ts'
import type { Thing } from '../../kernel/things.ts'
import { type Raw, Shape, targetOf } from '../store/shape.ts'
import { type AnyKind, type Found, kindsOf } from './catalogue.ts'
import type { WebBox } from './ports.ts'

/** A place as a grant's scope knows it: scope → the ids of those that it lies in; a grant for one of them covers it. */
export type Spot = Readonly<Record<string, readonly string[]>>

/** Kinds that a grant can be limited to. */
export const SCOPES: readonly string[] = ['site', 'zone', 'department']
/** Kinds that stand somewhere, so that what points at them is where they are. */
const STANDING: readonly string[] = ['location', 'device']
const ANCHORS: readonly string[] = [...SCOPES, ...STANDING]
/** A chain of places longer than this is a circle. */
const DEEPEST = 20

/** What is known of one revision of the document. */
interface Known {
  readonly revision: number
  readonly kinds: ReadonlyMap<string, Found>
  /** `kind id` → the zones that hold it, directly or by another zone. */
  readonly zones: ReadonlyMap<string, readonly string[]>
  readonly spots: Map<string, readonly Spot[]>
}
type Valued = { readonly kind: AnyKind; readonly value: object }

export class Places {
  readonly #box: Pick<WebBox, 'store' | 'describe'>
  readonly #shapes = new WeakMap<object, Shape>()
  #known: Known | undefined

  constructor(box: Pick<WebBox, 'store' | 'describe'>) {
    this.#box = box
  }

  /** All that grants can be limited to, of one kind. */
  idsOf(scope: string): readonly string[] {
    const found = this.#now().kinds.get(scope)
    return found === undefined ? [] : this.#box.store.all(found.kind).map(({ id }) => id)
  }

  /** Every place that a thing touches. What points nowhere is nowhere: no limited grant covers it. */
  of(thing: Thing): readonly Spot[] {
    return this.#at(thing, DEEPEST)
  }

  /** As {@link of}, for a value that may not be kept yet. */
  ofValue(o: Valued): readonly Spot[] {
    return this.#spots(o, DEEPEST)
  }

  /** Every place that the references of a message touch. */
  ofInput(schema: TSchema, input: unknown): readonly Spot[] {
    return this.#pointers(schema, input as Raw).flatMap(thing => this.#at(thing, DEEPEST))
  }

  /** Whether messages of this shape can name something that stands somewhere. */
  canName(schema: TSchema): boolean {
    const { kinds } = this.#now()
    return refsIn(schema).some(name => {
      const kind = kinds.get(name)?.kind
      return kind !== undefined && (ANCHORS.includes(name) || refsIn(kind.schema).some(ref => ANCHORS.includes(ref)))
    })
  }

  #at(thing: Thing, depth: number): readonly Spot[] {
    const { kinds, spots } = this.#now()
    const before = spots.get(keyOf(thing))
    if (before) return before
    const found = kinds.get(thing.kind)
    const value = found && this.#box.store.get(found.kind, thing.id)
    const now = found && value ? this.#spots({ kind: found.kind, value }, depth) : []
    // What was cut short in a circle is not what it is from elsewhere.
    if (depth === DEEPEST) spots.set(keyOf(thing), now)
    return now
  }

  #spots(o: Valued, depth: number): readonly Spot[] {
    const { kind } = o.kind
    const { id } = o.value as { id?: string }
    const around = depth === 0 ? [] : this.#around(o.kind.schema, o.value as Raw, depth)
    const zones = id === undefined ? [] : (this.#now().zones.get(keyOf({ kind, id })) ?? [])
    if (kind === 'zone') return inZones(around, id === undefined ? zones : [id, ...zones])
    if (kind === 'site' || kind === 'department') return id === undefined ? [] : [{ zone: zones, [kind]: [id] }]
    if (!STANDING.includes(kind)) return around
    // A zone that holds the hall, or the site, holds what stands there.
    return inZones(around, [...new Set([...zones, ...around.flatMap(spot => spot.zone ?? [])])])
  }

  #around(schema: TSchema, value: Raw, depth: number): readonly Spot[] {
    return this.#pointers(schema, value)
      .filter(({ kind }) => ANCHORS.includes(kind))
      .flatMap(thing => this.#at(thing, depth - 1))
  }

  #now(): Known {
    const { revision } = this.#box.store
    if (this.#known?.revision === revision) return this.#known
    const kinds = kindsOf(this.#box as WebBox)
    this.#known = { revision, kinds, zones: this.#zones(kinds.get('zone')), spots: new Map() }
    return this.#known
  }

  #zones(found: Found | undefined): ReadonlyMap<string, readonly string[]> {
    const direct = new Map<string, string[]>()
    if (found === undefined) return direct
    for (const zone of this.#box.store.all(found.kind))
      for (const member of this.#pointers(found.kind.schema, zone as unknown as Raw))
        direct.set(keyOf(member), [...(direct.get(keyOf(member)) ?? []), zone.id])
    return new Map([...direct].map(([key, zones]) => [key, closed(zones, direct)]))
  }

  /** Actions are left out: what a plan does is more than the places that it names. */
  #pointers(schema: TSchema, value: Raw): readonly Thing[] {
    const shape = this.#shapes.get(schema) ?? new Shape(schema)
    this.#shapes.set(schema, shape)
    return shape
      .marks(value, () => undefined)
      .flatMap(mark => {
        const id = targetOf(mark)
        return mark.what === 'ref' && id !== undefined ? [{ kind: String(mark.node['x-ref']), id }] : []
      })
  }
}

const keyOf = ({ kind, id }: Thing): string => `${kind} ${id}`

/** The kinds that a shape points at, however deep. */
const refsIn = (schema: TSchema): readonly string[] =>
  [...JSON.stringify(schema).matchAll(/"x-ref":"([^"]+)"/g)].map(([, kind]) => kind ?? '')

/** The same places, in these zones; what is in zones only is there. */
function inZones(around: readonly Spot[], zone: readonly string[]): readonly Spot[] {
  if (around.length > 0) return around.map(spot => ({ ...spot, zone }))
  return zone.length > 0 ? [{ zone }] : []
}

/** These zones and those that hold them. */
function closed(zones: readonly string[], direct: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const all = new Set(zones)
  for (const id of all) for (const outer of direct.get(keyOf({ kind: 'zone', id })) ?? []) all.add(outer)
  return [...all]
}
