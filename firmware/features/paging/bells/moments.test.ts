import test from 'ava'
import { momentsOf, sameDay } from './moments.ts'
import { type Bell, bellKind } from './settings.ts'

const EVERY_DAY: Bell['days'] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const DETROIT = 'America/Detroit'

const moments = (times: readonly string[], o: { from: string; to: string; days?: Bell['days']; zone?: string }) =>
  [
    ...momentsOf(
      { times: [...times], days: o.days ?? EVERY_DAY },
      { after: Date.parse(o.from), until: Date.parse(o.to), zone: o.zone ?? DETROIT },
    ),
  ].map(moment => new Date(moment).toISOString().slice(0, 16))

test('times come in order, on their days only, after the beginning of the span and up to its end', t => {
  const span = { from: '2026-11-27T14:00Z', to: '2026-11-30T11:00Z', days: ['friday', 'monday'] as Bell['days'] }
  t.deepEqual(moments(['14:00', '06:00', '09:00'], span), ['2026-11-27T19:00', '2026-11-30T11:00'])
})

test('each site has a clock of its own', t => {
  const span = { from: '2026-11-30T00:00Z', to: '2026-11-30T23:59Z' }
  t.deepEqual(moments(['06:00'], { ...span, zone: 'Europe/Berlin' }), ['2026-11-30T05:00'])
  t.deepEqual(moments(['06:00'], { ...span, zone: 'Asia/Kolkata' }), ['2026-11-30T00:30'])
})

test('a time that the clock skips in spring comes when it skips, and only once', t => {
  // 8 March 2026: at 2:00 it is 3:00.
  const span = { from: '2026-03-08T05:00Z', to: '2026-03-08T09:00Z' }
  t.deepEqual(moments(['01:59', '02:10', '02:30', '03:00', '03:30'], span), [
    '2026-03-08T06:59',
    '2026-03-08T07:00',
    '2026-03-08T07:30',
  ])
})

test('a time that the clock shows twice in autumn comes the first time only', t => {
  // 1 November 2026: at 2:00 it is 1:00 again.
  const span = { from: '2026-11-01T04:00Z', to: '2026-11-01T08:00Z' }
  t.deepEqual(moments(['01:00', '01:30', '02:00'], span), ['2026-11-01T05:00', '2026-11-01T05:30', '2026-11-01T07:00'])
  t.deepEqual(moments(['01:30'], { from: '2026-11-01T05:45Z', to: '2026-11-01T08:00Z' }), [])
})

test('where clocks are changed at midnight or by half an hour, no bell is lost and none doubled', t => {
  // Chile skips 0:00 to 1:00 on 6 September 2026; Lord Howe goes back half an hour at 2:00 on 5 April 2026.
  const chile = { from: '2026-09-05T12:00Z', to: '2026-09-06T12:00Z', zone: 'America/Santiago' }
  t.deepEqual(moments(['00:30', '06:00'], chile), ['2026-09-06T04:00', '2026-09-06T09:00'])
  const island = { from: '2026-04-04T13:00Z', to: '2026-04-05T00:00Z', zone: 'Australia/Lord_Howe' }
  t.deepEqual(moments(['01:45'], island), ['2026-04-04T14:45'])
})

test('in a year of every zone each day has each time once', t => {
  for (const zone of [DETROIT, 'Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kolkata']) {
    const times = moments(['00:15', '02:30', '23:45'], { from: '2026-01-10T12:00Z', to: '2027-01-10T12:00Z', zone })
    t.is(times.length, 3 * 365, zone)
    t.is(new Set(times).size, times.length, zone)
  }
})

test('a day ends at midnight of its own clock', t => {
  t.true(sameDay(Date.parse('2026-12-01T06:00Z'), Date.parse('2026-12-02T04:59Z'), DETROIT))
  t.false(sameDay(Date.parse('2026-12-01T06:00Z'), Date.parse('2026-12-02T05:00Z'), DETROIT))
})

test('a bell that makes no sense is refused with the field and the remedy', t => {
  const bell: Bell = {
    name: 'Lunch',
    zones: ['zon_a'],
    times: ['12:00'],
    days: EVERY_DAY,
    calendars: [],
    words: [],
    tone: 'chime',
    messages: [],
    repeats: 1,
    gapSeconds: 1,
  }
  const look = { get: () => undefined, all: () => [] } as never
  const faults = (change: Partial<Bell>) => Object.entries(bellKind.check?.({ ...bell, ...change }, look) ?? {}).flat()
  t.deepEqual(faults({}), [])
  t.regex(faults({ times: ['12:00', '12:00:00'] }).join(' '), /^times .*twice/)
  t.regex(faults({ tone: 'none', text: ' ' }).join(' '), /^tone .*choose/)
  t.regex(faults({ words: ['open'] }).join(' '), /^schedule .*missing/)
  t.regex(faults({ schedule: 'sch_a' }).join(' '), /^words .*at least one/)
})
