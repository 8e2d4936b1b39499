// One row per leg of a call that was answered: how it sounded both ways, and its worst moment.
import type { Migration, Records } from '../../../kernel/records.ts'
import type { Search } from './settings.ts'

export interface QualityRecord {
  /** Of the leg. */
  id: string
  call: string
  ended_at: number
  number: string
  name: string
  device: string | null
  site: string | null
  location: string | null
  trunk: string | null
  codec: string
  says_loss: number | null
  says_jitter: number | null
  says_opinion: number | null
  hears_loss: number | null
  hears_jitter: number | null
  hears_opinion: number | null
  round_trip: number | null
  longest_gap: number
  worst_opinion: number | null
  worst_at: number | null
  /** It was poor at its worst moment, by the settings of then. */
  poor: number
  /** JSON: the counters as the switch told them last. */
  counters: string
}
interface Tables {
  quality_leg: QualityRecord
}

export const migrations: readonly Migration[] = [
  {
    id: 'quality-1',
    async up(db) {
      await db.schema
        .createTable('quality_leg')
        .addColumn('id', 'varchar(80)', column => column.primaryKey())
        .addColumn('call', 'varchar(60)', column => column.notNull())
        .addColumn('ended_at', 'bigint', column => column.notNull())
        .addColumn('number', 'varchar(80)', column => column.notNull())
        .addColumn('name', 'varchar(120)', column => column.notNull())
        .addColumn('device', 'varchar(60)')
        .addColumn('site', 'varchar(60)')
        .addColumn('location', 'varchar(60)')
        .addColumn('trunk', 'varchar(60)')
        .addColumn('codec', 'varchar(40)', column => column.notNull())
        .addColumn('says_loss', 'real')
        .addColumn('says_jitter', 'real')
        .addColumn('says_opinion', 'real')
        .addColumn('hears_loss', 'real')
        .addColumn('hears_jitter', 'real')
        .addColumn('hears_opinion', 'real')
        .addColumn('round_trip', 'real')
        .addColumn('longest_gap', 'real', column => column.notNull())
        .addColumn('worst_opinion', 'real')
        .addColumn('worst_at', 'bigint')
        .addColumn('poor', 'integer', column => column.notNull())
        .addColumn('counters', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('quality_leg_ended').on('quality_leg').column('ended_at').execute()
      await db.schema.createIndex('quality_leg_call').on('quality_leg').column('call').execute()
    },
  },
]

export interface QualityLog {
  /** A leg that was written before, by a process that died on the way, is written over. */
  write(row: QualityRecord): void
  deleteBefore(at: number): void
  /** Newest first. */
  search(o: Search): Promise<{ readonly legs: readonly QualityRecord[]; readonly next?: string }>
}

export function qualityLog(records: Records): QualityLog {
  const db = records.db<Tables>()
  return {
    write: row =>
      records.write(
        db
          .insertInto('quality_leg')
          .values({ ...row, number: row.number.slice(0, 80), name: row.name.slice(0, 120) })
          .onConflict(conflict => conflict.column('id').doUpdateSet(row)),
      ),
    deleteBefore: at => records.write(db.deleteFrom('quality_leg').where('ended_at', '<', at)),
    search: o => search(records, o),
  }
}

const PAST = { at: 'ended_at', key: 'id', words: ['number', 'name', 'codec'] } as const

async function search(records: Records, o: Search) {
  let query = records.db<Tables>().selectFrom('quality_leg')
  if (o.poor) query = query.where('poor', '=', 1)
  for (const field of ['call', 'device', 'site'] as const) {
    const wanted = o[field]
    if (wanted !== undefined) query = query.where(field, '=', wanted)
  }
  const { rows, ...more } = await records.past(query.selectAll(), PAST, o)
  return { legs: rows, ...more }
}
