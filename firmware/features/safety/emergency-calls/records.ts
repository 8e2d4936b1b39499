// Every call for help: when, from where as conveyed, who answered, who was told. Written beside the call, never before it.
import type { Compilable, Kysely } from 'kysely'
import type { Context } from '../../../kernel/feature.ts'
import type { HistoryInput } from '../../../kernel/history-input.ts'
import type { HistoryPage, Migration } from '../../../kernel/records.ts'
import type { EmergencyCall } from './facts.ts'

interface CallTable {
  id: string
  at: number
  dialled: string
  caller: string
  call_back: string
  place: string
  address: string
  source: string
  device: string | null
  location: string | null
  site: string | null
  answered_by: string | null
  ended_at: number | null
  acknowledged_by: string | null
  acknowledged_at: number | null
}
/** Who was told of a call, and what became of it. */
export interface NoticeLine {
  call: string
  at: number
  whom: string
  how: string
  result: string
}
interface Tables {
  emergency_calls_call: CallTable
  emergency_calls_notice: NoticeLine
}

export const migrations: readonly Migration[] = [
  {
    id: 'emergency-calls-1',
    async up(db) {
      await db.schema
        .createTable('emergency_calls_call')
        .addColumn('id', 'varchar(60)', column => column.primaryKey())
        .addColumn('at', 'bigint', column => column.notNull())
        .addColumn('dialled', 'varchar(20)', column => column.notNull())
        .addColumn('caller', 'varchar(200)', column => column.notNull())
        .addColumn('call_back', 'varchar(80)', column => column.notNull())
        .addColumn('place', 'varchar(400)', column => column.notNull())
        .addColumn('address', 'varchar(400)', column => column.notNull())
        .addColumn('source', 'varchar(20)', column => column.notNull())
        .addColumn('device', 'varchar(60)')
        .addColumn('answered_by', 'varchar(200)')
        .addColumn('ended_at', 'bigint')
        .execute()
      await db.schema.createIndex('emergency_calls_call_at').on('emergency_calls_call').column('at').execute()
      await db.schema
        .createTable('emergency_calls_notice')
        .addColumn('call', 'varchar(60)', column => column.notNull())
        .addColumn('at', 'bigint', column => column.notNull())
        .addColumn('whom', 'varchar(200)', column => column.notNull())
        .addColumn('how', 'varchar(40)', column => column.notNull())
        .addColumn('result', 'varchar(200)', column => column.notNull())
        .execute()
    },
  },
  {
    id: 'emergency-calls-2',
    async up(db) {
      const column = () => db.schema.alterTable('emergency_calls_call')
      await column().addColumn('acknowledged_by', 'varchar(200)').execute()
      await column().addColumn('acknowledged_at', 'bigint').execute()
    },
  },
  {
    id: 'emergency-calls-3',
    async up(db) {
      const column = () => db.schema.alterTable('emergency_calls_call')
      await column().addColumn('location', 'varchar(60)').execute()
      await column().addColumn('site', 'varchar(60)').execute()
    },
  },
]

/** A call for help as it is read. */
export type EmergencyRow = CallTable

/** The records of calls for help. Written behind the call; a line that died on its way with the process is written by its successor. */
export interface EmergencyLog {
  began(call: EmergencyCall): void
  answered(call: string, by: string): void
  acknowledged(call: string, o: { readonly by: string; readonly at: number }): void
  ended(call: string, at: number): void
  /** Every call that has no end yet ended now, but these. */
  endedBut(calls: readonly string[], at: number): void
  told(notice: NoticeLine): void
  /** Newest first, each with who was told. */
  past(asked: HistoryInput): Promise<HistoryPage<CallTable & { readonly notices: readonly NoticeLine[] }>>
}

/** One line to be written; writing it again changes nothing. */
type Line =
  | { readonly line: 'began'; readonly call: EmergencyCall }
  | { readonly line: 'answered'; readonly call: string; readonly by: string }
  | { readonly line: 'acknowledged'; readonly call: string; readonly by: string; readonly at: number }
  | { readonly line: 'ended'; readonly call: string; readonly at: number }
  | { readonly line: 'ended-but'; readonly calls: readonly string[]; readonly at: number }
  | { readonly line: 'told'; readonly notice: NoticeLine }

const WORDS = ['caller', 'call_back', 'place', 'address', 'dialled', 'answered_by', 'acknowledged_by'] as const

/** Milliseconds after which a line that found no room is tried again. */
const TRY_AGAIN = 1000

