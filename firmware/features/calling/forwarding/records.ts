// Who switched which forward, and when.
import type { HistoryInput } from '../../../kernel/history-input.ts'
import type { HistoryPage, Migration, Records } from '../../../kernel/records.ts'

interface SwitchTable {
  at: number
  extension: string
  when_: string
  /** Null: not forwarded; empty: taken back, the rule holds. */
  to_: string | null
  by_: string
}
interface Tables {
  forwarding_switch: SwitchTable
}
/** A switched forward as it is read. */
export type SwitchRecord = SwitchTable

export const migrations: readonly Migration[] = [
  {
    id: 'forwarding-1',
    async up(db) {
      await db.schema
        .createTable('forwarding_switch')
        .addColumn('at', 'bigint', column => column.notNull())
        .addColumn('extension', 'varchar(60)', column => column.notNull())
        .addColumn('when_', 'varchar(20)', column => column.notNull())
        .addColumn('to_', 'varchar(20)')
        .addColumn('by_', 'varchar(120)', column => column.notNull())
        .execute()
      await db.schema.createIndex('forwarding_switch_at').on('forwarding_switch').column('at').execute()
    },
  },
]

/** The journal of what people switched. */
export interface SwitchLog {
  switched(o: SwitchTable): void
  /** Newest first. */
  past(asked: HistoryInput): Promise<HistoryPage<SwitchTable>>
}

const PAST = { at: 'at', key: 'extension', words: ['to_', 'by_'] } as const

export function switchLog(records: Records): SwitchLog {
  const db = records.db<Tables>()
  return {
    switched: o => records.write(db.insertInto('forwarding_switch').values({ ...o, by_: o.by_.slice(0, 120) })),
    past: asked => records.past(db.selectFrom('forwarding_switch').selectAll(), PAST, asked),
  }
}
