import test from 'ava'
import type { Calendar, Schedule } from './settings.ts'
import { wordAt } from './word-at.ts'

const ZONE = 'America/Detroit'
const WEEKDAYS: Schedule['hours'][number]['days'] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday']
const PLANT: Schedule = {
  name: 'Plant',
  otherwise: 'closed',
  calendars: [],
  hours: [
    { word: 'early', days: WEEKDAYS, from: '06:00', to: '14:00' },
    { word: 'late', days: WEEKDAYS, from: '14:00', to: '22:00' },
    { word: 'night', days: WEEKDAYS, from: '22:00', to: '06:00' },
  ],
}
const HOLIDAYS: Calendar = {
  name: 'Holidays',
  days: [
    { name: 'Christmas', date: '2026-12-24', until: '2026-12-26', from: '00:00', to: '24:00', word: 'holiday' },
    { name: 'Stocktaking', date: '2026-11-20', from: '12:00', to: '13:00', word: 'stocktaking' },
  ],
}
const at = (iso: string, zone = ZONE, calendars: readonly Calendar[] = []) =>
  wordAt(PLANT, calendars, { now: Date.parse(iso), zone }).word

test('three shifts follow one another; the night belongs to the day on which it begins', t => {
  // Friday, 20 November 2026; Detroit is five hours behind.
  const day = ['10:59Z', '11:00Z', '18:59Z', '19:00Z'].map(time => at(`2026-11-20T${time}`))
  t.deepEqual(day, ['night', 'early', 'early', 'late'])
  t.is(at('2026-11-21T10:59Z'), 'night', 'Saturday before six: the night that began on Friday')
  t.is(at('2026-11-21T11:00Z'), 'closed')
  t.is(at('2026-11-23T04:00Z'), 'closed', 'Sunday evening')
  t.is(at('2026-11-23T10:00Z'), 'closed', 'Monday before six: no night began on Sunday')
})

test('each site has a clock of its own', t => {
  t.is(at('2026-11-20T12:00Z', 'America/Detroit'), 'early')
  t.is(at('2026-11-20T14:00Z', 'Europe/Berlin'), 'late')
})

test('days of a calendar come before the hours, whole or for some hours', t => {
  t.is(at('2026-12-24T12:00Z', ZONE, [HOLIDAYS]), 'holiday')
  t.is(at('2026-12-27T04:59Z', ZONE, [HOLIDAYS]), 'holiday', 'the last minute of the 26th')
  t.is(at('2026-11-20T17:30Z', ZONE, [HOLIDAYS]), 'stocktaking')
  t.is(at('2026-11-20T18:00Z', ZONE, [HOLIDAYS]), 'early')
})

test('where clocks are changed, hours go by what the clock on the wall shows', t => {
  const sunday: Schedule = {
    ...PLANT,
    hours: [{ word: 'open', days: ['sunday'], from: '01:00', to: '03:00' }],
  }
  const word = (iso: string) => wordAt(sunday, [], { now: Date.parse(iso), zone: ZONE }).word
  // 8 March 2026: at 2:00 it is 3:00; 1 November 2026: at 2:00 it is 1:00 again.
  t.deepEqual(
    ['06:00Z', '06:59Z', '07:00Z'].map(time => word(`2026-03-08T${time}`)),
    ['open', 'open', 'closed'],
  )
  t.deepEqual(
    ['04:59Z', '05:00Z', '06:00Z', '07:59Z', '08:00Z'].map(time => word(`2026-11-01T${time}`)),
    ['closed', 'open', 'open', 'open', 'closed'],
  )
})
