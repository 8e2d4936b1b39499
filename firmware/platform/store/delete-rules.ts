// What a deletion carries with it: fields that become empty, memberships and resources that go along; all in the same change set.
import { type Draft, type Drafts, draftKey } from './change-plan.ts'
import { type Document, SETTINGS } from './document.ts'
import { type Mark, onDeleteOf, type Path, type Raw, targetOf } from './shape.ts'

/** Applies `clear` and `with` until nothing more follows. What is left pointing is refused when the drafts are judged. */
export function carryDeletions(document: Document, drafts: Drafts): void {
  const gone = [...drafts.values()].filter(d => d.after === undefined && d.kind !== SETTINGS).map(d => d.id)
  for (let target = gone.pop(); target !== undefined; target = gone.pop())
    for (const pointer of document.pointers(target)) {
      const key = draftKey(pointer.kind, pointer.id)
      const draft = drafts.get(key) ?? { ...pointer, before: pointer, after: pointer.raw, asked: false }
      if (draft.asked || draft.after === undefined) continue
      const after = letGo(document, draft, target)
      if (after === draft.after) continue
      drafts.set(key, { kind: draft.kind, id: draft.id, before: draft.before, after, asked: false })
      if (after === undefined && draft.kind !== SETTINGS) gone.push(draft.id)
    }
}

/** The value without its pointers to the target as far as their rules allow; undefined: it goes with the target. */
function letGo(document: Document, draft: Draft, target: string): Raw | undefined {
  let raw = draft.after
  // Every round takes one pointer away, so that indexes of lists stay right; a value has fewer pointers than this.
  for (let round = 0; raw && round < 10_000; round++) {
    const marks: readonly Mark[] = document.read(draft.kind, draft.id, raw, 0).marks
    const mark = marks.find(m => targetOf(m) === target && onDeleteOf(m) !== 'refuse')
    if (!mark) return raw
    const next = withoutMark(document, { draft, raw, mark })
    if (next === raw) return raw
    raw = next
  }
  return raw
}

function withoutMark(document: Document, o: { draft: Draft; raw: Raw; mark: Mark }): Raw | undefined {
  const { draft, raw, mark } = o
  const item = mark.path.findLastIndex(step => typeof step === 'number')
  if (onDeleteOf(mark) === 'with') {
    if (item >= 0) return without(raw, mark.path.slice(0, item + 1))
    if (draft.kind !== SETTINGS) return undefined
  }
  const cleared = without(raw, mark.path)
  const shape = document.shape(draft.kind, draft.id)
  if (!shape || shape.accepts(shape.filled(cleared))) return cleared
  const empty = replaced(raw, mark.path, () => null)
  return shape.accepts(shape.filled(empty)) ? empty : raw
}

const without = (raw: Raw, path: Path): Raw => replaced(raw, path, () => undefined)

/** A copy with the value at the path replaced; `undefined` takes the field or list entry away. */
export function replaced(raw: Raw, path: Path, by: (old: unknown) => unknown): Raw {
  const copy = structuredClone(raw) as Record<string | number, unknown>
  let holder: Record<string | number, unknown> = copy
  for (const step of path.slice(0, -1)) holder = holder[step] as Record<string | number, unknown>
  const last = path.at(-1)
  if (last === undefined || holder === undefined || holder === null) return copy
  const next = by(holder[last])
  if (next !== undefined) holder[last] = next
  else if (Array.isArray(holder)) holder.splice(Number(last), 1)
  else delete holder[last]
  return copy
}
