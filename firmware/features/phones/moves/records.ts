// Where phones stood: one line for each address that a phone was seen at, and for whoever confirmed its place.
import type { HistoryInput } from '../../../kernel/history-input.ts'
import type { HistoryPage, Migration, Records } from '../../../kernel/records.ts'

interface StayTable {
  at: number
  device: string
  name: string
  address: string
  /** Empty for the first one. */
  was: string
  /** As a call for help would have told it. */
  place: string
  location: string | null
  /** Who said that it stands there; null: it was seen. */
  by_: string | null
}
interface Tables {
  moves_stay: StayTable
}
export type Stay = StayTable

export const migrations: readonly Migration[] = [
  {
    id: 'moves-1',
    async up(db) {
      await db.schema
        .createTable('moves_stay')
        .addColumn('at', 'bigint', column => column.notNull())
        .addColumn('device', 'varchar(60)', column => column.notNull())
        .addColumn('name', 'varchar(80)', column => column.notNull())
        .addColumn('address', 'varchar(80)', column => column.notNull())
        .addColumn('was', 'varchar(80)', column => column.notNull())
        .addColumn('place', 'varchar(400)', column => column.notNull())
        .addColumn('location', 'varchar(60)')
        .addColumn('by_', 'varchar(120)')
        .execute()
      await db.schema.createIndex('moves_stay_at').on('moves_stay').column('at').execute()
    },
  },
]

export interface StayLog {
  stood(stay: Stay): void
  /** Newest first. */
  past(asked: HistoryInput): Promise<HistoryPage<Stay>>
}

const PAST = { at: 'at', key: 'device', words: ['name', 'address', 'was', 'place', 'by_'] } as const

export function stayLog(records: Records): StayLog {
  const db = records.db<Tables>()
  return {
    stood: stay => records.write(db.insertInto('moves_stay').values({ ...stay, place: stay.place.slice(0, 400) })),
    past: asked => records.past(db.selectFrom('moves_stay').selectAll(), PAST, asked),
  }
}
