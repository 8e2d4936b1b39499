// Taking a change set back: the former values, if nothing that came later stands in the way.
import { PbxError } from '../../kernel/errors.ts'
import type { ChangeSet, Who } from '../../kernel/store.ts'
import { changesOf, type Draft, judge, same } from './change-plan.ts'
import { type Document, type Fault, frozen } from './document.ts'
import type { Raw } from './shape.ts'

/** Judges an undo; the document is as before when this returns. Throws `store.not-found`, `store.undo-blocked`. */
export function planUndo(
  document: Document,
  rev: number,
  o: { author: Who; now: number; history: readonly ChangeSet[] },
): ChangeSet {
  const undone = o.history.find(change => change.rev === rev)
  if (!undone)
    throw new PbxError('store.not-found', `change ${rev} is not remembered any more and cannot be taken back`, {
      status: 404,
    })
  const drafts = undone.changes.map((change): Draft => {
    const before = document.entry(change.kind, change.id)
    if (!same(before?.raw, change.after)) throw blocked(o.history, { undone, kind: change.kind, id: change.id })
    return { kind: change.kind, id: change.id, before, after: change.before as Raw | undefined, asked: true }
  })
  const [wrong] = judge(document, drafts)
  if (wrong) throw blockedBy(o.history, { undone, fault: wrong.fault, document, draft: wrong.draft })
  return frozen({
    rev: document.revision + 1,
    at: o.now,
    why: `undo of change ${rev}: ${undone.why}`,
    author: { ...o.author },
    undoes: rev,
    changes: changesOf(drafts),
  })
}

interface Target {
  readonly undone: ChangeSet
  readonly kind: string
  readonly id: string
}

function blocked(history: readonly ChangeSet[], o: Target): PbxError {
  const later = history.findLast(
    change => change.rev > o.undone.rev && change.changes.some(c => c.kind === o.kind && c.id === o.id),
  )
  return refusal(o.undone, later, `${o.kind} ${o.id} was changed again`)
}

function blockedBy(
  history: readonly ChangeSet[],
  o: { undone: ChangeSet; fault: Fault; document: Document; draft: Draft },
): PbxError {
  const other = o.fault.other ?? pointedAt(o.draft, history, o.undone.rev)
  const later =
    other &&
    history.findLast(c => c.rev > o.undone.rev && c.changes.some(x => x.kind === other.kind && x.id === other.id))
  return refusal(o.undone, later, `${o.fault.field} ${o.fault.text}`.trim())
}

/** What the former value points at and a later change deleted. */
function pointedAt(
  draft: Draft,
  history: readonly ChangeSet[],
  since: number,
): { kind: string; id: string } | undefined {
  const text = JSON.stringify(draft.after ?? {})
  return history
    .filter(change => change.rev > since)
    .flatMap(change => change.changes)
    .find(change => change.after === undefined && text.includes(`"${change.id}"`))
}

function refusal(undone: ChangeSet, later: ChangeSet | undefined, reason: string): PbxError {
  const name = later ? `change ${later.rev} ("${later.why}") stands in the way` : 'something stands in the way'
  const remedy = later ? `: take change ${later.rev} back first` : ''
  const fields = later ? { blockedBy: String(later.rev) } : {}
  return new PbxError('store.undo-blocked', `change ${undone.rev} cannot be taken back, ${name}: ${reason}${remedy}`, {
    status: 409,
    fields,
  })
}
