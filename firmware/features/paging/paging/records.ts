// What was paged, and what became of it at every endpoint.
import type { Insertable, Kysely } from 'kysely'
import type { HistoryInput } from '../../../kernel/history-input.ts'
import type { HistoryPage, Migration, Records } from '../../../kernel/records.ts'
import type { Receipt } from './receipts.ts'

interface PageTable {
  id: string
  zone: string
  zone_name: string
  priority: string
  cause: string
  who: string
  alarm: string | null
  drill: number
  live: number
  started_at: number
  ended_at: number | null
  outcome: string | null
}
interface DeliveryTable {
  page: string
  endpoint: string
  label: string
  state: string
  cause: string | null
  packets: number
  whole_rounds: number
}
interface Tables {
  paging_page: PageTable
  paging_delivery: DeliveryTable
}

export const migrations: readonly Migration[] = [
  {
    id: 'paging-1',
    async up(db) {
      await db.schema
        .createTable('paging_page')
        .addColumn('id', 'varchar(60)', column => column.primaryKey())
        .addColumn('zone', 'varchar(60)', column => column.notNull())
        .addColumn('zone_name', 'varchar(120)', column => column.notNull())
        .addColumn('priority', 'varchar(20)', column => column.notNull())
        .addColumn('cause', 'varchar(300)', column => column.notNull())
        .addColumn('who', 'varchar(120)', column => column.notNull())
        .addColumn('alarm', 'varchar(60)')
        .addColumn('drill', 'integer', column => column.notNull())
        .addColumn('live', 'integer', column => column.notNull())
        .addColumn('started_at', 'bigint', column => column.notNull())
        .addColumn('ended_at', 'bigint')
        .addColumn('outcome', 'varchar(20)')
        .execute()
      await db.schema.createIndex('paging_page_started').on('paging_page').column('started_at').execute()
      await db.schema
        .createTable('paging_delivery')
        .addColumn('page', 'varchar(60)', column => column.notNull())
        .addColumn('endpoint', 'varchar(120)', column => column.notNull())
        .addColumn('label', 'varchar(120)', column => column.notNull())
        .addColumn('state', 'varchar(20)', column => column.notNull())
        .addColumn('cause', 'varchar(120)')
        .addColumn('packets', 'integer', column => column.notNull())
        .addColumn('whole_rounds', 'integer', column => column.notNull())
        .addPrimaryKeyConstraint('paging_delivery_key', ['page', 'endpoint'])
        .execute()
    },
  },
]

/** A page as it begins. */
export type PageEntry = Omit<Insertable<PageTable>, 'ended_at' | 'outcome' | 'drill' | 'live'> & {
  readonly drill: boolean
  readonly live: boolean
}

/** The records of pages. */
export interface PageLog {
  began(entry: PageEntry): void
  ended(page: string, o: { how: string; at: number; receipts: readonly Receipt[] }): void
  /** Newest first. */
  past(asked: HistoryInput): Promise<HistoryPage<PageTable>>
  deliveries(page: string): Promise<readonly DeliveryTable[]>
  zoneOf(page: string): Promise<string | undefined>
}

const PAST = { at: 'started_at', key: 'id', words: ['zone_name', 'cause', 'who'] } as const

export function pageLog(records: Records): PageLog {
  const db: Kysely<Tables> = records.db<Tables>()
  return {
    began: entry =>
      records.write(
        db.insertInto('paging_page').values({ ...entry, drill: entry.drill ? 1 : 0, live: entry.live ? 1 : 0 }),
      ),
    ended(page, { how, at, receipts }) {
      records.write(db.updateTable('paging_page').set({ ended_at: at, outcome: how }).where('id', '=', page))
      if (receipts.length === 0) return
      const rows = receipts.map(({ key, label, state, cause, packets, wholeRounds }) => ({
        page,
        endpoint: key,
        label,
        state,
        cause: cause ?? null,
        packets,
        whole_rounds: wholeRounds,
      }))
      // Few enough values for one statement on every database.
      for (let from = 0; from < rows.length; from += 100)
        records.write(db.insertInto('paging_delivery').values(rows.slice(from, from + 100)))
    },
    past: asked => records.past(db.selectFrom('paging_page').selectAll(), PAST, asked),
    deliveries: page =>
      db.selectFrom('paging_delivery').selectAll().where('page', '=', page).orderBy('label').execute(),
    zoneOf: async page =>
      (await db.selectFrom('paging_page').select('zone').where('id', '=', page).executeTakeFirst())?.zone,
  }
}
