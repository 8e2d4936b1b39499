// Secrets on their way between browser and vault: plain text goes in once, nothing comes out again.
import { PbxError } from '../../kernel/errors.ts'
import type { TSchema } from '../../kernel/schema.ts'
import type { Accounts } from './ports.ts'

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly 'x-secret'?: boolean
  /** Kept as a password hash: not even the box can read it again. */
  readonly 'x-hashed'?: boolean
  /** Of the box's own making: neither shown nor written over the API. */
  readonly 'x-hidden'?: boolean
}
type Fields = Record<string, unknown>

/** A resource as a browser sees it: its fields without secrets, and the paths of those that are set. */
export interface Shown {
  readonly value: Readonly<Record<string, unknown>>
  readonly secrets: readonly string[]
}

/** Takes the secrets, and the identity, out of what is stored. */
export function withoutSecrets(schema: TSchema, stored: object): Shown {
  const { id: _id, rev: _rev, ...value } = structuredClone(stored) as Fields
  const secrets: string[] = []
  visit(schema as Node, value, '', found => {
    if (found.holder[found.name] !== undefined && !found.node['x-hidden']) secrets.push(found.path)
    delete found.holder[found.name]
  })
  return { value, secrets }
}

/**
 * What a browser sent, made fit for the store: a secret that was not sent stays as it was, `null` removes it, passwords
 * are hashed. Throws `web.invalid` naming a secret that is no text or too short.
 */
export async function withSecrets(
  schema: TSchema,
  sent: Readonly<Record<string, unknown>>,
  o: { before: object | undefined; accounts: Accounts },
): Promise<Record<string, unknown>> {
  const value = structuredClone(sent) as Fields
  const hashing: Promise<void>[] = []
  visit(schema as Node, value, '', ({ holder, name, node, path }) => {
    const given = node['x-hidden'] ? undefined : holder[name]
    const kept = at(o.before, path)
    if (given === undefined || given === '') {
      if (kept === undefined) delete holder[name]
      else holder[name] = kept
      return
    }
    if (given === null) {
      delete holder[name]
      return
    }
    const text = checkedText(path, node, given)
    holder[name] = text
    if (node['x-hashed']) hashing.push(hashInto(holder, name, o.accounts.hash(text)))
  })
  await Promise.all(hashing)
  return value
}

interface Found {
  readonly holder: Fields
  readonly name: string
  readonly node: Node
  readonly path: string
}

/** Finds the places of secrets, set or not, in nested groups and lists. */
function visit(node: Node, value: unknown, path: string, found: (one: Found) => void): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      if (node.items) visit(node.items, item, `${path}${index}.`, found)
    })
    return
  }
  if (typeof value !== 'object' || value === null) return
  const holder = value as Fields
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    if (child['x-secret']) found({ holder, name, node: child, path: `${path}${name}` })
    else visit(child, holder[name], `${path}${name}.`, found)
  }
}

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((held, name) => (held as Fields | undefined | null)?.[name], value)

function checkedText(path: string, node: Node, given: unknown): string {
  const shortest = node['x-hashed'] ? 10 : 1
  if (typeof given === 'string' && given.length >= shortest && given.length <= 4_096) return given
  throw new PbxError('web.invalid', 'some fields are not right', {
    fields: { [path]: `is not right: give at least ${shortest} characters` },
  })
}

async function hashInto(holder: Fields, name: string, hash: Promise<string>): Promise<void> {
  holder[name] = await hash
}
