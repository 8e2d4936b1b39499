// One row per call: opened at the INVITE, closed at the end.
import type { Compilable, CompiledQuery } from 'kysely'
import type { Migration, Records } from '../../../kernel/records.ts'
import type { Search } from './settings.ts'

interface CallTable {
  id: string
  correlation: string
  began_at: number
  answered_at: number | null
  ended_at: number | null
  from_number: string
  from_name: string
  dialled: string
  answered_by: string | null
  cause: string | null
  emergency: number
  device: string | null
  location: string | null
  trunk: string | null
  /** JSON: what features noted on the way. */
  notes: string
  /** JSON: leg → packets, loss, jitter, codec. */
  quality: string | null
}
interface Tables {
  call_records_call: CallTable
}
/** A call record as it is read. */
export type CallRecord = CallTable

export const migrations: readonly Migration[] = [
  {
    id: 'call-records-1',
    async up(db) {
      await db.schema
        .createTable('call_records_call')
        .addColumn('id', 'varchar(60)', column => column.primaryKey())
        .addColumn('correlation', 'varchar(60)', column => column.notNull())
        .addColumn('began_at', 'bigint', column => column.notNull())
        .addColumn('answered_at', 'bigint')
        .addColumn('ended_at', 'bigint')
        .addColumn('from_number', 'varchar(80)', column => column.notNull())
        .addColumn('from_name', 'varchar(120)', column => column.notNull())
        .addColumn('dialled', 'varchar(80)', column => column.notNull())
        .addColumn('answered_by', 'varchar(200)')
        .addColumn('cause', 'varchar(40)')
        .addColumn('emergency', 'integer', column => column.notNull())
        .addColumn('device', 'varchar(60)')
        .addColumn('location', 'varchar(60)')
        .addColumn('trunk', 'varchar(60)')
        .addColumn('notes', 'text', column => column.notNull())
        .addColumn('quality', 'text')
        .execute()
      await db.schema.createIndex('call_records_call_began').on('call_records_call').column('began_at').execute()
      await db.schema.createIndex('call_records_call_open').on('call_records_call').column('ended_at').execute()
    },
  },
]

export type Opening = Omit<CallTable, 'answered_at' | 'ended_at' | 'answered_by' | 'cause' | 'notes' | 'quality'>
export type Closing = Pick<CallTable, 'ended_at' | 'cause' | 'notes' | 'quality' | 'answered_at' | 'answered_by'>

export interface CallLog {
  opened(call: Opening): void
  closed(call: string, o: Closing): void
  /** Those that a crash left open, apart from `alive`, end here with cause `interrupted`. */
  interrupted(o: { before: number; at: number; alive: readonly string[] }): void
  deleteBefore(at: number): void
  /** Newest first. */
  search(o: Search): Promise<{ readonly calls: readonly CallRecord[]; readonly next?: string }>
}

/** Makes the same statement with other values again and again: its text is built once. Rows have their fields always in the same order. */
function repeated<Row extends object>(build: (row: Row) => Compilable): (row: Row) => Compilable {
  let known: CompiledQuery | undefined
  return row => {
    const compiled = known ?? build(row).compile()
    known = compiled
    return { compile: () => ({ ...compiled, parameters: Object.values(row) }) as CompiledQuery<never> }
  }
}

export function callLog(records: Records): CallLog {
  const db = records.db<Tables>()
  const insertion = repeated<CallTable>(row => db.insertInto('call_records_call').values(row))
  const closing = repeated<Closing & { call: string }>(({ call, ...o }) =>
    db.updateTable('call_records_call').set(o).where('id', '=', call),
  )
  return {
    opened: call =>
      records.write(
        insertion({
          id: call.id,
          correlation: call.correlation,
          began_at: call.began_at,
          from_number: call.from_number.slice(0, 80),
          from_name: call.from_name.slice(0, 120),
          dialled: call.dialled.slice(0, 80),
          emergency: call.emergency,
          device: call.device,
          location: call.location,
          trunk: call.trunk,
          answered_at: null,
          ended_at: null,
          answered_by: null,
          cause: null,
          notes: '{}',
          quality: null,
        }),
      ),
    closed: (call, { ended_at, cause, answered_at, answered_by, notes, quality }) =>
      records.write(closing({ ended_at, cause, answered_at, answered_by, notes, quality, call })),
    interrupted({ before, at, alive }) {
      const open = db.updateTable('call_records_call').set({ ended_at: at, cause: 'interrupted' })
      const left = open.where('ended_at', 'is', null).where('began_at', '<=', before)
      records.write(alive.length > 0 ? left.where('id', 'not in', [...alive]) : left)
    },
    deleteBefore: at => records.write(db.deleteFrom('call_records_call').where('ended_at', '<', at)),
    search: o => search(records, o),
  }
}

const PAST = {
  at: 'began_at',
  key: 'id',
  words: ['from_number', 'from_name', 'dialled', 'answered_by'],
} as const

async function search(records: Records, o: Search) {
  let query = records.db<Tables>().selectFrom('call_records_call')
  if (o.cause !== undefined) query = query.where('cause', '=', o.cause)
  if (o.emergency !== undefined) query = query.where('emergency', '=', o.emergency ? 1 : 0)
  const { rows, ...more } = await records.past(query.selectAll(), PAST, o)
  return { calls: rows, ...more }
}
