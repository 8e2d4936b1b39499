// A bell: what rings when, in which zones, by whose clock; and the days on which it is silent.
import { Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { calendarKind, DAYS, scheduleKind, wordsOf } from '../../answering/schedules/settings.ts'
import { TONES } from '../paging/settings.ts'

export { DAYS } from '../../answering/schedules/settings.ts'

const TIME = '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$'

export const Bell = Type.Object({
  name: Name({ title: 'Name', description: 'Early shift begins, lunch, end of the break.' }),
  zones: Type.Array(Ref('zone'), {
    title: 'Zones',
    description: 'Where it rings. What belongs to several of them rings once.',
    uniqueItems: true,
    minItems: 1,
    maxItems: 50,
  }),
  times: Type.Array(
    Type.String({ title: 'Time', pattern: TIME, description: '06:00, or 06:00:30 with seconds.', default: '06:00' }),
    { title: 'Times of day', description: 'As the clock of the site shows it.', minItems: 1, maxItems: 60 },
  ),
  days: Type.Array(Type.Enum(DAYS), {
    title: 'On',
    uniqueItems: true,
    minItems: 1,
    default: [...DAYS.slice(0, 5)],
  }),
  site: Type.Optional(
    Ref('site', { title: 'Site', description: 'Whose clock it goes by. Empty: that of the first site.' }),
  ),
  calendars: Type.Array(Ref('calendar'), {
    title: 'Silent on',
    description: 'Holidays: what these calendars name, whatever word they give it.',
    maxItems: 20,
    default: [],
  }),
  schedule: Type.Optional(
    Ref('schedule', { title: 'Schedule', description: 'A shift calendar. Empty: it rings on all of its days.' }),
  ),
  words: Type.Array(Type.String({ pattern: '^[a-z][a-z0-9-]{0,19}$', maxLength: 20, default: 'open' }), {
    title: 'Only while it is',
    description: 'Words of the schedule: it rings while that comes to one of them.',
    uniqueItems: true,
    maxItems: 20,
    default: [],
  }),
  tone: Type.Enum(TONES, { title: 'Tone', default: 'chime' }),
  messages: Type.Array(Ref('message'), {
    title: 'Messages',
    description: 'After the tone.',
    maxItems: 10,
    default: [],
  }),
  text: Type.Optional(Type.String({ title: 'Text', maxLength: 600, description: 'Spoken after the messages.' })),
  repeats: Type.Integer({ title: 'How often', minimum: 1, maximum: 10, default: 1 }),
  gapSeconds: Type.Number({
    title: 'Silence between',
    minimum: 0,
    maximum: 10,
    default: 1,
    'x-unit': 's',
    'x-advanced': true,
  }),
})
export type Bell = Static<typeof Bell>

/** The resource kind `bell`. */
export const bellKind: ResourceKind<Bell> = {
  kind: 'bell',
  prefix: 'bel',
  title: ['Bell', 'Bells'],
  schema: Bell,
  label: 'name',
  check(bell, look): Record<string, string> {
    if (new Set(bell.times.map(withSeconds)).size < bell.times.length)
      return { times: 'one of them is there twice: enter each time once' }
    if (bell.tone === 'none' && bell.messages.length === 0 && (bell.text ?? '').trim() === '')
      return { tone: 'nothing would be heard: choose a tone, a message or a text' }
    if (bell.schedule === undefined)
      return bell.words.length > 0 ? { schedule: 'is missing: the words belong to a schedule' } : {}
    if (bell.words.length === 0) return { words: 'name at least one word of the schedule, or choose no schedule' }
    const schedule = look.all(scheduleKind).find(one => one.id === bell.schedule)
    if (schedule === undefined) return {}
    const calendars = look.all(calendarKind).filter(one => schedule.calendars.includes(one.id))
    const known = wordsOf(schedule, calendars)
    const strange = bell.words.find(word => !known.includes(word))
    return strange === undefined ? {} : { words: `“${strange}” is no word of “${schedule.name}”: ${known.join(', ')}` }
  },
}

/** `06:00` and `06:00:00` are the same time. */
export const withSeconds = (time: string): string => (time.length === 5 ? `${time}:00` : time)

/** The settings of this feature. */
export const BellSettings = Type.Object(
  {
    latestSeconds: Type.Integer({
      title: 'Rings at most so late',
      description:
        'A bell that could not ring at its moment (the box was off, an alarm spoke) still rings within this time; after it, it is left out and shown.',
      minimum: 1,
      maximum: 60,
      default: 10,
      'x-unit': 's',
    }),
  },
  { default: {} },
)
export type BellSettings = Static<typeof BellSettings>

export const BellInput = Type.Object({ bell: Ref('bell') })
export type BellInput = Static<typeof BellInput>

export const SilenceInput = Type.Object({
  bell: Type.Optional(Ref('bell')),
  zone: Type.Optional(Ref('zone', { description: 'Every bell of this zone.' })),
  today: Type.Boolean({ title: 'Silent today', description: 'No: it rings again.' }),
})
export type SilenceInput = Static<typeof SilenceInput>
