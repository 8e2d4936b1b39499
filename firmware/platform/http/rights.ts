// Rights that hold in one place only: where a thing stands, and whether somebody may act on it, or look at it, there.
import { PbxError } from '../../kernel/errors.ts'
import type { TSchema } from '../../kernel/schema.ts'
import type { Who } from '../../kernel/store.ts'
import type { Thing } from '../../kernel/things.ts'
import { type AnyKind, type AnyRoute, labelOf } from './catalogue.ts'
import { Places, SCOPES, type Spot } from './places.ts'
import type { DescribedFeature, WebBox } from './ports.ts'

/** Asked for a thing, a person may act if a grant for everything allows it, or if grants allow it in every place that the thing touches. */
export class Rights {
  readonly #box: Pick<WebBox, 'may' | 'store' | 'describe'>
  readonly #places: Places

  constructor(box: Pick<WebBox, 'may' | 'store' | 'describe'>) {
    this.#box = box
    this.#places = new Places(box)
  }

  /** Whether there is anything on which this person may: for menus and for lists that are narrowed one by one. */
  somewhere(who: Who, verb: string): boolean {
    if (this.#box.may(who, verb)) return true
    return SCOPES.some(scope => this.#places.idsOf(scope).some(id => this.#box.may(who, verb, { [scope]: id })))
  }

  /** Whether a role limited to a place can ever reach this verb; the others need a grant for everything. */
  isPlaced(route: AnyRoute): boolean {
    if (route.on !== undefined || (route.rows !== undefined && route.method === 'GET')) return true
    return route.input !== undefined && this.#places.canName(route.input)
  }

  /** Whether this person can reach the verb at all: everywhere, or with what stands where he may. */
  reaches(who: Who, route: AnyRoute): boolean {
    return this.#box.may(who, route.permission) || (this.isPlaced(route) && this.somewhere(who, route.permission))
  }

  /** All that this person may do, here or there: for menus and buttons. */
  heldBy(who: Who): readonly string[] {
    return this.#box.describe().features.flatMap(feature => {
      const usual = feature.resources.length > 0 ? [`${feature.name}.view`, `${feature.name}.manage`] : []
      const placed = new Set([
        ...usual,
        ...routesOf(feature)
          .filter(one => this.isPlaced(one))
          .map(one => one.permission),
      ])
      return Object.keys(feature.permissions).filter(
        name => this.#box.may(who, name) || (placed.has(name) && this.somewhere(who, name)),
      )
    })
  }

  /** Whether this person may do `verb` to this one. To change a site, zone or department itself needs a grant for everything. */
  on(who: Who, verb: string, o: { readonly kind: AnyKind; readonly value: object }): boolean {
    if (this.#box.may(who, verb)) return true
    if (SCOPES.includes(o.kind.kind) && !verb.endsWith('.view')) return false
    return this.#every(who, verb, this.#places.ofValue(o))
  }

  /** As {@link on}, for all that a message is about; a message about nothing that stands somewhere needs a grant for everything. */
  async onInput(who: Who, route: AnyRoute, input: unknown): Promise<boolean> {
    const verb = route.permission
    if (this.#box.may(who, verb)) return true
    if (route.on !== undefined) return this.#about(who, verb, await route.on(input))
    const schema: TSchema | undefined = route.input
    const named = schema === undefined ? [] : this.#places.ofInput(schema, input)
    // What it answers is narrowed row by row.
    if (named.length === 0 && route.rows !== undefined && route.method === 'GET') return this.somewhere(who, verb)
    return this.#every(who, verb, named)
  }

  /** Whether this person may look at what is about these: one of them is enough, an alarm that reaches my hall is mine to see. */
  sees(who: Who, verb: string, things: readonly Thing[]): boolean {
    return this.#box.may(who, verb) || things.some(thing => this.#every(who, verb, this.#places.of(thing)))
  }

  /** Whether no place stands in the way: for lists, which need not look at each row then. */
  everywhere(who: Who, verb: string): boolean {
    return this.#box.may(who, verb)
  }

  #about(who: Who, verb: string, things: readonly Thing[]): boolean {
    if (verb.endsWith('.view')) return this.sees(who, verb, things)
    return things.length > 0 && things.every(thing => this.#every(who, verb, this.#places.of(thing)))
  }

  #every(who: Who, verb: string, spots: readonly Spot[]): boolean {
    return spots.length > 0 && spots.every(spot => this.#covers(who, verb, spot))
  }

  #covers(who: Who, verb: string, spot: Spot): boolean {
    return SCOPES.some(scope => spot[scope]?.some(id => this.#box.may(who, verb, { [scope]: id })) === true)
  }
}

const routesOf = (feature: DescribedFeature): readonly AnyRoute[] => feature.routes as unknown as readonly AnyRoute[]

/** What a person lacks, and for what. */
export function notHere(verb: string, o?: { readonly kind: AnyKind; readonly value: object }): PbxError {
  const what = o === undefined ? 'here' : `for ${o.kind.title[0]} “${labelOf(o.kind, o.value)}”`
  return new PbxError(
    'web.not-allowed',
    `this needs the permission ${verb} ${what}: ask an administrator for a role that holds it there, or everywhere`,
    { status: 403 },
  )
}
