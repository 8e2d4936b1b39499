// What a value points at and which numbers it owns, read from its schema alone: a second opinion on what the store says.
import type { TSchema } from '../kernel/schema.ts'

/** A field with a meaning of its own. */
export interface Marked {
  readonly path: string
  readonly means: 'ref' | 'number' | 'secret' | 'destination' | 'action'
  /** Of a reference: the kind that it points at. */
  readonly kind: string
  readonly value: unknown
}

type Node = Readonly<Record<string, unknown>>
const MARKS = {
  'x-ref': 'ref',
  'x-dial-number': 'number',
  'x-secret': 'secret',
  'x-destination': 'destination',
  'x-action': 'action',
} as const

/** Every marked field of a value, in arrays and unions too. */
export function marked(schema: TSchema, value: unknown, path = ''): readonly Marked[] {
  const node = schema as unknown as Node
  if (value === undefined || value === null) return []
  const mark = (Object.keys(MARKS) as (keyof typeof MARKS)[]).find(key => node[key])
  if (mark !== undefined) {
    const kind = typeof node[mark] === 'string' ? node[mark] : ''
    return [{ path, means: MARKS[mark], kind, value }]
  }
  return [...insideUnion(node, value, path), ...insideArray(node, value, path), ...insideObject(node, value, path)]
}

function insideUnion(node: Node, value: unknown, path: string): readonly Marked[] {
  const branches = [node.anyOf, node.oneOf, node.allOf].flatMap(one => (Array.isArray(one) ? (one as TSchema[]) : []))
  const found = branches.flatMap(branch => marked(branch, value, path))
  const seen = new Map(found.map(one => [`${one.path} ${one.means}`, one]))
  return [...seen.values()]
}

const insideArray = (node: Node, value: unknown, path: string): readonly Marked[] =>
  Array.isArray(value) && node.items
    ? value.flatMap((item, index) => marked(node.items as TSchema, item, `${path}[${index}]`))
    : []

function insideObject(node: Node, value: unknown, path: string): readonly Marked[] {
  if (typeof value !== 'object' || value === null || typeof node.properties !== 'object') return []
  return Object.entries(node.properties as Record<string, TSchema>).flatMap(([key, schema]) =>
    marked(schema, (value as Record<string, unknown>)[key], path === '' ? key : `${path}.${key}`),
  )
}
