// Waits for the moments of bells by the wall clock, and accounts for every one of them: rung, or told why not.
// INVARIANT: a bell rings once for a moment, also when the clock is set back over it, and over restarts.
import type { Context } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Stored } from '../../../kernel/store.ts'
import { momentsOf } from './moments.ts'
import type { Bell } from './settings.ts'

/** One bell at one moment. */
export interface Due<Ready> {
  readonly bell: Stored<Bell>
  /** UTC milliseconds. */
  readonly moment: number
  /** What was made ready ahead; none where it comes unexpectedly. */
  readonly ready?: Ready
}

/** Why a bell that was due did not ring. */
export type Why = 'off' | 'busy' | 'clock-forward' | 'clock-back' | 'not-believed'

/** What the belfry needs of the box. */
export interface Surroundings<Ready> {
  readonly clock: Context['clock']
  /** How far bells have been accounted for, under `until`. */
  readonly watch: LiveCollection<{ readonly until: number }>
  /** For which moments it rang, by {@link keyOf}. */
  readonly rung: LiveCollection<{ readonly moment: number }>
  readonly latestMilliseconds: () => number
  readonly zoneOf: (bell: Bell) => string
  /** Whether it rings then: holidays, shifts. Asked at the moment itself. */
  readonly admits: (bell: Bell, moment: number) => boolean
  readonly makeReady: (bell: Stored<Bell>) => Ready
  /** Does not throw. */
  readonly ring: (due: Due<Ready>) => void
  readonly leftOut: (due: Due<Ready>, why: Why) => void
  readonly spawn: (what: string, work: Promise<unknown>) => void
}

/** How long before its moment a bell is made ready, milliseconds. */
const READY = 2000
/** How often the wall clock is looked at meanwhile: a step of it is seen within this, milliseconds. */
const BEAT = 10_000
/** Less is the clock being slewed, milliseconds. */
const STEP = 1000
const DAY = 86_400_000
/** Moments of a longer absence are not told one by one, milliseconds. */
const LONGEST_ABSENCE = 7 * DAY
/** How far ahead the next moment is looked for, milliseconds. */
const HORIZON = 8 * DAY
/** How often how far it came is kept while nothing rings, milliseconds. */
const KEPT_EVERY = 60_000

export class Belfry<Ready> {
  readonly #box: Surroundings<Ready>
  #bells: readonly Stored<Bell>[] = []
  #until: number
  /** Wall clock less monotonic clock at the last look. */
  #offset: number
  #kept = 0
  #started = false
  /** The next moment of any bell, where it is known. */
  #at: number | undefined
  #ready: readonly Due<Ready>[] = []
  #forget = () => {}

  constructor(box: Surroundings<Ready>) {
    this.#box = box
    const now = box.clock.now()
    this.#offset = now - box.clock.since()
    this.#until = Math.min(box.watch.get('until')?.until ?? now, now)
  }

  /** What was due by the former bells is rung first; from now on it goes by these. */
  change(bells: readonly Stored<Bell>[]): void {
    if (!this.#started) this.#bells = bells
    this.#look()
    this.#bells = bells
    this.#ready = []
    this.#at = undefined
    this.#arm()
  }

  leave(): void {
    this.#forget()
  }

  #look(): void {
    const { clock } = this.#box
    const now = clock.now()
    const offset = now - clock.since()
    const step = offset - this.#offset
    this.#offset = offset
    if (this.#until > now) this.#until = now
    if (Math.abs(step) > STEP) this.#at = undefined
    const why = !this.#started ? 'off' : step > STEP ? 'clock-forward' : 'busy'
    this.#started = true
    const due = this.#dueUntil(now)
    this.#until = now
    for (const one of due) this.#handle(one, why)
    if (due.length > 0 || Math.abs(now - this.#kept) >= KEPT_EVERY) this.#keep(now)
    if (due.length > 0) this.#tidy(now)
  }

  #dueUntil(now: number): readonly Due<Ready>[] {
    const after = Math.max(this.#until, now - LONGEST_ABSENCE)
    if (after >= now) return []
    return this.#bells
      .flatMap(bell =>
        [...momentsOf(bell, { after, until: now, zone: this.#box.zoneOf(bell) })].map(
          moment => this.#ready.find(one => one.bell === bell && one.moment === moment) ?? { bell, moment },
        ),
      )
      .sort((a, b) => a.moment - b.moment)
  }

  #handle(due: Due<Ready>, why: Why): void {
    const { clock, rung, admits, leftOut, ring, latestMilliseconds, spawn } = this.#box
    const { bell, moment } = due
    if (!admits(bell, moment)) return
    if (rung.get(keyOf(due))) leftOut(due, 'clock-back')
    else if (clock.now() - moment > latestMilliseconds()) leftOut(due, why)
    else if (!clock.trusted) leftOut(due, 'not-believed')
    else {
      ring(due)
      spawn('keep that a bell rang', rung.setNow(keyOf(due), { moment }))
    }
  }

  #keep(until: number): void {
    this.#kept = until
    this.#box.watch.set('until', { until })
  }

  /** What is days ago comes again by no ordinary step of a clock. */
  #tidy(now: number): void {
    const { rung } = this.#box
    for (const [key, { moment }] of rung.all()) if (moment < now - 2 * DAY) rung.delete(key)
  }

  #arm(): void {
    this.#forget()
    if (this.#bells.length === 0) return
    const { clock } = this.#box
    const next = this.#at !== undefined && this.#at > this.#until ? this.#at : this.#next()
    this.#at = next
    const left = next - clock.now()
    if (left <= READY) this.#makeReady(next)
    const wait = left <= READY ? left : Math.min(BEAT, left - READY)
    this.#forget = clock.after(Math.max(0, wait), () => {
      this.#look()
      this.#arm()
    })
  }

  #next(): number {
    const { clock } = this.#box
    const until = clock.now() + HORIZON
    const firsts = this.#bells.map(bell => {
      const { value } = momentsOf(bell, { after: this.#until, until, zone: this.#box.zoneOf(bell) }).next()
      return value ?? until
    })
    return Math.min(...firsts)
  }

  #makeReady(moment: number): void {
    const { zoneOf, admits, makeReady } = this.#box
    const due = this.#bells.filter(bell => {
      const { value } = momentsOf(bell, { after: moment - 1, until: moment, zone: zoneOf(bell) }).next()
      return value === moment && admits(bell, moment)
    })
    this.#ready = due.map(bell => ({ bell, moment, ready: makeReady(bell) }))
  }
}

/** What tells one moment of one bell from all others. */
const keyOf = ({ bell, moment }: Pick<Due<unknown>, 'bell' | 'moment'>): string => `${bell.id}/${moment}`
