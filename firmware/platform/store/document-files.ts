// The document on disk: a log of change sets in segments, and one snapshot per collection behind it. Reading it at boot, and keeping it short.
import { LowSync } from 'lowdb'
import type { ChangeSet } from '../../kernel/store.ts'
import { CollectionAdapter, EMPTY, previousPath, readSnapshot, type Snapshot } from './collection-file.ts'
import { type Files, readAtBoot, UNREADABLE } from './files.ts'
import { decodeLines } from './lines.ts'
import type { Raw } from './shape.ts'

/** What could not be read at boot, in words. */
export interface Loss {
  readonly code: string
  readonly text: string
  readonly remedy: string
  /** Something acknowledged is missing. */
  readonly lost?: true
}

/** The document as the disk has it. */
export interface Loaded {
  readonly collections: ReadonlyMap<string, ReadonlyMap<string, { readonly rev: number; readonly raw: Raw }>>
  readonly revision: number
  /** The revision that every snapshot has reached. */
  readonly folded: number
  /** The change sets still in the log, oldest first. */
  readonly history: readonly ChangeSet[]
  readonly losses: readonly Loss[]
  /** The end of the log that a power cut tore: path and where its good part ends. */
  readonly tail?: { readonly path: string; readonly end: number }
}

/** A segment holds the change sets after this revision. */
export const segmentPath = (directory: string, after: number): string =>
  `${directory}/changes.${String(after).padStart(12, '0')}.log`

interface Segment {
  readonly after: number
  readonly path: string
}

/** Reads snapshots, then replays the log over them up to `upTo`. What cannot be read is named in `losses`; the rest is loaded. */
export function loadDocument(files: Files, directory: string, upTo = Number.POSITIVE_INFINITY): Loaded {
  const losses: Loss[] = []
  const bases = new Map<string, Snapshot>()
  for (const kind of kindsOn(files, directory)) {
    const adapter = new CollectionAdapter(files, directory, kind)
    const low = new LowSync<Snapshot>(adapter, EMPTY)
    low.read()
    bases.set(kind, low.data)
    if (adapter.damaged) losses.push(adapter.damaged === 'both' ? lostSnapshot(kind) : damagedSnapshot(kind))
  }
  const log = readSegments(files, segmentsOn(files, directory))
  losses.push(...log.losses, ...gaps(bases, log.history))
  const history = log.history.filter(change => change.rev <= upTo)
  const collections = replay(bases, history)
  const revision = Math.max(0, history.at(-1)?.rev ?? 0, ...[...bases.values()].map(base => base.rev))
  const folded = bases.size > 0 ? Math.min(...[...bases.values()].map(base => base.rev)) : 0
  return { collections, revision, folded, history, losses, ...(log.tail && { tail: log.tail }) }
}

/** Folds the log: snapshots as of `upTo`, then away with the log that neither they nor their predecessors need. Throws rather than fold a gap in. */
export function compactDocument(files: Files, directory: string, upTo: number): void {
  const { collections, losses } = loadDocument(files, directory, upTo)
  const lost = losses.find(loss => loss.lost)
  if (lost) throw new Error(`the log is not folded: ${lost.text}`)
  writeSnapshots(files, directory, { collections, revision: upTo })
  const needed = Math.min(
    ...[...collections.keys()].map(k => readSnapshot(files, previousPath(directory, k))?.rev ?? 0),
  )
  const segments = segmentsOn(files, directory)
  segments.forEach(({ path }, i) => {
    const next = segments[i + 1]
    if (next && next.after <= needed) files.remove(path)
  })
  files.syncDirectory(directory)
}

/** A snapshot of each collection, its predecessor kept. */
export function writeSnapshots(files: Files, directory: string, o: Pick<Loaded, 'collections' | 'revision'>): void {
  for (const [kind, entries] of o.collections) {
    const low = new LowSync<Snapshot>(new CollectionAdapter(files, directory, kind), EMPTY)
    const items = Object.fromEntries([...entries].map(([id, { rev, raw }]) => [id, { rev, value: raw }]))
    low.data = { rev: o.revision, items }
    low.write()
  }
}

function kindsOn(files: Files, directory: string): Set<string> {
  const names = files.list(directory).filter(name => name.endsWith('.json'))
  return new Set(names.map(name => name.replace(/(\.previous)?\.json$/, '')))
}

