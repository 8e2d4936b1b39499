// Verbs of alarms: raise, acknowledge, all-clear, look.
import type { Route } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import type { Who } from '../../../kernel/store.ts'
import type { Alarm } from './alarm.ts'
import type { Incidents } from './incidents.ts'
import { placeOf, placesOf } from './places.ts'
import type { PlanBook } from './plan-book.ts'
import type { AlarmLog, AlarmRow } from './records.ts'
import { AlarmInput, RaiseInput } from './settings.ts'

/** The routes of this feature. */
export function routesOf(incidents: Incidents, book: PlanBook, log: AlarmLog): Route<never, unknown>[] {
  const raise: Route<RaiseInput, { alarm: string }> = {
    method: 'POST',
    path: 'alarms/raise',
    about: 'Raises an alarm by a plan, as a button would.',
    permission: 'alarms.raise',
    input: RaiseInput,
    run: ({ plan, location, reason }, who) => {
      const cause = reason === undefined || reason === '' ? `raised by ${who.name}` : `${reason} (${who.name})`
      return {
        alarm: incidents.raise({ plan: book.known(plan), who, cause, ...(location === undefined ? {} : { location }) }),
      }
    },
  }
  const change = (
    path: string,
    about: string,
    work: (alarm: string, who: Who) => void,
  ): Route<AlarmInput, unknown> => ({
    method: 'POST',
    path: `alarms/${path}`,
    about,
    permission: `alarms.${path}`,
    input: AlarmInput,
    on: ({ alarm }) => placesOf(incidents.get(alarm)),
    run({ alarm }, who) {
      work(alarm, who)
      return incidents.get(alarm)
    },
  })
  const live: Route<Record<string, never>, unknown> = {
    method: 'GET',
    path: 'alarms/live',
    about: 'Alarms of now and of late, newest first, with the state of every step.',
    permission: 'alarms.view',
    rows: { in: 'alarms', on: (alarm: Alarm) => placesOf(alarm) },
    run: () => ({ alarms: [...incidents.all()].sort((a, b) => b.raisedAt - a.raisedAt) }),
  }
  const history: Route<HistoryInput, unknown> = {
    method: 'GET',
    path: 'alarms/history',
    about: 'Alarms of the past, newest first.',
    permission: 'alarms.view',
    input: HistoryInput,
    rows: { in: 'alarms', on: ({ location, plan }: AlarmRow) => placeOf(location, plan) },
    async run(asked) {
      const { rows, ...more } = await log.past(asked)
      return { alarms: rows, ...more }
    },
  }
  const detail: Route<AlarmInput, unknown> = {
    method: 'GET',
    path: 'alarms/detail',
    about: 'One alarm with its presses, steps and everything that happened to it.',
    permission: 'alarms.view',
    input: AlarmInput,
    async on({ alarm }) {
      const live = incidents.get(alarm)
      const past = live === undefined ? await log.get(alarm) : undefined
      return past === undefined ? placesOf(live) : placeOf(past.location, past.plan)
    },
    run: ({ alarm }) => log.detail(alarm),
  }
  return [
    raise,
    change('acknowledge', 'Somebody takes care: the alarm does not escalate.', (id, who) =>
      incidents.acknowledge(id, who),
    ),
    change('clear', 'All clear: releases outputs, stops announcements.', (id, who) => incidents.clear(id, who)),
    live,
    history,
    detail,
  ]
}
