// Checking values that come from outside against their schema, with the remedy per field.
import { Value } from 'typebox/value'
import { PbxError } from './errors.ts'
import type { TSchema } from './schema.ts'

/** Field path (`a.b`) → what is wrong; empty when the value fits. */
export function faultsOf(schema: TSchema, value: unknown): Record<string, string> {
  if (Value.Check(schema, value)) return {}
  const faults: Record<string, string> = {}
  for (const fault of Value.Errors(schema, value)) {
    const path = fault.instancePath.slice(1).replaceAll('/', '.') || 'value'
    faults[path] ??= fault.message
  }
  return Object.keys(faults).length ? faults : { value: 'does not fit what is expected here' }
}

/** The value, or PbxError `code` with the fields at fault. */
export function checked<T>(schema: TSchema, value: unknown, code: string): T {
  const fields = faultsOf(schema, value)
  if (Object.keys(fields).length) {
    const list = Object.entries(fields).map(([field, text]) => `${field} ${text}`)
    throw new PbxError(code, `not valid: ${list.join('; ')}`, { fields })
  }
  return value as T
}
