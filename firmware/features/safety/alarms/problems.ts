// What is wrong with alarms now: live ones, steps that fail, plans that are not ready, a board that is away.
import type { Context, Problem } from '../../../kernel/feature.ts'
import { type Alarm, isLive, type Step } from './alarm.ts'
import type { Incidents } from './incidents.ts'
import { newestPress } from './newest-press.ts'
import type { PlanBook, PlanFault } from './plan-book.ts'
import { shortfallText } from './shortfall-text.ts'
import { words } from './words.en.ts'

/** The problems of this feature. */
export function problemsOf(
  ctx: Pick<Context, 'board' | 'actionKind'>,
  incidents: Incidents,
  book: PlanBook,
): Problem[] {
  return [
    ...incidents
      .all()
      .filter(isLive)
      .flatMap(alarm => liveProblems(ctx, alarm)),
    ...planProblems(book),
    ...boardProblems(ctx, incidents, book),
  ]
}

function liveProblems(ctx: Pick<Context, 'actionKind'>, alarm: Alarm): Problem[] {
  const text = words['alarms.live']
    .replace('{drill}', alarm.drill ? words['alarms.drill'] : '')
    .replace('{plan}', alarm.plan.name)
    .replace('{cause}', newestPress(alarm).cause)
  const live: Problem = {
    code: `alarms.live:${alarm.id}`,
    severity: alarm.drill ? 'info' : 'danger',
    text,
    remedy: words['alarms.live.remedy'],
    since: alarm.raisedAt,
    link: '/alarms',
  }
  const failing = alarm.steps.filter(
    step => step.state === 'failed' || (step.state === 'retrying' && step.attempts > 1),
  )
  const title = (step: Step) => ctx.actionKind(step.action.kind)?.title ?? step.action.kind
  return [
    live,
    ...alarm.steps.flatMap(step => notHeard(alarm, step, title(step))),
    ...failing.map(
      (step): Problem => ({
        code: `alarms.step-failing:${alarm.id}:${step.id}`,
        severity: 'serious',
        text: words['alarms.step-failing']
          .replace('{plan}', alarm.plan.name)
          .replace('{kind}', title(step))
          .replace('{why}', step.error ?? `attempt ${step.attempts}`),
        remedy: words['alarms.step-failing.remedy'],
        since: step.since,
        link: '/alarms',
      }),
    ),
  ]
}

/** Carried out, and known not to have reached somebody; what merely cannot be verified is no problem by itself. */
function notHeard(alarm: Alarm, step: Step, kind: string): Problem[] {
  if (step.shortfall === undefined || step.shortfall.missed === 0) return []
  const text = words['alarms.not-heard']
    .replace('{plan}', alarm.plan.name)
    .replace('{kind}', kind)
    .replace('{why}', shortfallText(step.shortfall))
  const severity = alarm.drill ? 'warning' : 'serious'
  const remedy = words['alarms.not-heard.remedy']
  return [
    { code: `alarms.not-heard:${alarm.id}:${step.id}`, severity, text, remedy, since: step.since, link: '/alarms' },
  ]
}

const planProblems = (book: PlanBook): Problem[] =>
  book.faults().map(fault => ({
    code: `alarms.plan-not-ready:${fault.plan}:${fault.part}-${fault.number}`,
    severity: 'serious',
    text: words['alarms.plan-not-ready']
      .replace('{plan}', fault.name)
      .replace('{step}', stepOf(fault))
      .replace('{why}', fault.why),
    remedy: words['alarms.plan-not-ready.remedy'],
    link: `/plan/${fault.plan}`,
  }))

/** The step as the form of the plan shows it: what it does, its place, when it is its turn. */
function stepOf({ part, number, action }: PlanFault): string {
  if (part === 'board-message') return words['alarms.plan-not-ready.board-message']
  return words['alarms.plan-not-ready.step']
    .replace('{action}', action)
    .replace('{number}', `${number}`)
    .replace('{part}', words[`alarms.part.${part}`])
}

function boardProblems(ctx: Pick<Context, 'board'>, incidents: Incidents, book: PlanBook): Problem[] {
  const problems: Problem[] = []
  const add = (
    name: 'alarms.board-away' | 'alarms.table-unconfirmed' | 'alarms.not-kept',
    severity: Problem['severity'],
    why = '',
  ) => problems.push({ code: name, severity, text: words[name].replace('{why}', why), remedy: words[`${name}.remedy`] })
  if (!ctx.board.connected) add('alarms.board-away', 'danger')
  if (book.unconfirmed) add('alarms.table-unconfirmed', 'serious')
  const { keepingFault } = incidents
  if (keepingFault !== undefined) add('alarms.not-kept', 'danger', keepingFault)
  return problems
}
