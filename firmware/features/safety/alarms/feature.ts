// Alarms: from a press or a person to strobes, pages and notices, until somebody gives the all-clear.
import { within } from '../../../kernel/clock.ts'
import { feature } from '../../../kernel/feature.ts'
import { paging } from '../../paging/paging/feature.ts'
import { type Alarms, apiOf } from './alarms-api.ts'
import type {} from './facts.ts'
import { openIncidents } from './open-incidents.ts'
import { outputAction } from './output-actions.ts'
import { touchesOf } from './places.ts'
import { PlanBook } from './plan-book.ts'
import { problemsOf } from './problems.ts'
import { raiseAction } from './raise-action.ts'
import { alarmLog, migrations } from './records.ts'
import { handPriority } from './reflex-table.ts'
import { routesOf } from './routes.ts'
import { planKind } from './settings.ts'
import { releaseStrays } from './stray-hands.ts'
import { words } from './words.en.ts'

export { type Alarm, isLive } from './alarm.ts'
export type { Alarms, Press } from './alarms-api.ts'
export { STEADY, type Wire } from './reflex-table.ts'
export { type Plan, planKind } from './settings.ts'

/** What a plan is made of: when one of these changes, the plans are compiled anew. */
const PARTS: ReadonlySet<string> = new Set([
  'plan',
  'message',
  'zone',
  'multicast-stream',
  'location',
  'site',
  'device',
  'paging',
])
/** Alarms that are over stay at hand, this many; the rest is in the records. */
const AT_HAND = 50
/** How long alarms of a former process wait for their words; what the board drives goes on meanwhile. */
const RESUME_MILLISECONDS = 1500
const TIDY_MILLISECONDS = 10 * 60_000

export const alarms = feature<unknown, Alarms>({
  name: 'alarms',
  about: 'Alarm plans and live alarms: strobes, relays, announcements and notices at once.',
  essential: true,
  needs: [paging],
  resources: [planKind],
  records: migrations,
  permissions: {
    'alarms.view': 'See alarms',
    'alarms.raise': 'Raise alarms',
    'alarms.acknowledge': 'Acknowledge alarms',
    'alarms.clear': 'Give the all-clear',
    'alarms.manage': 'Change alarm plans',
  },
  words: { en: words },
  start(ctx) {
    const log = alarmLog(ctx.records)
    const incidents = openIncidents(ctx, log)
    const book = new PlanBook(ctx, ctx.use(paging))
    ctx.on('page.leaving', ({ page, alarm, amplifiers }) => {
      if (alarm !== undefined) incidents.audible(alarm, page, amplifiers)
    })
    ctx.on('page.ended', ({ page, alarm }) => {
      if (alarm !== undefined) incidents.inaudible(alarm, page)
    })
    ctx.on('document.changed', ({ kinds }) => {
      if (kinds.some(kind => PARTS.has(kind))) ctx.spawn('compile alarm plans', book.compile())
    })
    // After this start the other features' actions are there: plans are checked against them, and old alarms go on,
    // with their words if those are ready soon.
    ctx.clock.after(0, () => {
      const compiled = book.compile()
      const resume = () => incidents.resume()
      ctx.spawn('compile alarm plans', compiled)
      ctx.spawn('go on with alarms', within(ctx.clock, RESUME_MILLISECONDS, compiled.then(resume)).then(resume))
    })
    ctx.clock.every(TIDY_MILLISECONDS, () => ctx.spawn('put old alarms away', incidents.forget(AT_HAND)))
    ctx.signal.addEventListener('abort', () => incidents.leave(), { once: true })
    const priorityOf = (alarm: string) => {
      const found = incidents.get(alarm)
      return found === undefined ? undefined : handPriority(found.plan.severity, found.drill)
    }
    const hands = { priorityOf, passing: new Set<string>() }
    releaseStrays(ctx, {
      alarm: id => incidents.get(id) !== undefined,
      alarmOf: press => incidents.alarmOf(press),
      action: owner => hands.passing.has(owner),
    })
    return {
      api: apiOf(incidents, book, priorityOf),
      actions: {
        strobe: outputAction(words['alarms.strobe'], ctx, hands),
        alarm: raiseAction(words['alarms.raise'], incidents, book),
        relay: outputAction(words['alarms.relay'], ctx, hands),
      },
      routes: routesOf(incidents, book, log),
      touches: touchesOf(incidents),
      apply: () => book.compile(),
      problems: () => problemsOf(ctx, incidents, book),
      metrics: () => ({
        alarms_live: incidents.all().filter(alarm => alarm.ended === undefined).length,
        alarms_armed: book.armed ? 1 : 0,
      }),
    }
  },
})
export default alarms
