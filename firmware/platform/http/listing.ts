// One page of a table: five thousand extensions are searched and put in order without holding up a call.
import { setImmediate as breathe } from 'node:timers/promises'
import type { Stored } from '../../kernel/store.ts'
import { type AnyKind, labelOf } from './catalogue.ts'
import type { WebBox } from './ports.ts'

export interface Wanted {
  readonly q?: string
  readonly offset: number
  readonly limit: number
  /** Only those: what this person may see. */
  readonly keep?: (row: Row) => boolean
}
export type Row = Stored<Record<string, unknown>>

/** After so many rows the event loop gets its turn: about a millisecond's work. */
const STRIDE = 250

/** Lists of one kind in order of their labels, remembered until something of that kind changes. */
export class Listing {
  readonly #box: WebBox
  readonly #ordered = new Map<string, { readonly revision: number; readonly rows: readonly Row[] }>()

  constructor(box: WebBox) {
    this.#box = box
  }

  async page(kind: AnyKind, wanted: Wanted): Promise<{ total: number; rows: readonly Row[] }> {
    const known = await this.#inOrder(kind)
    const all = wanted.keep === undefined ? known : await kept(known, wanted.keep)
    const rows = wanted.q === undefined ? all : await matching(all, { kind, q: wanted.q })
    return { total: rows.length, rows: rows.slice(wanted.offset, wanted.offset + wanted.limit) }
  }

  async #inOrder(kind: AnyKind): Promise<readonly Row[]> {
    const { revision } = this.#box.store
    const known = this.#ordered.get(kind.kind)
    if (known?.revision === revision) return known.rows
    const keyed: { key: string; row: Row }[] = []
    for (const row of this.#box.store.all(kind)) {
      keyed.push({ key: sortKey(labelOf(kind, row)), row })
      if (keyed.length % STRIDE === 0) await breathe()
    }
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    const rows = keyed.map(one => one.row)
    this.#ordered.set(kind.kind, { revision, rows })
    return rows
  }
}

async function kept(all: readonly Row[], keep: (row: Row) => boolean): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [index, row] of all.entries()) {
    if (keep(row)) rows.push(row)
    // To ask where a thing is costs more than to look for a word in it.
    if (index % 25 === 24) await breathe()
  }
  return rows
}

async function matching(all: readonly Row[], o: { kind: AnyKind; q: string }): Promise<readonly Row[]> {
  const words = o.q.toLowerCase().split(/\s+/).filter(Boolean)
  const hidden = secretNames(o.kind)
  const rows: Row[] = []
  for (const [index, row] of all.entries()) {
    const text = textOf(row, hidden)
    if (words.every(word => text.includes(word))) rows.push(row)
    if (index % STRIDE === STRIDE - 1) await breathe()
  }
  return rows
}

const secretNames = (kind: AnyKind): ReadonlySet<string> => {
  const properties = (kind.schema as { properties?: Record<string, { 'x-secret'?: boolean }> }).properties ?? {}
  const secret = Object.entries(properties).filter(([, node]) => node['x-secret'])
  return new Set(['id', 'rev', ...secret.map(([name]) => name)])
}

const textOf = (row: Row, hidden: ReadonlySet<string>): string =>
  Object.entries(row)
    .filter(([name, value]) => !hidden.has(name) && (typeof value === 'string' || typeof value === 'number'))
    .map(([, value]) => String(value).toLowerCase())
    .join('\n')

/** "Hall 9" comes before "Hall 10". */
const sortKey = (label: string): string => label.toLowerCase().replace(/\d+/g, digits => digits.padStart(12, '0'))
