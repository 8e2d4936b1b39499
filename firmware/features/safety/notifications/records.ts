// Who was notified of what, and who could not be.
import type { Kysely } from 'kysely'
import type { HistoryInput } from '../../../kernel/history-input.ts'
import type { HistoryPage, Migration, Records } from '../../../kernel/records.ts'

interface DeliveryTable {
  notice: string
  recipient: string
  label: string
  text: string
  alarm: string | null
  drill: number
  state: string
  cause: string | null
  attempts: number
  at: number
}
interface Tables {
  notifications_delivery: DeliveryTable
}

export const migrations: readonly Migration[] = [
  {
    id: 'notifications-1',
    async up(db) {
      await db.schema
        .createTable('notifications_delivery')
        .addColumn('notice', 'varchar(60)', column => column.notNull())
        .addColumn('recipient', 'varchar(60)', column => column.notNull())
        .addColumn('label', 'varchar(120)', column => column.notNull())
        .addColumn('text', 'varchar(400)', column => column.notNull())
        .addColumn('alarm', 'varchar(60)')
        .addColumn('drill', 'integer', column => column.notNull())
        .addColumn('state', 'varchar(20)', column => column.notNull())
        .addColumn('cause', 'varchar(200)')
        .addColumn('attempts', 'integer', column => column.notNull())
        .addColumn('at', 'bigint', column => column.notNull())
        .execute()
      await db.schema.createIndex('notifications_delivery_at').on('notifications_delivery').column('at').execute()
    },
  },
]

export type DeliveryEntry = DeliveryTable

/** The records of notices. */
export interface NoticeLog {
  delivered(entry: DeliveryEntry): void
  /** Newest first. */
  past(asked: HistoryInput): Promise<HistoryPage<DeliveryEntry>>
}

const PAST = { at: 'at', key: 'recipient', words: ['label', 'text', 'state', 'cause'] } as const

export function noticeLog(records: Records): NoticeLog {
  const db: Kysely<Tables> = records.db<Tables>()
  return {
    delivered: entry => records.write(db.insertInto('notifications_delivery').values(entry)),
    past: asked => records.past(db.selectFrom('notifications_delivery').selectAll(), PAST, asked),
  }
}
