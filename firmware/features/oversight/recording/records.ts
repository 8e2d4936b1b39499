// One row per recorded stretch of a call, and who listened to it or deleted it.
import type { HistoryPage, Migration, Records } from '../../../kernel/records.ts'
import type { Listing } from './settings.ts'

interface RecordingTable {
  id: string
  call: string
  correlation: string
  segment: number
  /** Name within the folder of recordings. */
  file: string
  began_at: number
  /** Null while it runs, and for one that a crash cut off. */
  seconds: number | null
  caller: string
  callee: string
  /** The rule's name, as it was. */
  rule: string
  error: string | null
  /** JSON: where its people were, for rights that hold in one place only. */
  places: string | null
}
interface AccessTable {
  at: number
  recording: string
  what: string
  by_: string
}
interface Tables {
  recording_recording: RecordingTable
  recording_access: AccessTable
}
/** A recording as it is read. */
export type RecordingRow = RecordingTable

export const migrations: readonly Migration[] = [
  {
    id: 'recording-1',
    async up(db) {
      await db.schema
        .createTable('recording_recording')
        .addColumn('id', 'varchar(80)', column => column.primaryKey())
        .addColumn('call', 'varchar(60)', column => column.notNull())
        .addColumn('correlation', 'varchar(60)', column => column.notNull())
        .addColumn('segment', 'integer', column => column.notNull())
        .addColumn('file', 'varchar(120)', column => column.notNull())
        .addColumn('began_at', 'bigint', column => column.notNull())
        .addColumn('seconds', 'real')
        .addColumn('caller', 'varchar(200)', column => column.notNull())
        .addColumn('callee', 'varchar(200)', column => column.notNull())
        .addColumn('rule', 'varchar(80)', column => column.notNull())
        .addColumn('error', 'varchar(400)')
        .execute()
      await db.schema.createIndex('recording_recording_at').on('recording_recording').column('began_at').execute()
      await db.schema.createIndex('recording_recording_of').on('recording_recording').column('correlation').execute()
      await db.schema
        .createTable('recording_access')
        .addColumn('at', 'bigint', column => column.notNull())
        .addColumn('recording', 'varchar(80)', column => column.notNull())
        .addColumn('what', 'varchar(20)', column => column.notNull())
        .addColumn('by_', 'varchar(120)', column => column.notNull())
        .execute()
    },
  },
  {
    id: 'recording-2',
    up: db => db.schema.alterTable('recording_recording').addColumn('places', 'varchar(400)').execute(),
  },
]

/** The records of recordings. */
export interface RecordingLog {
  began(o: Omit<RecordingTable, 'seconds' | 'error'>): void
  ended(id: string, o: { seconds: number; error: string | null }): void
  get(id: string): Promise<RecordingTable | undefined>
  /** Newest first. */
  list(o: Listing): Promise<HistoryPage<RecordingTable>>
  /** Those that began before, oldest first. */
  before(at: number, limit: number): Promise<readonly RecordingTable[]>
  forget(id: string): void
  accessed(o: AccessTable): void
}

const PAST = { at: 'began_at', key: 'id', words: ['caller', 'callee', 'rule'] } as const

export function recordingLog(records: Records): RecordingLog {
  const db = records.db<Tables>()
  const all = () => db.selectFrom('recording_recording').selectAll()
  return {
    began: o =>
      records.write(
        db.insertInto('recording_recording').values({
          ...o,
          caller: o.caller.slice(0, 200),
          callee: o.callee.slice(0, 200),
          seconds: null,
          error: null,
        }),
      ),
    ended: (id, { seconds, error }) =>
      records.write(
        db
          .updateTable('recording_recording')
          .set({ seconds, error: error?.slice(0, 400) ?? null })
          .where('id', '=', id),
      ),
    get: id => all().where('id', '=', id).executeTakeFirst(),
    list(o) {
      const { call } = o
      const found =
        call === undefined ? all() : all().where(it => it.or([it('call', '=', call), it('correlation', '=', call)]))
      return records.past(found, PAST, o)
    },
    before: (at, limit) => all().where('began_at', '<', at).orderBy('began_at').limit(limit).execute(),
    forget: id => records.write(db.deleteFrom('recording_recording').where('id', '=', id)),
    accessed: o => records.write(db.insertInto('recording_access').values({ ...o, by_: o.by_.slice(0, 120) })),
  }
}
