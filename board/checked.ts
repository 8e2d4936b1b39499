// Reading what others wrote (profile files, commands): every refusal names the field and what it should be.

export class Unacceptable extends Error {
  constructor(field: string, why: string) {
    super(`${field === '' ? 'the whole' : field}: ${why}`)
    this.name = 'Unacceptable'
  }
}

/** A value with the path by which it was reached. */
export interface Field {
  readonly path: string
  readonly value: unknown
}

export const root = (value: unknown): Field => ({ path: '', value })

export function member(of: Field, name: string): Field {
  if (typeof of.value !== 'object' || of.value === null || Array.isArray(of.value)) {
    throw new Unacceptable(of.path, 'must be an object')
  }
  return { path: of.path === '' ? name : `${of.path}.${name}`, value: (of.value as Record<string, unknown>)[name] }
}

/** The member, or undefined when it is absent. */
export function optional<T>(of: Field, name: string, read: (field: Field) => T): T | undefined {
  const field = member(of, name)
  return field.value === undefined ? undefined : read(field)
}

export function text(field: Field): string {
  if (typeof field.value !== 'string' || field.value === '' || field.value.length > 4096) {
    throw new Unacceptable(field.path, 'must be a text of 1 to 4096 characters')
  }
  return field.value
}

export function whole(from: number, to: number): (field: Field) => number {
  return field => {
    const { value } = field
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to) return value
    throw new Unacceptable(field.path, `must be a whole number from ${from} to ${to}`)
  }
}

export function oneOf<const T extends string>(...allowed: readonly T[]): (field: Field) => T {
  return field => {
    const found = allowed.find(a => a === field.value)
    if (found === undefined) throw new Unacceptable(field.path, `must be one of ${allowed.join(', ')}`)
    return found
  }
}

export function list<T>(field: Field, longest: number, read: (field: Field) => T): readonly T[] {
  if (!Array.isArray(field.value)) throw new Unacceptable(field.path, 'must be a list')
  if (field.value.length > longest) throw new Unacceptable(field.path, `must have at most ${longest} entries`)
  return field.value.map((value: unknown, i) => read({ path: `${field.path}[${i}]`, value }))
}

/** The text, if it is one of the known ones; `what` names the kind in the refusal. */
export function known(field: Field, names: ReadonlySet<string>, what: string): string {
  const name = text(field)
  if (!names.has(name)) throw new Unacceptable(field.path, `there is no ${what} ${name}`)
  return name
}
