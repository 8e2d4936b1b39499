// Two people at one resource: who writes over something newer than what he looked at is told which fields differ.
import { PbxError } from '../../kernel/errors.ts'
import type { ChangeSet, Operation } from '../../kernel/store.ts'
import type { Draft } from './change-plan.ts'
import type { Document } from './document.ts'

/** The conflict that an operation runs into, or undefined. */
export function conflictIn(
  document: Document,
  o: { op: Operation; draft: Draft; base: number | undefined; history: readonly ChangeSet[] },
): PbxError | undefined {
  const { op, draft } = o
  const seen = (op.op === 'settings' ? undefined : op.rev) ?? o.base
  const exact = op.op !== 'settings' && op.rev !== undefined
  const what = `${document.title(draft.kind)} "${draft.before ? document.label(draft.before) : draft.id}"`
  if (!draft.before) {
    if (!exact) return undefined
    return new PbxError('store.conflict', `${what} was deleted meanwhile`, { status: 409 })
  }
  if (seen === undefined || draft.before.rev <= seen) return undefined
  const names = fieldsSince(o.history, draft, seen)
  const fields = Object.fromEntries(names.map(name => [name, 'was changed by somebody else meanwhile: look again']))
  const list = names.length > 0 ? `: ${names.join(', ')}` : ''
  return new PbxError('store.conflict', `${what} was changed meanwhile${list}`, { status: 409, fields })
}

/** The fields that others changed since that revision; where history does not reach back, those that differ from what is asked. */
function fieldsSince(history: readonly ChangeSet[], draft: Draft, seen: number): string[] {
  const first = history
    .filter(c => c.rev > seen)
    .flatMap(c => c.changes)
    .find(c => c.kind === draft.kind && c.id === draft.id)
  const reaches = history[0] !== undefined && history[0].rev <= seen + 1
  const then = reaches && first ? (first.before ?? {}) : (draft.after ?? {})
  return differing(then, draft.before?.raw ?? {})
}

function differing(a: object, b: object): string[] {
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    key => JSON.stringify(left[key]) !== JSON.stringify(right[key]),
  )
}
