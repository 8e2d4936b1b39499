// Schedules: what holds now, by the clock or by hand.
import { feature, type Problem, type Route } from '../../../kernel/feature.ts'
import type { Stored, Who } from '../../../kernel/store.ts'
import type { Thing } from '../../../kernel/things.ts'
import { sites } from '../../places/sites/feature.ts'
import { calendarKind, OverrideInput, type Schedule, scheduleKind, wordsOf } from './settings.ts'
import { dayAt, type WordNow, wordAt } from './word-at.ts'
import { words } from './words.en.ts'

import './facts.ts'

export { type Schedule, scheduleKind } from './settings.ts'

/** What other features ask of schedules; from memory. */
export interface Schedules {
  /** The word that holds now; undefined: there is no such schedule. */
  wordOf(schedule: string): string | undefined
  /** The word at an instant by the clock, whatever was set by hand; UTC milliseconds. */
  wordAt(schedule: string, instant: number): string | undefined
  /** Whether one of these calendars names that instant, by the clock of a zone. */
  isNamed(calendars: readonly string[], o: { now: number; zone: string }): boolean
}

/** What somebody said that holds until he says otherwise. */
interface Override {
  readonly word: string
  readonly who: string
  /** UTC milliseconds. */
  readonly at: number
}

export const schedules = feature<unknown, Schedules>({
  name: 'schedules',
  about: 'Business hours, shifts and holidays, and what holds now.',
  needs: [sites],
  resources: [scheduleKind, calendarKind],
  permissions: {
    'schedules.view': words['schedules.view'],
    'schedules.manage': words['schedules.manage'],
    'schedules.override': words['schedules.override'],
  },
  words: { en: words },
  start(ctx) {
    const overrides = ctx.live.collection<Override>('override', { keep: 'power' })
    const all = () => ctx.store.all(scheduleKind)
    const calendarsOf = (schedule: Pick<Schedule, 'calendars'>) =>
      schedule.calendars.flatMap(id => ctx.store.get(calendarKind, id) ?? [])
    const byClock = (schedule: Stored<Schedule>, now = ctx.clock.now()): WordNow => {
      const zone = ctx.use(sites).of(schedule.site)?.timeZone ?? 'UTC'
      return wordAt(schedule, calendarsOf(schedule), { now, zone })
    }
    const now: Route<never, unknown> = {
      method: 'GET',
      path: 'schedules/now',
      about: 'What every schedule comes to now, and why.',
      permission: 'schedules.view',
      rows: { in: 'schedules', on: ({ schedule: id }: { readonly schedule: string }) => [{ kind: 'schedule', id }] },
      run: () => ({
        schedules: all().map(schedule => ({
          schedule: schedule.id,
          name: schedule.name,
          words: wordsOf(schedule, calendarsOf(schedule)),
          ...byClock(schedule),
          ...hand(overrides.get(schedule.id)),
        })),
      }),
    }
    const override: Route<OverrideInput, unknown> = {
      method: 'POST',
      path: 'schedules/override',
      about: 'Says what a schedule comes to until further notice; without a word it goes by the clock again.',
      permission: 'schedules.override',
      input: OverrideInput,
      async run({ schedule, word }, who) {
        if (word === undefined) await overrides.deleteNow(schedule)
        else await overrides.setNow(schedule, { word, who: nameOf(who), at: ctx.clock.now() })
        ctx.emit('schedule.set', {
          schedule,
          ...(word !== undefined && { word }),
          who: nameOf(who),
          at: ctx.clock.now(),
        })
        return {}
      },
    }
    return {
      api: {
        wordOf(id) {
          const schedule = ctx.store.get(scheduleKind, id)
          return schedule && (overrides.get(id)?.word ?? byClock(schedule).word)
        },
        wordAt(id, instant) {
          const schedule = ctx.store.get(scheduleKind, id)
          return schedule && byClock(schedule, instant).word
        },
        isNamed: (calendars, o) => dayAt(calendarsOf({ calendars: [...calendars] }), o) !== undefined,
      },
      routes: [now, override as Route<never, unknown>],
      touches: { 'schedule.set': ({ schedule: id }): readonly Thing[] => [{ kind: 'schedule', id }] },
      apply() {
        for (const id of overrides.all().keys()) if (!ctx.store.get(scheduleKind, id)) overrides.delete(id)
      },
      problems: () =>
        all().flatMap(({ id, name }): Problem[] => {
          const set = overrides.get(id)
          if (!set) return []
          const text = words['schedules.overridden']
            .replace('{name}', name)
            .replace('{word}', set.word)
            .replace('{who}', set.who)
          const remedy = words['schedules.overridden.remedy']
          return [{ code: `schedules.overridden:${id}`, severity: 'info', text, remedy, link: '/schedules' }]
        }),
    }
  },
})
export default schedules

const nameOf = (who: Who): string => who.name
const hand = (set: Override | undefined) => set && { word: set.word, by: 'hand', who: set.who, at: set.at }
