// Schema kinds of our own on top of typebox: one schema is the TypeScript type, the validation, the form and the page of the manual.
import { type Static, type TSchema, Type } from 'typebox'

export { type Static, type TSchema, Type }

/** An opaque identity: `prefix_` and 26 random characters; made once, never reused, never typed by a person. */
export type Id<Kind extends string> = string & { readonly kind?: Kind }

/** What becomes of a field when the resource it points at is deleted. */
export type OnDelete = 'refuse' | 'clear' | 'with'

/** How a field is shown and worded; all keys are optional and land in the JSON schema for the browser. */
export interface Field {
  /** Label, as a person reads it. */
  title?: string
  /** One sentence of help. */
  description?: string
  default?: unknown
  /** Unit shown behind the value. */
  'x-unit'?: string
  /** Kept out of the short form. */
  'x-advanced'?: boolean
}

/** A pointer to another resource: the only way to point. Draws a picker, feeds the reverse index, obeys its delete rule. */
export const Ref = <K extends string>(kind: K, o: Field & { onDelete?: OnDelete } = {}) => {
  const { onDelete = 'refuse', ...field } = o
  return Type.Unsafe<Id<K>>({
    type: 'string',
    pattern: `^[a-z]+_[a-z0-9]{26}$`,
    'x-ref': kind,
    'x-on-delete': onDelete,
    ...field,
  })
}

/** A secret's name in the vault; the document never holds the secret itself. Over the API it is written as plain text and never read back. */
export const Secret = (field: Field = {}) => Type.Unsafe<string>({ type: 'string', 'x-secret': true, ...field })

/** A number that people dial: digits, `*` and `#`. Unique over the whole number plan. */
export const DialNumber = (field: Field = {}) =>
  Type.Unsafe<string>({ type: 'string', pattern: '^[0-9*#]{1,16}$', 'x-dial-number': true, ...field })

/** A name a person typed; unique within its kind when `unique`. */
export const Name = (field: Field & { unique?: boolean } = {}) => {
  const { unique = true, ...rest } = field
  return Type.Unsafe<string>({
    type: 'string',
    minLength: 1,
    maxLength: 80,
    pattern: '\\S',
    'x-unique': unique,
    ...rest,
  })
}

/** A natural key: unique within its kind, changeable at will. */
export const Unique = (o: { pattern?: string } & Field = {}) =>
  Type.Unsafe<string>({ type: 'string', minLength: 1, maxLength: 120, 'x-unique': true, ...o })

/** A span of time in seconds. */
export const Seconds = (o: Field & { minimum?: number; maximum?: number } = {}) =>
  Type.Unsafe<number>({ type: 'number', minimum: 0, 'x-unit': 's', ...o })

/** Where a call goes: a kind of the registry, the id of what it points at, and options of that kind. */
export interface Destination {
  readonly kind: string
  readonly id: string
  readonly options?: Readonly<Record<string, unknown>>
}
/** A field that holds a {@link Destination}; checked against the registry when saved. */
export const DestinationField = (o: Field & { onDelete?: OnDelete } = {}) => {
  const { onDelete = 'refuse', ...field } = o
  return Type.Unsafe<Destination>({
    type: 'object',
    properties: { kind: { type: 'string' }, id: { type: 'string' }, options: { type: 'object' } },
    required: ['kind', 'id'],
    'x-destination': true,
    'x-on-delete': onDelete,
    ...field,
  })
}

/** What a trigger does: an action kind of the registry and its parameters. */
export interface ActionRef {
  readonly kind: string
  readonly params: Readonly<Record<string, unknown>>
}
/** A field that holds an {@link ActionRef}; its params are checked by the kind's own schema when saved. */
export const ActionField = (field: Field = {}) =>
  Type.Unsafe<ActionRef>({
    type: 'object',
    properties: { kind: { type: 'string' }, params: { type: 'object' } },
    required: ['kind', 'params'],
    'x-action': true,
    ...field,
  })
