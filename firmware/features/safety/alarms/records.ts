// What alarms there were, who pressed, what each step came to: written beside the alarm, never before it.
import type { Kysely } from 'kysely'
import type { HistoryInput } from '../../../kernel/history-input.ts'
import type { HistoryPage, Migration, Records } from '../../../kernel/records.ts'
import type { Alarm } from './alarm.ts'

interface AlarmTable {
  id: string
  plan: string
  plan_rev: number
  plan_name: string
  severity: string
  drill: number
  state: string
  cause: string
  who: string
  location: string | null
  raised_at: number
  acknowledged_at: number | null
  acknowledged_by: string | null
  escalated_at: number | null
  ended_at: number | null
  ended_by: string | null
  superseded_by: string | null
}
interface PressTable {
  box: string
  epoch: string
  sequence: number
  alarm: string
  button: string | null
  cause: string
  location: string | null
  at: number
}
interface StepTable {
  alarm: string
  step: string
  kind: string
  state: string
  attempts: number
  error: string | null
  since: number
}
interface EventTable {
  alarm: string
  at: number
  what: string
  detail: string
}
interface Tables {
  alarms_alarm: AlarmTable
  alarms_press: PressTable
  alarms_step: StepTable
  alarms_event: EventTable
}

export const migrations: readonly Migration[] = [
  {
    id: 'alarms-1',
    async up(db) {
      await db.schema
        .createTable('alarms_alarm')
        .addColumn('id', 'varchar(60)', column => column.primaryKey())
        .addColumn('plan', 'varchar(80)', column => column.notNull())
        .addColumn('plan_rev', 'integer', column => column.notNull())
        .addColumn('plan_name', 'varchar(120)', column => column.notNull())
        .addColumn('severity', 'varchar(20)', column => column.notNull())
        .addColumn('drill', 'integer', column => column.notNull())
        .addColumn('state', 'varchar(20)', column => column.notNull())
        .addColumn('cause', 'varchar(300)', column => column.notNull())
        .addColumn('who', 'varchar(120)', column => column.notNull())
        .addColumn('location', 'varchar(60)')
        .addColumn('raised_at', 'bigint', column => column.notNull())
        .addColumn('acknowledged_at', 'bigint')
        .addColumn('acknowledged_by', 'varchar(120)')
        .addColumn('escalated_at', 'bigint')
        .addColumn('ended_at', 'bigint')
        .addColumn('ended_by', 'varchar(120)')
        .addColumn('superseded_by', 'varchar(60)')
        .execute()
      await db.schema.createIndex('alarms_alarm_raised').on('alarms_alarm').column('raised_at').execute()
      await db.schema
        .createTable('alarms_press')
        .addColumn('box', 'varchar(60)', column => column.notNull())
        .addColumn('epoch', 'varchar(60)', column => column.notNull())
        .addColumn('sequence', 'integer', column => column.notNull())
        .addColumn('alarm', 'varchar(60)', column => column.notNull())
        .addColumn('button', 'varchar(60)')
        .addColumn('cause', 'varchar(300)', column => column.notNull())
        .addColumn('location', 'varchar(60)')
        .addColumn('at', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('alarms_press_key', ['box', 'epoch', 'sequence'])
        .execute()
      await db.schema
        .createTable('alarms_step')
        .addColumn('alarm', 'varchar(60)', column => column.notNull())
        .addColumn('step', 'varchar(40)', column => column.notNull())
        .addColumn('kind', 'varchar(60)', column => column.notNull())
        .addColumn('state', 'varchar(20)', column => column.notNull())
        .addColumn('attempts', 'integer', column => column.notNull())
        .addColumn('error', 'varchar(300)')
        .addColumn('since', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('alarms_step_key', ['alarm', 'step'])
        .execute()
      await db.schema
        .createTable('alarms_event')
        .addColumn('alarm', 'varchar(60)', column => column.notNull())
        .addColumn('at', 'bigint', column => column.notNull())
        .addColumn('what', 'varchar(40)', column => column.notNull())
        .addColumn('detail', 'varchar(400)', column => column.notNull())
        .execute()
      await db.schema.createIndex('alarms_event_alarm').on('alarms_event').column('alarm').execute()
    },
  },
]

/** An alarm as it is read. */
export type AlarmRow = AlarmTable

/** The records of alarms. */
export interface AlarmLog {
  /** The alarm as it is now; `before`: as it was last written by this process. */
  alarm(alarm: Alarm, before: Alarm | undefined): void
  event(entry: EventTable): void
  /** Newest first. */
  past(asked: HistoryInput): Promise<HistoryPage<AlarmTable>>
  get(alarm: string): Promise<AlarmTable | undefined>
  detail(alarm: string): Promise<{
    readonly presses: readonly PressTable[]
    readonly steps: readonly StepTable[]
    readonly events: readonly EventTable[]
  }>
}

export function alarmLog(records: Records): AlarmLog {
  const db: Kysely<Tables> = records.db<Tables>()
  return {
    alarm(alarm, before) {
      const { id, ...row } = rowOf(alarm)
      records.write(
        db
          .insertInto('alarms_alarm')
          .values({ id, ...row })
          .onConflict(conflict => conflict.column('id').doUpdateSet(row)),
      )
      const known = new Set(before?.presses)
      for (const press of alarm.presses.filter(one => !known.has(one)))
        records.write(
          db
            .insertInto('alarms_press')
            .values({
              ...press.press,
              alarm: id,
              button: press.button ?? null,
              cause: press.cause.slice(0, 300),
              location: press.location ?? null,
              at: press.at,
            })
            .onConflict(conflict => conflict.columns(['box', 'epoch', 'sequence']).doNothing()),
        )
      for (const step of alarm.steps) {
        const former = before?.steps.find(one => one.id === step.id)
        if (former?.state === step.state && former.attempts === step.attempts) continue
        const state = {
          state: step.state,
          attempts: step.attempts,
          error: step.error?.slice(0, 300) ?? null,
          since: step.since,
        }
        records.write(
          db
            .insertInto('alarms_step')
            .values({ alarm: id, step: step.id, kind: step.action.kind, ...state })
            .onConflict(conflict => conflict.columns(['alarm', 'step']).doUpdateSet(state)),
        )
      }
    },
    event: entry =>
      records.write(db.insertInto('alarms_event').values({ ...entry, detail: entry.detail.slice(0, 400) })),
    past: asked => records.past(db.selectFrom('alarms_alarm').selectAll(), PAST, asked),
    get: id => db.selectFrom('alarms_alarm').selectAll().where('id', '=', id).executeTakeFirst(),
    async detail(alarm) {
      const [presses, steps, events] = await Promise.all([
        db.selectFrom('alarms_press').selectAll().where('alarm', '=', alarm).orderBy('at').execute(),
        db.selectFrom('alarms_step').selectAll().where('alarm', '=', alarm).orderBy('step').execute(),
        db.selectFrom('alarms_event').selectAll().where('alarm', '=', alarm).orderBy('at').execute(),
      ])
      return { presses, steps, events }
    },
  }
}

const PAST = {
  at: 'raised_at',
  key: 'id',
  words: ['plan_name', 'cause', 'who', 'acknowledged_by', 'ended_by'],
} as const

const rowOf = (alarm: Alarm): AlarmTable => ({
  id: alarm.id,
  plan: alarm.plan.id,
  plan_rev: alarm.plan.rev,
  plan_name: alarm.plan.name,
  severity: alarm.plan.severity,
  drill: alarm.drill ? 1 : 0,
  state: alarm.state,
  cause: alarm.cause.slice(0, 300),
  who: alarm.who.name,
  location: alarm.location ?? null,
  raised_at: alarm.raisedAt,
  acknowledged_at: alarm.acknowledged?.at ?? null,
  acknowledged_by: alarm.acknowledged?.who.name ?? null,
  escalated_at: alarm.escalatedAt ?? null,
  ended_at: alarm.ended?.at ?? null,
  ended_by: alarm.ended?.who.name ?? null,
  superseded_by: alarm.supersededBy ?? null,
})
