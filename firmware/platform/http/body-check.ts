// What comes in from a browser is checked against a schema before anything else sees it; each fault names its field and the remedy.
import { Compile, type Validator } from 'typebox/compile'
import { Value } from 'typebox/value'
import { PbxError } from '../../kernel/errors.ts'
import type { Static, TSchema } from '../../kernel/schema.ts'
import { fieldErrors } from '../store/field-errors.ts'

/** Checks bodies against schemas, each compiled once. */
export class BodyCheck {
  readonly #compiled = new WeakMap<TSchema, Validator>()

  /** The body as the schema's type, defaults filled in; throws `web.invalid` (400) with field → fault and remedy. */
  body<T extends TSchema>(schema: T, body: unknown): Static<T> {
    const value = Value.Default(schema, body === undefined ? undefined : structuredClone(body))
    const compiled = this.#compiledOf(schema)
    if (compiled.Check(value)) return value as Static<T>
    const { '': whole, ...fields } = fieldErrors(compiled.Errors(value), schema as Readonly<Record<string, unknown>>)
    throw new PbxError('web.invalid', whole === undefined ? 'some fields are not right' : `the request ${whole}`, {
      fields,
    })
  }

  /** A query string: as `body`, with numbers and yes/no read from their text. */
  query<T extends TSchema>(schema: T, query: unknown): Static<T> {
    return this.body(schema, Value.Convert(schema, structuredClone({ ...(query as object) })))
  }

  #compiledOf(schema: TSchema): Validator {
    const known = this.#compiled.get(schema)
    if (known) return known
    const made = Compile(schema) as unknown as Validator
    this.#compiled.set(schema, made)
    return made
  }
}
