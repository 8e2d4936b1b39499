// Opens the alarms of this box: what a former process left, where they are kept, how they are written down.
import type { Context } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import type { Alarm } from './alarm.ts'
import { Incidents } from './incidents.ts'
import type { AlarmLog } from './records.ts'

/** Knows again what is kept; {@link Incidents.resume} goes on with it. */
export function openIncidents(ctx: Context, log: AlarmLog): Incidents {
  const recorded = ctx.live.collection<Alarm>('recorded', { keep: 'process' })
  const incidents = new Incidents({
    clock: ctx.clock,
    board: ctx.board,
    spawn: ctx.spawn,
    act: ctx.act,
    emit: ctx.emit,
    log: ctx.log,
    kept: ctx.live.collection<Alarm>('alarm', { keep: 'power', accept: isAlarm }),
    olderPresses: ctx.live.collection<{ alarm: string }>('older-press', { keep: 'power' }),
    newId: () => newIdentity('alm'),
    record(alarm) {
      log.alarm(alarm, recorded.get(alarm.id))
      recorded.set(alarm.id, alarm)
    },
    note: (alarm, what, detail) => log.event({ alarm, at: ctx.clock.now(), what, detail }),
  })
  incidents.recall()
  return incidents
}

/** What another version left and this one cannot carry on is dropped, and counted by the store. */
function isAlarm(value: unknown): value is Alarm {
  if (typeof value !== 'object' || value === null) return false
  const alarm = value as Partial<Record<keyof Alarm, unknown>>
  return (
    typeof alarm.id === 'string' &&
    typeof alarm.state === 'string' &&
    typeof alarm.raisedAt === 'number' &&
    typeof alarm.plan === 'object' &&
    Array.isArray(alarm.presses) &&
    Array.isArray(alarm.steps)
  )
}
