// The moments of a bell: from the clock on a wall to instants, also in the nights when clocks are changed.
import { DateTime, IANAZone } from 'luxon'
import { type Bell, DAYS, withSeconds } from './settings.ts'

const DAY = 86_400_000
const MINUTE = 60_000

/** What of a bell says when it rings. */
export type Rhythm = Pick<Bell, 'times' | 'days'>

interface Span {
  /** UTC milliseconds; not included. */
  readonly after: number
  /** UTC milliseconds; included. */
  readonly until: number
  /** An IANA name. */
  readonly zone: string
}

/**
 * When a bell rings by its times and days, in order, each instant once. A time that the clock skips in spring rings when
 * it skips; one that it shows twice in autumn rings the first time only.
 */
export function* momentsOf({ times, days }: Rhythm, { after, until, zone }: Span): Generator<number> {
  const offset = offsetsOf(zone)
  const clocks = times.map(time => clockOf(time))
  // A day before: where a clock is put back over midnight, yesterday is not over.
  const first = startOfDay(after + offset(after)) - DAY
  const last = startOfDay(until + offset(until))
  let former = after
  for (let day = first; day <= last; day += DAY) {
    if (!days.includes(weekdayOf(day))) continue
    const even = offset(day - DAY) === offset(day + 2 * DAY) ? offset(day) : undefined
    const instants = clocks.map(time => (even === undefined ? instantOf(day + time, offset) : day + time - even))
    for (const instant of instants.sort((a, b) => a - b)) {
      if (instant > until) break
      if (instant <= former) continue
      former = instant
      yield instant
    }
  }
}

/** Whether two instants are on the same day by the clock of a zone. */
export function sameDay(one: number, other: number, zone: string): boolean {
  const offset = offsetsOf(zone)
  return startOfDay(one + offset(one)) === startOfDay(other + offset(other))
}

/** As people there write it: `Wed 2 Dec 06:00`. */
export const localText = (at: number, zone: string): string =>
  DateTime.fromMillis(at, { zone: nameOf(zone) }).toFormat('ccc d LLL HH:mm')

type Offsets = (instant: number) => number

/** How far the clock of a zone is before UTC at an instant, milliseconds. */
function offsetsOf(zone: string): Offsets {
  const known = IANAZone.create(nameOf(zone))
  return instant => known.offset(instant) * MINUTE
}

const nameOf = (zone: string): string => (IANAZone.isValidZone(zone) ? zone : 'UTC')

/** Milliseconds of a time of day. */
function clockOf(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = withSeconds(time).split(':').map(Number)
  return ((hours * 60 + minutes) * 60 + seconds) * 1000
}

const startOfDay = (wall: number): number => Math.floor(wall / DAY) * DAY
/** The first of January 1970 was a Thursday. */
const weekdayOf = (day: number): (typeof DAYS)[number] => DAYS[(((day / DAY + 3) % 7) + 7) % 7] ?? 'monday'

/** `wall`: what the clock shows, as if it were UTC. */
function instantOf(wall: number, offset: Offsets): number {
  const before = offset(wall - DAY)
  const after = offset(wall + DAY)
  const shown = [wall - before, wall - after].filter(instant => instant + offset(instant) === wall)
  return shown.length > 0 ? Math.min(...shown) : changeOf({ from: wall - DAY, to: wall + DAY }, offset)
}

/** The first instant at which the later offset holds. */
function changeOf({ from, to }: { from: number; to: number }, offset: Offsets): number {
  const later = offset(to)
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offset(middle) === later) high = middle
    else low = middle
  }
  return high
}
