// How a change set is judged: validated whole against the document, with its deletions carried through, before anything is written.
import { PbxError } from '../../kernel/errors.ts'
import type { ActionRef, Destination } from '../../kernel/schema.ts'
import type { ChangeRequest, ChangeSet, Operation } from '../../kernel/store.ts'
import { conflictIn } from './conflict.ts'
import { carryDeletions } from './delete-rules.ts'
import { type Document, type Entry, type Fault, frozen, SETTINGS } from './document.ts'
import { type SecretSource, takeSecrets } from './secrets.ts'
import { IDENTITY, pathText, type Raw } from './shape.ts'

/** One resource on its way: what was there, and what shall be (`undefined`: nothing). */
export interface Draft {
  readonly kind: string
  readonly id: string
  readonly before: Entry | undefined
  readonly after: Raw | undefined
  /** Whether the author asked for it, or a delete rule did. */
  readonly asked: boolean
}

export type Drafts = Map<string, Draft>
export const draftKey = (kind: string, id: string): string => `${kind}/${id}`

/** What is needed beside the document. */
export interface Circumstances {
  readonly now: number
  readonly secrets: SecretSource
  /** Newest last. */
  readonly history: readonly ChangeSet[]
}

/** An accepted change and the secrets that must be in the vault before it counts. */
export interface Plan {
  readonly change: ChangeSet
  readonly secrets: ReadonlyMap<string, string>
}

/** Judges a request; the document is as before when this returns. Throws PbxError as {@link Store.change} says. */
export function planChange(document: Document, request: ChangeRequest, o: Circumstances): Plan {
  const drafts: Drafts = new Map()
  const secrets = new Map<string, string>()
  const errors: Record<string, string> = {}
  const puts = request.ops.filter(op => op.op !== 'delete').length
  for (const op of request.ops) {
    const draft = draftOf(document, op)
    const conflict = conflictIn(document, { op, draft, base: request.base, history: o.history })
    if (conflict) throw conflict
    const wrong = formErrors(document, op, draft)
    const taken = takeSecrets(document, draft, { typed: op.op === 'put' ? op.secrets : undefined, vault: o.secrets })
    for (const [ref, text] of taken.secrets) secrets.set(ref, text)
    collect(errors, { ...taken.errors, ...wrong }, puts > 1 ? draft.id : undefined)
    drafts.set(draftKey(draft.kind, draft.id), { ...draft, after: taken.after && frozen(taken.after) })
  }
  carryDeletions(document, drafts)
  const found = judge(document, [...drafts.values()])
  for (const { draft, fault } of found)
    if (draft.asked && fault.code === 'store.invalid')
      collect(errors, { [fault.field]: fault.text }, puts > 1 ? draft.id : undefined)
  if (Object.keys(errors).length > 0) throw invalid(errors)
  const taken = found.find(({ fault }) => fault.code !== 'store.invalid') ?? found[0]
  if (taken) throw refused(taken.fault)
  return { change: changeSet(document, request, { drafts, now: o.now }), secrets }
}

/** Places the drafts, asks what is wrong, and takes them out again. */
export function judge(document: Document, drafts: readonly Draft[]): { draft: Draft; fault: Fault }[] {
  const rev = document.revision + 1
  const placed = drafts.map(draft => {
    const next = draft.after && document.read(draft.kind, draft.id, draft.after, rev)
    return { draft, next, putBack: document.place(draft.kind, draft.id, next) }
  })
  const found = placed.flatMap(({ draft, next }) =>
    (next ? faultsOfPut(document, next, draft.before) : faultsOfDelete(document, draft)).map(fault => ({
      draft,
      fault,
    })),
  )
  for (const { putBack } of placed.reverse()) putBack()
  return found
}

function faultsOfPut(document: Document, entry: Entry, before: Entry | undefined): Fault[] {
  const faults: Fault[] = Object.entries(entry.errors).map(([field, text]) => ({ code: 'store.invalid', field, text }))
  if (faults.length > 0 || !entry.value) return faults
  faults.push(...document.faults(entry), ...registryFaults(document, entry), ...networkFaults(document, entry, before))
  const check = document.kind(entry.kind)?.check as
    | ((value: object, look: Document) => Record<string, string>)
    | undefined
  if (faults.length > 0 || !check) return faults
  return Object.entries(check(entry.value, document)).map(([field, text]) => ({ code: 'store.invalid', field, text }))
}

function registryFaults(document: Document, entry: Entry): Fault[] {
  return entry.marks.flatMap((mark): Fault[] => {
    const at = pathText(mark.path)
    if (mark.what === 'destination') {
      const text = document.registry.destination(mark.value as Destination)
      return text === undefined ? [] : [{ code: 'store.invalid', field: at, text }]
    }
    if (mark.what !== 'action') return []
    const wrong = document.registry.action(mark.value as ActionRef)
    return Object.entries(wrong).map(([f, text]) => ({ code: 'store.invalid', field: `${at}.params.${f}`, text }))
  })
}

