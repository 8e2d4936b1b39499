// The word of a schedule at an instant, by the wall clock of its zone: an hour that summer time takes away or gives twice is
// taken as that clock shows it.
import { DateTime } from 'luxon'
import { type Calendar, DAYS, type Schedule } from './settings.ts'

/** The word, and what decided it. */
export interface WordNow {
  readonly word: string
  readonly by: 'day' | 'hours' | 'otherwise'
  /** What a day is for, as it was entered. */
  readonly day?: string
}

interface Local {
  /** As `2026-12-25`. */
  readonly date: string
  readonly weekday: (typeof DAYS)[number]
  readonly yesterday: (typeof DAYS)[number]
  /** As `07:30`: times of one form are compared as texts. */
  readonly time: string
}

/** `now` in UTC milliseconds, `zone` an IANA name. */
export function wordAt(schedule: Schedule, calendars: readonly Calendar[], o: { now: number; zone: string }): WordNow {
  const local = localOf(o)
  const day = dayOf(calendars, local)
  if (day) return { word: day.word, by: 'day', ...(day.name && { day: day.name }) }
  const hours = schedule.hours.find(one => holds(one, local))
  return hours ? { word: hours.word, by: 'hours' } : { word: schedule.otherwise, by: 'otherwise' }
}

/** What calendars name at an instant; the first decides. `now` in UTC milliseconds, `zone` an IANA name. */
export const dayAt = (
  calendars: readonly Calendar[],
  o: { now: number; zone: string },
): Calendar['days'][number] | undefined => dayOf(calendars, localOf(o))

const dayOf = (calendars: readonly Calendar[], local: Local) =>
  calendars.flatMap(({ days }) => days).find(one => isOn(one, local))

function localOf({ now, zone }: { now: number; zone: string }): Local {
  const local = DateTime.fromMillis(now, { zone })
  const at = local.weekday - 1
  return {
    date: local.toFormat('yyyy-MM-dd'),
    weekday: DAYS[at] ?? 'monday',
    yesterday: DAYS[(at + 6) % 7] ?? 'sunday',
    time: local.toFormat('HH:mm'),
  }
}

const isOn = ({ date, until = date, from, to }: Calendar['days'][number], local: Local): boolean =>
  local.date >= date && local.date <= until && local.time >= from && local.time < to

function holds({ days, from, to }: Schedule['hours'][number], { weekday, yesterday, time }: Local): boolean {
  if (from < to) return days.includes(weekday) && time >= from && time < to
  // Over midnight: it began today, or yesterday and has not ended yet.
  return (days.includes(weekday) && time >= from) || (days.includes(yesterday) && time < to)
}
