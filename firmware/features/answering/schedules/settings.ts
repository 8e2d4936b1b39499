// Schedules: which word holds now (open, closed, night, a shift), by the clock of a site; calendars hold the days that are otherwise.
import { Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
const WORD = '^[a-z][a-z0-9-]{0,19}$'
const TIME = '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$'
const DATE = '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'

const word = (title: string, o: { description?: string; default: string }) =>
  Type.String({ title, pattern: WORD, maxLength: 20, ...o })
const time = (title: string, otherwise: string) => Type.String({ title, pattern: TIME, default: otherwise })

export const Calendar = Type.Object({
  name: Name({ title: 'Name', description: 'Holidays of a country, works holidays, stocktaking.' }),
  days: Type.Array(
    Type.Object({
      name: Type.String({ title: 'What for', maxLength: 60, default: '' }),
      date: Type.String({ title: 'Day', pattern: DATE, description: '2026-12-25' }),
      until: Type.Optional(
        Type.String({ title: 'To', pattern: DATE, description: 'The last day of several. Empty: one day.' }),
      ),
      from: time('From', '00:00'),
      to: time('Until', '24:00'),
      word: word('Then it is', { default: 'closed' }),
    }),
    { title: 'Days', maxItems: 500, default: [] },
  ),
})
export type Calendar = Static<typeof Calendar>

/** The resource kind `calendar`. */
export const calendarKind: ResourceKind<Calendar> = {
  kind: 'calendar',
  prefix: 'cal',
  title: ['Calendar', 'Calendars'],
  schema: Calendar,
  label: 'name',
  check({ days }): Record<string, string> {
    const wrong = days.find(({ date, until, from, to }) => (until !== undefined && until < date) || from >= to)
    return wrong ? { days: `${wrong.date} ends before it begins: correct its end` } : {}
  },
}

export const Schedule = Type.Object({
  name: Name({ title: 'Name' }),
  site: Type.Optional(
    Ref('site', { title: 'Site', description: 'Whose clock it goes by. Empty: that of the first site.' }),
  ),
  hours: Type.Array(
    Type.Object({
      word: word('It is', { default: 'open', description: 'A word of your own: open, early-shift, night.' }),
      days: Type.Array(Type.Enum(DAYS), { title: 'On', uniqueItems: true, default: [...DAYS.slice(0, 5)] }),
      from: time('From', '08:00'),
      to: time('Until', '17:00'),
    }),
    {
      title: 'Hours',
      description:
        'The first that fits decides. Until an earlier time than from: over midnight, of the day it begins on.',
      maxItems: 100,
      default: [],
    },
  ),
  otherwise: word('Otherwise it is', { default: 'closed' }),
  calendars: Type.Array(Ref('calendar'), {
    title: 'Days that are otherwise',
    description: 'Calendars come before the hours; the first that names the day decides.',
    maxItems: 20,
    default: [],
  }),
})
export type Schedule = Static<typeof Schedule>

/** The resource kind `schedule`. */
export const scheduleKind: ResourceKind<Schedule> = {
  kind: 'schedule',
  prefix: 'sch',
  title: ['Schedule', 'Schedules'],
  schema: Schedule,
  label: 'name',
  check({ hours }): Record<string, string> {
    const empty = hours.find(({ from, to }) => from === to)
    return empty
      ? { hours: `from ${empty.from} until ${empty.to} is no time at all: all day is 00:00 until 24:00` }
      : {}
  },
}

/** Every word that a schedule may come to, each once. */
export const wordsOf = (schedule: Schedule, calendars: readonly Calendar[]): readonly string[] => [
  ...new Set([
    ...schedule.hours.map(one => one.word),
    schedule.otherwise,
    ...calendars.flatMap(({ days }) => days.map(day => day.word)),
  ]),
]

export const OverrideInput = Type.Object({
  schedule: Ref('schedule'),
  word: Type.Optional(word('Word', { default: 'closed' })),
})
export type OverrideInput = Static<typeof OverrideInput>