function segmentsOn(files: Files, directory: string): Segment[] {
  return files.list(directory).flatMap(name => {
    const match = /^changes\.(\d{12})\.log$/.exec(name)
    return match ? [{ after: Number(match[1]), path: `${directory}/${name}` }] : []
  })
}

function readSegments(files: Files, segments: readonly Segment[]): Pick<Loaded, 'history' | 'losses' | 'tail'> {
  const history: ChangeSet[] = []
  const losses: Loss[] = []
  let tail: Loaded['tail']
  segments.forEach(({ path }, i) => {
    const { bytes, putAside } = readAtBoot(files, path)
    if (putAside) losses.push(unreadableLog(path))
    const lines = decodeLines(bytes ?? Buffer.alloc(0))
    for (const record of lines.records) {
      const change = record as ChangeSet
      if (change.rev > (history.at(-1)?.rev ?? 0)) history.push(change)
    }
    const last = i === segments.length - 1
    if (lines.damaged > 0 || (lines.torn && !last)) losses.push(damagedLog(path, lines.damaged))
    if (lines.torn && last) losses.push(TORN)
    if (lines.tail && last) tail = { path, end: lines.end }
  })
  return { history, losses, ...(tail && { tail }) }
}

function replay(bases: ReadonlyMap<string, Snapshot>, history: readonly ChangeSet[]): Loaded['collections'] {
  const collections = new Map<string, Map<string, { rev: number; raw: Raw }>>()
  for (const [kind, base] of bases)
    collections.set(kind, new Map(Object.entries(base.items).map(([id, { rev, value }]) => [id, { rev, raw: value }])))
  for (const { rev, changes } of history)
    for (const { kind, id, after } of changes) {
      if (rev <= (bases.get(kind)?.rev ?? 0)) continue
      const collection = collections.get(kind) ?? new Map<string, { rev: number; raw: Raw }>()
      collections.set(kind, collection)
      if (after) collection.set(id, { rev, raw: after as Raw })
      else collection.delete(id)
    }
  return collections
}

/** A snapshot that the log does not reach back to: what lay between is gone. */
function gaps(bases: ReadonlyMap<string, Snapshot>, history: readonly ChangeSet[]): Loss[] {
  const first = history[0]?.rev
  if (first === undefined) return []
  return [...bases]
    .filter(([, base]) => base.rev < first - 1)
    .map(([kind, base]) => ({
      code: `store.changes-lost:${kind}`,
      text: `Changes ${base.rev + 1} to ${first - 1} of the ${kind} collection are lost: neither file nor log has them.`,
      remedy: 'Compare with the last backup and restore it if something is missing.',
      lost: true as const,
    }))
}

const damagedSnapshot = (kind: string): Loss => ({
  code: `store.snapshot-damaged:${kind}`,
  text: `The file of the ${kind} collection could not be read; the one before it and the log of changes were used.`,
  remedy:
    'Nothing is missing as long as no other loss is shown. If it happens again, the disk is wearing out: replace it.',
})

const lostSnapshot = (kind: string): Loss => ({
  code: `store.collection-lost:${kind}`,
  text: `Neither the file of the ${kind} collection nor the one before it could be read; only what the log of changes holds is there.`,
  remedy: 'Restore the last backup and replace the disk: it is wearing out.',
  lost: true,
})

const nameOf = (path: string): string => path.split('/').at(-1) ?? path

const damagedLog = (path: string, lines: number): Loss => ({
  code: `store.log-damaged:${nameOf(path)}`,
  text: `${Math.max(1, lines)} change(s) in the log cannot be read and were left out.`,
  remedy: 'Compare the latest changes with what was wanted, and replace the disk: it is wearing out.',
  lost: true,
})

const unreadableLog = (path: string): Loss => ({
  code: `store.log-unreadable:${nameOf(path)}`,
  text: `The log of changes ${nameOf(path)} cannot be read at all; changes that only it had are missing.`,
  remedy: `It was put aside as ${nameOf(path)}${UNREADABLE}. Compare the latest changes with what was wanted, or restore the last backup; replace the disk if it happens again.`,
  lost: true,
})

const TORN: Loss = {
  code: 'store.log-torn',
  text: 'The last change was being written when power went; it was never confirmed and is left out.',
  remedy: 'If somebody was saving at that moment, save again.',
}