/** Opens the records and writes what a predecessor could not. */
export function emergencyLog(ctx: Pick<Context, 'records' | 'live' | 'spawn' | 'clock'>): EmergencyLog {
  const { records } = ctx
  const db = records.db<Tables>()
  const unwritten = ctx.live.collection<Line>('unwritten', { keep: 'restart' })
  const forget = async (key: string) => {
    await records.settled()
    unwritten.delete(key)
  }
  const taken = (key: string, line: Line): boolean => {
    const { lost } = records.state
    records.write(queryOf(db, line))
    if (records.state.lost > lost) return false
    ctx.spawn('keep a line of an emergency call until it is on the disk', forget(key))
    return true
  }
  // While the queue is full of what a flood of calls left, these wait, in their order, and are not lost with them.
  const waiting: [key: string, line: Line][] = []
  const again = () =>
    ctx.clock.after(TRY_AGAIN, () => {
      while (waiting[0] !== undefined && taken(...waiting[0])) waiting.shift()
      if (waiting.length > 0) again()
    })
  const write = (key: string, line: Line) => {
    if (waiting.length === 0 && taken(key, line)) return
    waiting.push([key, line])
    if (waiting.length === 1) again()
  }
  const left = [...unwritten.all()].sort(([a], [b]) => Number(a) - Number(b))
  for (const [key, line] of left) write(key, line)
  let last = Number(left.at(-1)?.[0] ?? 0)
  const keep = (line: Line) => {
    const key = String(++last)
    unwritten.set(key, line)
    write(key, line)
  }
  return {
    began: call => keep({ line: 'began', call }),
    answered: (call, by) => keep({ line: 'answered', call, by }),
    acknowledged: (call, { by, at }) => keep({ line: 'acknowledged', call, by, at }),
    ended: (call, at) => keep({ line: 'ended', call, at }),
    endedBut: (calls, at) => keep({ line: 'ended-but', calls, at }),
    told: notice => keep({ line: 'told', notice }),
    async past(asked) {
      const calls = db.selectFrom('emergency_calls_call').selectAll()
      const page = await records.past(calls, { at: 'at', key: 'id', words: WORDS }, asked)
      if (page.rows.length === 0) return { rows: [] }
      const ids = page.rows.map(call => call.id)
      const notices = await db.selectFrom('emergency_calls_notice').selectAll().where('call', 'in', ids).execute()
      return {
        ...page,
        rows: page.rows.map(call => ({ ...call, notices: notices.filter(one => one.call === call.id) })),
      }
    },
  }
}

function queryOf(db: Kysely<Tables>, line: Line): Compilable {
  switch (line.line) {
    case 'began':
      return db
        .insertInto('emergency_calls_call')
        .values(rowOf(line.call))
        .onConflict(conflict => conflict.column('id').doNothing())
    case 'told':
      return insertOnce(db, line.notice)
    case 'answered':
      return changed(db, line.call, { answered_by: line.by.slice(0, 200) })
    case 'acknowledged':
      return changed(db, line.call, { acknowledged_by: line.by.slice(0, 200), acknowledged_at: line.at })
    case 'ended':
      return changed(db, line.call, { ended_at: line.at })
    case 'ended-but': {
      const open = db.updateTable('emergency_calls_call').set({ ended_at: line.at }).where('ended_at', 'is', null)
      return line.calls.length === 0 ? open : open.where('id', 'not in', line.calls)
    }
  }
}

const changed = (db: Kysely<Tables>, call: string, change: Partial<CallTable>): Compilable =>
  db.updateTable('emergency_calls_call').set(change).where('id', '=', call)

const rowOf = (call: EmergencyCall): CallTable => ({
  id: call.call,
  at: call.at,
  dialled: call.dialled,
  caller: call.caller.slice(0, 200),
  call_back: call.callBack.slice(0, 80),
  place: call.place.slice(0, 400),
  address: call.address.slice(0, 400),
  source: call.source,
  device: call.device ?? null,
  location: call.location ?? null,
  site: call.site ?? null,
  answered_by: null,
  ended_at: null,
  acknowledged_by: null,
  acknowledged_at: null,
})

function insertOnce(db: Kysely<Tables>, line: NoticeLine): Compilable {
  const known = db
    .selectFrom('emergency_calls_notice as known')
    .select('known.call')
    .where('known.call', '=', line.call)
    .where('known.at', '=', line.at)
    .where('known.whom', '=', line.whom)
    .where('known.how', '=', line.how)
  const fresh = db
    .selectNoFrom(({ val }) => [
      val(line.call).as('call'),
      val(line.at).as('at'),
      val(line.whom).as('whom'),
      val(line.how).as('how'),
      val(line.result).as('result'),
    ])
    .where(({ not, exists }) => not(exists(known)))
  return db.insertInto('emergency_calls_notice').columns(['call', 'at', 'whom', 'how', 'result']).expression(fresh)
}
