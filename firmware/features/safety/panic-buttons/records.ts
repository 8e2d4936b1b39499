// Which button was tested when, and by whom: what an inspector asks for.
import type { Kysely } from 'kysely'
import type { HistoryInput } from '../../../kernel/history-input.ts'
import type { HistoryPage, Migration, Records } from '../../../kernel/records.ts'

interface TestTable {
  button: string
  name: string
  pressed_at: number
  marked_at: number
  marked_by: string
  /** Where it stood then. */
  place: string | null
  /** `worked` or `failed`; lines of former versions have none: they worked. */
  outcome: string | null
  /** `window` or `drill`. */
  how: string | null
  /** How many of the steps of its alarm were carried out, as `3/4`. */
  steps: string | null
  note: string | null
}
interface Tables {
  panic_buttons_test: TestTable
}

export const migrations: readonly Migration[] = [
  {
    id: 'panic-buttons-1',
    async up(db) {
      await db.schema
        .createTable('panic_buttons_test')
        .addColumn('button', 'varchar(60)', column => column.notNull())
        .addColumn('name', 'varchar(120)', column => column.notNull())
        .addColumn('pressed_at', 'bigint', column => column.notNull())
        .addColumn('marked_at', 'bigint', column => column.notNull())
        .addColumn('marked_by', 'varchar(120)', column => column.notNull())
        .execute()
    },
  },
  {
    id: 'panic-buttons-2',
    async up(db) {
      const column = () => db.schema.alterTable('panic_buttons_test')
      await column().addColumn('place', 'varchar(200)').execute()
      await column().addColumn('outcome', 'varchar(20)').execute()
      await column().addColumn('how', 'varchar(20)').execute()
      await column().addColumn('steps', 'varchar(20)').execute()
      await column().addColumn('note', 'varchar(300)').execute()
    },
  },
]

/** The records of tests. */
export interface TestLog {
  tested(entry: TestTable): void
  /** Newest first. */
  past(asked: HistoryInput): Promise<HistoryPage<TestTable>>
}

const PAST = { at: 'marked_at', key: 'button', words: ['name', 'marked_by', 'place', 'note'] } as const

export function testLog(records: Records): TestLog {
  const db: Kysely<Tables> = records.db<Tables>()
  return {
    tested: entry => records.write(db.insertInto('panic_buttons_test').values(entry)),
    past: asked => records.past(db.selectFrom('panic_buttons_test').selectAll(), PAST, asked),
  }
}
