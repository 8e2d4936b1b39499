// Schemas as the browser reads them: which control a field wants, and what a new value looks like.

/** A JSON schema as the box sends it. */
export interface Node {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Node[]
  readonly oneOf?: readonly Node[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly items?: Node
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly format?: string
  readonly 'x-ref'?: string
  readonly 'x-secret'?: boolean
  readonly 'x-hashed'?: boolean
  readonly 'x-hidden'?: boolean
  readonly 'x-unit'?: string
  readonly 'x-advanced'?: boolean
  readonly 'x-destination'?: boolean
  readonly 'x-action'?: boolean
  readonly 'x-permissions'?: boolean
  readonly 'x-dial-number'?: boolean
  /** A network of the box, or one of these words. */
  readonly 'x-network'?: readonly string[]
  /** A terminal of the board. */
  readonly 'x-board'?: Terminal
}

export type Terminal = 'input' | 'output' | 'amplifier'
export type Fields = Readonly<Record<string, unknown>>

/** What a field is drawn as. */
export type Control =
  | { readonly as: 'ref'; readonly kind: string }
  | { readonly as: 'refs'; readonly kind: string }
  | { readonly as: 'terminal' | 'terminals'; readonly use: Terminal }
  | { readonly as: 'network'; readonly words: readonly string[] }
  | { readonly as: 'choice'; readonly options: readonly Option[] }
  | { readonly as: 'choices'; readonly options: readonly Option[] }
  | { readonly as: 'variants'; readonly variants: readonly Variant[] }
  | {
      readonly as:
        | 'secret'
        | 'destination'
        | 'action'
        | 'permissions'
        | 'yes-no'
        | 'number'
        | 'text'
        | 'long-text'
        | 'words'
        | 'list'
        | 'group'
        | 'raw'
    }
export interface Option {
  readonly value: string
  readonly label: string
}
export interface Variant {
  readonly label: string
  readonly node: Node
}

const LONG = 200

export function controlOf(node: Node): Control {
  if (node['x-secret']) return { as: 'secret' }
  if (node['x-ref'] !== undefined) return { as: 'ref', kind: node['x-ref'] }
  if (node['x-board'] !== undefined) return { as: 'terminal', use: node['x-board'] }
  if (node['x-network'] !== undefined) return { as: 'network', words: node['x-network'] }
  if (node['x-destination']) return { as: 'destination' }
  if (node['x-action']) return { as: 'action' }
  if (node['x-permissions']) return { as: 'permissions' }
  const options = optionsOf(node)
  if (options) return { as: 'choice', options }
  const variants = node.anyOf ?? node.oneOf
  if (variants) return { as: 'variants', variants: variants.map(variantOf) }
  return byType(node)
}

function byType(node: Node): Control {
  switch (node.type) {
    case 'boolean':
      return { as: 'yes-no' }
    case 'number':
    case 'integer':
      return { as: 'number' }
    case 'string':
      return { as: (node.maxLength ?? 0) >= LONG ? 'long-text' : 'text' }
    case 'array':
      return listControl(node.items ?? {})
    case 'object':
      return { as: node.properties ? 'group' : 'raw' }
    default:
      return { as: 'raw' }
  }
}

function listControl(items: Node): Control {
  if (items['x-board'] !== undefined) return { as: 'terminals', use: items['x-board'] }
  if (items['x-ref'] !== undefined) return { as: 'refs', kind: items['x-ref'] }
  const options = optionsOf(items)
  if (options) return { as: 'choices', options }
  return { as: items.type === 'string' ? 'words' : 'list' }
}

/** The values of a field that is one of a few words. */
function optionsOf(node: Node): readonly Option[] | undefined {
  if (node.enum) return node.enum.map(value => ({ value: String(value), label: String(value) }))
  const branches = node.anyOf ?? node.oneOf
  if (!branches || branches.length === 0 || !branches.every(branch => branch.const !== undefined)) return undefined
  return branches.map(branch => ({ value: String(branch.const), label: branch.title ?? String(branch.const) }))
}

const variantOf = (node: Node, index: number): Variant => {
  const marks = Object.values(node.properties ?? {}).filter(child => child.const !== undefined)
  return { label: node.title ?? (marks.map(child => String(child.const)).join(' ') || `${index + 1}`), node }
}

/** The variant that a value is of: the one whose fixed fields agree. */
export function variantIndex(variants: readonly Variant[], value: unknown): number {
  const held = (value ?? {}) as Fields
  const agrees = ({ node }: Variant) => {
    const properties = Object.entries(node.properties ?? {})
    const fixed = properties.filter(([, child]) => child.const !== undefined)
    if (fixed.length > 0) return fixed.every(([name, child]) => held[name] === child.const)
    return (node.required ?? []).every(name => held[name] !== undefined)
  }
  return Math.max(0, variants.findIndex(agrees))
}

/** A value to start a form with. */
export function initialOf(node: Node): unknown {
  if (node.default !== undefined) return structuredClone(node.default)
  if (node.const !== undefined) return node.const
  if (node['x-action'] || node['x-destination']) return undefined
  const control = controlOf(node)
  if (control.as === 'group') return initialFields(node)
  if (control.as === 'list' || control.as === 'words' || control.as === 'refs' || control.as === 'choices') return []
  if (control.as === 'permissions' || control.as === 'terminals') return []
  if (control.as === 'yes-no') return false
  if (control.as === 'variants') return initialOf(control.variants[0]?.node ?? {})
  if (control.as === 'choice') return control.options[0]?.value
  return undefined
}

export function initialFields(node: Node): Fields {
  const required = new Set(node.required ?? [])
  const made = Object.entries(node.properties ?? {}).map(([name, child]): [string, unknown] => [
    name,
    required.has(name) || child.default !== undefined ? initialOf(child) : undefined,
  ])
  return Object.fromEntries(made.filter(([, value]) => value !== undefined))
}

/** A list's columns: the label first, then what says most in few letters. */
export function columnsOf(schema: Node, label: string): readonly string[] {
  const simple = Object.entries(schema.properties ?? {}).filter(([name, node]) => {
    if (name === label || node['x-advanced'] || node['x-secret'] || node['x-hidden']) return false
    const { as } = controlOf(node)
    return (
      as === 'ref' || as === 'choice' || as === 'yes-no' || as === 'number' || as === 'text' || as === 'destination'
    )
  })
  return [label, ...simple.map(([name]) => name)].slice(0, 6)
}

/** The value without what no control could show: a damaged field begins anew. */
export function fitting(schema: Node, value: Fields): Fields {
  return Object.fromEntries(
    Object.entries(value).filter(([name, held]) => {
      const node = schema.properties?.[name]
      return node === undefined || fits(node, held)
    }),
  )
}

function fits(node: Node, held: unknown): boolean {
  switch (node.type) {
    case 'string':
      return typeof held === 'string'
    case 'number':
    case 'integer':
      return typeof held === 'number'
    case 'boolean':
      return typeof held === 'boolean'
    case 'array':
      return Array.isArray(held) && held.every(one => fits(node.items ?? {}, one))
    case 'object':
      return (
        typeof held === 'object' &&
        held !== null &&
        Object.entries(held).every(([name, one]) => fits(node.properties?.[name] ?? {}, one))
      )
    default:
      return true
  }
}
