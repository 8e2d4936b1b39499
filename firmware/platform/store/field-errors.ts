// What is wrong with a field, in the words of a person, with the remedy: never a keyword of JSON schema, never the value itself.
import type { TLocalizedValidationError } from 'typebox/error'
import type { Node } from './shape.ts'

/** Field path → one sentence. The first error of a field counts. */
export function fieldErrors(errors: readonly TLocalizedValidationError[], schema: Node): Record<string, string> {
  const fields: Record<string, string> = {}
  const unions = errors.filter(e => e.keyword === 'anyOf' || e.keyword === 'oneOf').map(e => e.instancePath)
  for (const e of errors) {
    if (e.keyword === 'required') {
      for (const name of e.params.requiredProperties) fields[join(e.instancePath, name)] ??= 'is missing: fill it in'
      continue
    }
    if (e.keyword === 'additionalProperties') {
      for (const name of e.params.additionalProperties) fields[join(e.instancePath, name)] ??= UNKNOWN_FIELD
      continue
    }
    const inUnion =
      unions.some(path => e.instancePath.startsWith(path)) && e.keyword !== 'anyOf' && e.keyword !== 'oneOf'
    if (!inUnion) fields[join(e.instancePath)] ??= sentence(e, nodeAt(schema, e.schemaPath))
  }
  if (Object.keys(fields).length === 0) fields[''] = 'does not have the expected form: check every field'
  return fields
}

const UNKNOWN_FIELD = 'is not a field of this kind: leave it out'

const join = (pointer: string, name?: string): string =>
  [...pointer.split('/').slice(1), ...(name === undefined ? [] : [name])]
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')

/** The part of the schema that an error speaks of. */
function nodeAt(schema: Node, schemaPath: string): Node {
  let node: unknown = schema
  for (const part of schemaPath.split('/').slice(1)) {
    if (typeof node !== 'object' || node === null) return {}
    node = (node as Node)[part.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return typeof node === 'object' && node !== null ? (node as Node) : {}
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'must be text',
  number: 'must be a number',
  integer: 'must be a whole number',
  boolean: 'must be yes or no',
  array: 'must be a list',
  object: 'must be a group of fields',
  null: 'must be empty',
}

function sentence(e: TLocalizedValidationError, node: Node): string {
  const unit = typeof node['x-unit'] === 'string' ? ` ${node['x-unit']}` : ''
  switch (e.keyword) {
    case 'type':
      return TYPES[String(e.params.type)] ?? 'has the wrong type: check what was entered'
    case 'minLength':
      return Number(e.params.limit) <= 1
        ? 'is empty: fill it in'
        : `is too short: at least ${e.params.limit} characters`
    case 'maxLength':
      return `is too long: at most ${e.params.limit} characters`
    case 'pattern':
      return patternSentence(node)
    case 'minimum':
      return `is too small: at least ${e.params.limit}${unit}`
    case 'exclusiveMinimum':
      return `is too small: more than ${e.params.limit}${unit}`
    case 'maximum':
      return `is too large: at most ${e.params.limit}${unit}`
    case 'exclusiveMaximum':
      return `is too large: less than ${e.params.limit}${unit}`
    case 'multipleOf':
      return `must be a multiple of ${e.params.multipleOf}${unit}`
    case 'minItems':
      return `has too few entries: at least ${e.params.limit}`
    case 'maxItems':
      return `has too many entries: at most ${e.params.limit}`
    case 'uniqueItems':
      return 'lists the same entry twice: remove one'
    case 'boolean':
      return UNKNOWN_FIELD
    case 'enum':
    case 'const':
    case 'anyOf':
    case 'oneOf':
      return choiceSentence(node)
    default:
      return `is not as expected: ${e.message}`
  }
}

function patternSentence(node: Node): string {
  if (node['x-dial-number'] === true) return 'is not a number one can dial: use 1 to 16 digits, * or #'
  if (typeof node['x-ref'] === 'string') return `must name one ${node['x-ref']}: pick it from the list`
  if (node.pattern === '\\S') return 'is empty: fill it in'
  return typeof node.description === 'string'
    ? `is not in the expected form: ${node.description}`
    : 'is not in the expected form'
}

function choiceSentence(node: Node): string {
  const of = Array.isArray(node.anyOf) ? node.anyOf : Array.isArray(node.oneOf) ? node.oneOf : [node]
  const words = of.flatMap((n: Node) => ('const' in n ? [n.const] : Array.isArray(n.enum) ? n.enum : []))
  return words.length > 0
    ? `must be one of: ${words.join(', ')}`
    : 'has none of the allowed forms: check what was chosen'
}
