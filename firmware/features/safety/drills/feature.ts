// Drills: a plan run for practice. Everything it does says so, nothing of it leaves the plant, and a real alarm ends it.
import { PbxError } from '../../../kernel/errors.ts'
import { feature, type Problem, type Route } from '../../../kernel/feature.ts'
import { type Alarms, alarms, isLive } from '../alarms/feature.ts'
import { EndInput, StartInput } from './settings.ts'
import { words } from './words.en.ts'

/** A drill that goes on for longer was forgotten. */
const LONG_MILLISECONDS = 60 * 60_000

export const drills = feature<unknown, undefined>({
  name: 'drills',
  about: 'Practice runs of alarm plans.',
  needs: [alarms],
  permissions: { 'drills.view': 'See drills', 'drills.start': 'Start and end drills' },
  words: { en: words },
  start(ctx) {
    const floor = ctx.use(alarms)
    return { routes: routesOf(floor), problems: () => problemsOf(floor, ctx.clock.now()) }
  },
})
export default drills

function routesOf(floor: Alarms): Route<never, unknown>[] {
  const start: Route<StartInput, { alarm: string }> = {
    method: 'POST',
    path: 'drills/start',
    about: 'Runs a plan for practice.',
    permission: 'drills.start',
    input: StartInput,
    run({ plan, location, note }, who) {
      refuseBesideReal(floor)
      const wording = note === undefined || note === '' ? words['drills.cause'] : words['drills.note']
      const cause = wording.replace('{who}', who.name).replace('{note}', note ?? '')
      return { alarm: floor.raise({ plan, who, cause, drill: true, ...(location === undefined ? {} : { location }) }) }
    },
  }
  const end: Route<EndInput, { ended: true }> = {
    method: 'POST',
    path: 'drills/end',
    about: 'Ends a drill with its all-clear.',
    permission: 'drills.start',
    input: EndInput,
    on: ({ alarm }) => floor.places(alarm),
    run({ alarm }, who) {
      if (floor.get(alarm)?.drill !== true)
        throw new PbxError('drills.not-a-drill', 'this is no drill', { status: 409 })
      floor.clear(alarm, who)
      return { ended: true }
    },
  }
  const live: Route<Record<string, never>, unknown> = {
    method: 'GET',
    path: 'drills/live',
    about: 'Drills under way.',
    permission: 'drills.view',
    rows: { in: 'drills', on: ({ id }: { readonly id: string }) => floor.places(id) },
    run: () => ({ drills: floor.all().filter(alarm => alarm.drill && isLive(alarm)) }),
  }
  return [start, end, live]
}

/** Practice beside danger is heard as danger, or takes the voice from it. */
function refuseBesideReal(floor: Alarms): void {
  const real = floor.all().find(alarm => !alarm.drill && isLive(alarm))
  if (real === undefined) return
  const why = words['drills.alarm-lives'].replace('{plan}', real.plan.name).replace('{cause}', real.cause)
  throw new PbxError('drills.alarm-lives', why, { status: 409 })
}

const problemsOf = (floor: Alarms, now: number): Problem[] =>
  floor
    .all()
    .filter(alarm => alarm.drill && isLive(alarm) && now - alarm.raisedAt > LONG_MILLISECONDS)
    .map(alarm => ({
      code: `drills.long:${alarm.id}`,
      severity: 'warning',
      text: words['drills.long']
        .replace('{plan}', alarm.plan.name)
        .replace('{minutes}', String(Math.floor((now - alarm.raisedAt) / 60_000))),
      remedy: words['drills.long.remedy'],
      since: alarm.raisedAt,
    }))
