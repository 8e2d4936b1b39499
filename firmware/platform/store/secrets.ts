// Secrets on their way into the vault: the document gets a reference, never the text.
import { randomInt } from 'node:crypto'
import type { TSchema } from 'typebox'
import Value from 'typebox/value'
import type { Draft } from './change-plan.ts'
import { replaced } from './delete-rules.ts'
import type { Document } from './document.ts'
import { fieldErrors } from './field-errors.ts'
import { isObject, type Mark, type Node, pathText, type Raw } from './shape.ts'

/** Reading the vault: reference → text. */
export type SecretSource = (reference: string) => string | undefined

const REFERENCE = /^sec_[a-z0-9]{26}$/

/** A fresh identity: prefix and 26 random characters. */
export function identity(prefix: string): string {
  const letters = Array.from({ length: 26 }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[randomInt(36)])
  return `${prefix}_${letters.join('')}`
}

/** Takes typed secrets out of a value. A reference that stood there before stays; a foreign one is refused; an empty text clears the field. */
export function takeSecrets(
  document: Document,
  draft: Draft,
  o: { typed: Readonly<Record<string, string>> | undefined; vault: SecretSource },
): { after: Raw | undefined; secrets: Map<string, string>; errors: Record<string, string> } {
  const secrets = new Map<string, string>()
  const errors: Record<string, string> = {}
  const shape = document.shape(draft.kind, draft.id)
  if (draft.after === undefined || !shape) return { after: draft.after, secrets, errors }
  let after = draft.after
  for (const [path, text] of Object.entries(o.typed ?? {}))
    after = written(after, path, { text: text.normalize('NFC'), errors })
  const former = secretMarks(draft.before?.marks ?? [])
  const found = shape.marks(shape.filled(after), k => document.registry.params(k)).filter(m => m.what === 'secret')
  const typed = new Set(found.map(m => pathText(m.path)))
  for (const path of Object.keys(o.typed ?? {})) if (!typed.has(path)) errors[path] ??= 'is not a field for a secret'
  for (const mark of found.reverse()) {
    const reference = referenceFor(mark, { former, vault: o.vault, secrets, errors })
    if (reference !== mark.value) after = replaced(after, mark.path, () => reference)
  }
  return { after, secrets, errors }
}

function referenceFor(
  mark: Mark,
  o: {
    former: ReadonlyMap<string, string>
    vault: SecretSource
    secrets: Map<string, string>
    errors: Record<string, string>
  },
): string | undefined {
  const text = String(mark.value)
  const path = pathText(mark.path)
  if ([...o.former.values()].includes(text)) return text
  if (text === '') return undefined
  if (REFERENCE.test(text)) {
    o.errors[path] = 'refers to a secret of something else: type the secret itself'
    return text
  }
  const plain = mark.node['x-plain'] as TSchema
  if (!Value.Check(plain, text))
    o.errors[path] = fieldErrors(Value.Errors(plain, text), plain as unknown as Node)[''] ?? ''
  const before = o.former.get(path)
  if (before !== undefined && o.vault(before) === text) return before
  const reference = identity('sec')
  o.secrets.set(reference, text)
  return reference
}

const secretMarks = (marks: readonly Mark[]): Map<string, string> =>
  new Map(marks.filter(m => m.what === 'secret').map(m => [pathText(m.path), String(m.value)]))

/** Writes a typed secret at its path; the groups around it must be there. */
function written(raw: Raw, path: string, o: { text: string; errors: Record<string, string> }): Raw {
  const steps = path.split('.')
  let holder: unknown = raw
  for (const step of steps.slice(0, -1))
    holder = isObject(holder) || Array.isArray(holder) ? (holder as Raw)[step] : undefined
  if (isObject(holder) || Array.isArray(holder)) return replaced(raw, steps, () => o.text)
  o.errors[path] = 'is a secret of a field that is not there: send the field too'
  return raw
}
