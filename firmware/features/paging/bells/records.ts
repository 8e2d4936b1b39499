// Which bell rang when, how late, who heard it; and which did not ring, and why.
import type { Insertable, Kysely } from 'kysely'
import type { HistoryInput } from '../../../kernel/history-input.ts'
import type { HistoryPage, Migration, Records } from '../../../kernel/records.ts'

interface RingTable {
  id: string
  bell: string
  name: string
  zones: string
  /** When it was to ring; none where a person rang it. */
  due_at: number | null
  at: number
  who: string
  /** `ringing`, `rung`, `gave-way`, `interrupted`, or why it did not ring. */
  outcome: string
  /** Milliseconds from its moment until its pages began. */
  late: number | null
  reached: number | null
  missed: number | null
}
interface Tables {
  bells_ring: RingTable
}

export const migrations: readonly Migration[] = [
  {
    id: 'bells-1',
    async up(db) {
      await db.schema
        .createTable('bells_ring')
        .addColumn('id', 'varchar(60)', column => column.primaryKey())
        .addColumn('bell', 'varchar(60)', column => column.notNull())
        .addColumn('name', 'varchar(120)', column => column.notNull())
        .addColumn('zones', 'varchar(300)', column => column.notNull())
        .addColumn('due_at', 'bigint')
        .addColumn('at', 'bigint', column => column.notNull())
        .addColumn('who', 'varchar(120)', column => column.notNull())
        .addColumn('outcome', 'varchar(20)', column => column.notNull())
        .addColumn('late', 'integer')
        .addColumn('reached', 'integer')
        .addColumn('missed', 'integer')
        .execute()
      await db.schema.createIndex('bells_ring_at').on('bells_ring').column('at').execute()
    },
  },
]

/** What is known when it begins, or when it is left out. */
export type RingEntry = Omit<Insertable<RingTable>, 'reached' | 'missed'>

/** The records of bells. */
export interface RingLog {
  note(entry: RingEntry): void
  ended(ring: string, o: { outcome: string; reached: number; missed: number }): void
  /** What a former process had begun and nobody ended. */
  cutShort(): void
  /** Newest first. */
  past(asked: HistoryInput): Promise<HistoryPage<RingTable>>
}

const PAST = { at: 'at', key: 'id', words: ['name', 'zones', 'who', 'outcome'] } as const

export function ringLog(records: Records): RingLog {
  const db: Kysely<Tables> = records.db<Tables>()
  return {
    note: entry => records.write(db.insertInto('bells_ring').values({ ...entry, reached: null, missed: null })),
    ended: (ring, o) => records.write(db.updateTable('bells_ring').set(o).where('id', '=', ring)),
    cutShort: () =>
      records.write(db.updateTable('bells_ring').set({ outcome: 'interrupted' }).where('outcome', '=', 'ringing')),
    past: asked => records.past(db.selectFrom('bells_ring').selectAll(), PAST, asked),
  }
}
