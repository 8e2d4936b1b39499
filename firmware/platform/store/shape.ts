// What a schema says about a stored value: which fields point, dial, name, hide; found in nested objects, lists and unions.
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import Value from 'typebox/value'
import type { OnDelete } from '../../kernel/schema.ts'
import { fieldErrors } from './field-errors.ts'

/** A JSON schema as data. */
export type Node = Readonly<Record<string, unknown>>
/** A stored value without its identity. */
export type Raw = Readonly<Record<string, unknown>>
export type Path = readonly (string | number)[]

/** One marked field found in one value. */
export interface Mark {
  readonly what: 'ref' | 'number' | 'unique' | 'secret' | 'destination' | 'action' | 'network'
  readonly path: Path
  readonly node: Node
  readonly value: unknown
}

/** The schema of an action's parameters, so that pointers inside them count too; undefined: an unknown kind. */
export type ParamsOf = (actionKind: string) => TSchema | undefined

/** How a path is written in errors and uses: `members.2.zone`. */
export const pathText = (path: Path): string => path.join('.')

/** One schema, compiled once. */
export class Shape {
  readonly #schema: TSchema
  readonly #stored: Node
  readonly #check: Validator

  constructor(schema: TSchema) {
    this.#schema = schema
    this.#stored = relaxed(schema as unknown as Node)
    this.#check = Compile(this.#stored as unknown as TSchema)
  }

  /** A copy with the defaults of the schema filled in. */
  filled(raw: Raw): Raw {
    return Value.Default(this.#schema, structuredClone(raw)) as Raw
  }

  /** Field path → what is wrong and the remedy; empty when the value is right. Secrets count as references here. */
  errors(value: Raw): Record<string, string> {
    return this.#check.Check(value) ? {} : fieldErrors(this.#check.Errors(value), this.#stored)
  }

  accepts(value: Raw): boolean {
    return this.#check.Check(value)
  }

  marks(value: Raw, paramsOf: ParamsOf): Mark[] {
    const found = new Map<string, Mark>()
    walk(this.#stored, value, [], { found, paramsOf })
    return [...found.values()]
  }
}

/** What becomes of a mark's field when its target goes. */
export const onDeleteOf = (mark: Mark): OnDelete => (mark.node['x-on-delete'] as OnDelete | undefined) ?? 'refuse'

/** The identity that a mark points at, if it does. */
export function targetOf(mark: Mark): string | undefined {
  if (mark.what === 'ref') return typeof mark.value === 'string' ? mark.value : undefined
  if (mark.what !== 'destination') return undefined
  const id = (mark.value as { id?: unknown } | null)?.id
  return typeof id === 'string' && IDENTITY.test(id) ? id : undefined
}

/** The form of every identity; MODEL section 3. */
export const IDENTITY = /^[a-z]+_[a-z0-9]{26}$/

/** Secrets are stored as references, which must not be held against the pattern or length asked of the secret itself. */
function relaxed(node: Node): Node {
  if (node['x-secret'] === true) return { type: 'string', 'x-secret': true, 'x-plain': node }
  const copy: Record<string, unknown> = { ...node }
  for (const key of ['properties', 'patternProperties'] as const) {
    const children = node[key]
    if (isObject(children)) copy[key] = Object.fromEntries(Object.entries(children).map(([k, v]) => [k, inner(v)]))
  }
  for (const key of ['items', 'additionalProperties', 'anyOf', 'oneOf', 'allOf', 'prefixItems'] as const)
    if (node[key] !== undefined) copy[key] = inner(node[key])
  return copy
}

const inner = (child: unknown): unknown =>
  Array.isArray(child) ? child.map(inner) : isObject(child) ? relaxed(child) : child

interface Walk {
  readonly found: Map<string, Mark>
  readonly paramsOf: ParamsOf
}

function walk(node: unknown, value: unknown, path: Path, o: Walk): void {
  if (!isObject(node) || value === undefined || value === null) return
  const what = markOf(node)
  if (what && (typeof value === 'string' || what === 'destination' || what === 'action'))
    o.found.set(`${what} ${pathText(path)}`, { what, path, node, value })
  if (what === 'action') walkAction(value, path, o)
  for (const branch of branches(node, value)) walk(branch, value, path, o)
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      walk(itemNode(node, i), item, [...path, i], o)
    })
    return
  }
  if (isObject(value)) for (const [key, v] of Object.entries(value)) walk(propertyNode(node, key), v, [...path, key], o)
}

function walkAction(value: unknown, path: Path, o: Walk): void {
  if (!isObject(value) || typeof value.kind !== 'string') return
  const params = o.paramsOf(value.kind)
  if (params) walk(relaxed(params as unknown as Node), value.params, [...path, 'params'], o)
}

function markOf(node: Node): Mark['what'] | undefined {
  if (typeof node['x-ref'] === 'string') return 'ref'
  if (node['x-dial-number'] === true) return 'number'
  if (node['x-secret'] === true) return 'secret'
  if (node['x-destination'] === true) return 'destination'
  if (node['x-action'] === true) return 'action'
  if (Array.isArray(node['x-network'])) return 'network'
  return node['x-unique'] === true ? 'unique' : undefined
}

/** Of a union only the branches that the value satisfies say anything about it. */
function branches(node: Node, value: unknown): unknown[] {
  const either = [node.anyOf, node.oneOf].filter(Array.isArray).flat()
  const all = Array.isArray(node.allOf) ? node.allOf : []
  return [...all, ...either.filter(branch => Value.Check(branch as TSchema, value))]
}

function itemNode(node: Node, index: number): unknown {
  const tuple = Array.isArray(node.prefixItems) ? node.prefixItems : Array.isArray(node.items) ? node.items : undefined
  return tuple ? (tuple[index] ?? node.additionalItems) : node.items
}

function propertyNode(node: Node, key: string): unknown {
  if (isObject(node.properties) && key in node.properties) return node.properties[key]
  if (isObject(node.patternProperties))
    for (const [pattern, child] of Object.entries(node.patternProperties))
      if (new RegExp(pattern).test(key)) return child
  return node.additionalProperties
}

export const isObject = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === 'object' && v !== null && !Array.isArray(v)