/** What was so before stays: an interface may be away for a while, and nothing else of the resource could be changed. */
function networkFaults({ registry }: Document, entry: Entry, before: Entry | undefined): Fault[] {
  const named = (one: Entry | undefined) => (one?.marks ?? []).filter(mark => mark.what === 'network')
  const kept = new Set(named(before).map(mark => `${pathText(mark.path)} ${mark.value}`))
  const fresh = named(entry).filter(mark => !kept.has(`${pathText(mark.path)} ${mark.value}`))
  const networks = registry.networks().map(network => network.name)
  return fresh.flatMap((mark): Fault[] => {
    const known = [...networks, ...(mark.node['x-network'] as readonly string[])]
    if (networks.length === 0 || known.includes(String(mark.value))) return []
    const text = `“${mark.value}” is not a network of this box: choose one of ${known.join(', ')}`
    return [{ code: 'store.invalid', field: pathText(mark.path), text }]
  })
}

function faultsOfDelete(document: Document, draft: Draft): Fault[] {
  if (draft.kind === SETTINGS || document.kindOf(draft.id) !== undefined) return []
  return document.uses(draft.id).map(use => ({
    code: 'store.in-use',
    field: use.field,
    text: `${draft.before ? document.label(draft.before) : draft.id} is still used by ${document.title(use.kind)} "${use.label}" (${use.field}): change that first`,
    other: { kind: use.kind, id: use.id },
  }))
}

function draftOf(document: Document, op: Operation): Draft {
  const [kind, id] = op.op === 'settings' ? [SETTINGS, op.feature] : [op.kind, op.id]
  const before = document.entry(kind, id)
  if (op.op === 'delete') {
    if (!before) throw new PbxError('store.not-found', `there is no ${document.title(kind)} ${id}`, { status: 404 })
    return { kind, id, before, after: undefined, asked: true }
  }
  const { id: _id, rev: _rev, ...fields } = op.value as Record<string, unknown>
  const after = composed(op.op === 'settings' ? op.value : fields) as Raw
  return { kind, id, before, after, asked: true }
}

/** Unknown kinds and identities of the wrong form are refused before anything looks inside. */
function formErrors(document: Document, op: Operation, draft: Draft): Record<string, string> {
  if (op.op === 'delete') return {}
  if (!document.shape(draft.kind, draft.id))
    throw new PbxError(
      'store.unknown-kind',
      `nothing in this box knows ${draft.kind} ${op.op === 'settings' ? draft.id : ''}`.trim(),
    )
  if (op.op === 'settings' || draft.before) return {}
  const prefix = document.kind(draft.kind)?.prefix
  if (!IDENTITY.test(draft.id) || !draft.id.startsWith(`${prefix}_`))
    return { id: `is not an identity of a ${document.title(draft.kind)}: let the box make one` }
  const elsewhere = document.kindOf(draft.id)
  return elsewhere === undefined ? {} : { id: `is a ${document.title(elsewhere)} already: let the box make another` }
}

/** Plain JSON with composed characters (NFC), so that equal names are equal; passwords too (RFC 8265 section 4.2). */
function composed(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC')
  if (Array.isArray(value)) return value.map(v => (v === undefined ? null : composed(v)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (v === undefined ? [] : [[k, composed(v)]])))
}

function changeSet(document: Document, request: ChangeRequest, o: { drafts: Drafts; now: number }): ChangeSet {
  return frozen({
    rev: document.revision + 1,
    at: o.now,
    why: request.why,
    author: { ...request.author },
    changes: changesOf(o.drafts.values()),
  })
}

/** What really changes; a value saved as it was is no change. */
export function changesOf(drafts: Iterable<Draft>): ChangeSet['changes'] {
  return [...drafts].flatMap(({ kind, id, before, after }) =>
    same(before?.raw, after) ? [] : [{ kind, id, ...(before && { before: before.raw }), ...(after && { after }) }],
  )
}

/** Equal byte for byte, as saved. */
export const same = (a: object | undefined, b: object | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b))

function collect(into: Record<string, string>, errors: Record<string, string>, id: string | undefined): void {
  for (const [field, text] of Object.entries(errors)) into[id === undefined ? field : `${id}.${field}`] ??= text
}

function invalid(fields: Record<string, string>): PbxError {
  const [field, text] = Object.entries(fields)[0] ?? ['', '']
  return new PbxError('store.invalid', `${field} ${text}`.trim(), { status: 422, fields })
}

function refused(fault: Fault): PbxError {
  return new PbxError(fault.code, fault.text, { status: 409, fields: { [fault.field]: fault.text } })
}
