// What rings next, for pages and problems: worked out once, and anew when the document changes or time has passed.
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Schedules } from '../../answering/schedules/feature.ts'
import { momentsOf } from './moments.ts'
import type { Bell } from './settings.ts'

/** How far ahead is looked, milliseconds. */
const AHEAD = 62 * 86_400_000
/** How many of the next rings are known of each bell. */
const KNOWN = 3
/** What is so near goes by what holds now, also by hand; milliseconds. */
const NEAR = 60_000
/** For so long what was worked out is believed, milliseconds. */
const FRESH = 600_000

interface Known {
  readonly revision: number
  readonly at: number
  readonly moments: readonly number[]
}

export class Outlook {
  readonly #box: Pick<Context, 'clock' | 'store'> & { schedules: Schedules; zoneOf(bell: Bell): string }
  readonly #known = new Map<string, Known>()

  constructor(box: Pick<Context, 'clock' | 'store'> & { schedules: Schedules; zoneOf(bell: Bell): string }) {
    this.#box = box
  }

  /** Whether a bell rings at a moment of its own: no holiday, and the shift is one of its shifts. */
  admits(bell: Bell, moment: number): boolean {
    const { schedules, clock, zoneOf } = this.#box
    if (bell.calendars.length > 0 && schedules.isNamed(bell.calendars, { now: moment, zone: zoneOf(bell) }))
      return false
    if (bell.schedule === undefined) return true
    const near = Math.abs(moment - clock.now()) < NEAR
    const word = near ? schedules.wordOf(bell.schedule) : schedules.wordAt(bell.schedule, moment)
    return word !== undefined && bell.words.includes(word)
  }

  /** Its next moments, UTC milliseconds; none when it does not ring within two months. */
  next(bell: Stored<Bell>): readonly number[] {
    const now = this.#box.clock.now()
    const { revision } = this.#box.store
    const known = this.#known.get(bell.id)
    const [first = Number.POSITIVE_INFINITY] = known?.moments ?? []
    if (known?.revision === revision && now >= known.at && now < known.at + FRESH && now < first) return known.moments
    const moments = this.#first(bell, now)
    this.#known.set(bell.id, { revision, at: now, moments })
    return moments
  }

  #first(bell: Bell, after: number): readonly number[] {
    const found: number[] = []
    for (const moment of momentsOf(bell, { after, until: after + AHEAD, zone: this.#box.zoneOf(bell) })) {
      if (this.admits(bell, moment)) found.push(moment)
      if (found.length === KNOWN) break
    }
    return found
  }
}
