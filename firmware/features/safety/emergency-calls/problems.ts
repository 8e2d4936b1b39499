// What stands between a call for help and its answer.
import type { Context, Problem } from '../../../kernel/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { networks } from '../../places/networks/feature.ts'
import { emergencyPlanKind } from './settings.ts'
import { words } from './words.en.ts'

/** Nobody named, nobody reachable, no network that may call unasked. */
export function problemsOf(ctx: Context): Problem[] {
  const plans = ctx.store.all(emergencyPlanKind)
  const problems: Problem[] = []
  const add = (
    what: 'nobody' | 'nobody-told' | 'no-network' | 'no-phone',
    o: { severity: Problem['severity']; plan?: string; link: string },
  ) =>
    problems.push({
      code: `emergency-calls.${what}`,
      severity: o.severity,
      text: words[`emergency-calls.${what}`].replace('{plan}', o.plan ?? ''),
      remedy: words[`emergency-calls.${what}.remedy`],
      link: o.link,
    })
  if (!plans.some(plan => plan.answeringPoints.length > 0))
    add('nobody', { severity: 'serious', link: '/emergency-plan' })
  for (const { id, name, screens, contacts, noticeZone } of plans)
    if (screens.length === 0 && contacts.length === 0 && noticeZone === undefined)
      add('nobody-told', { severity: 'serious', plan: name, link: `/emergency-plan/${id}` })
  for (const plan of plans.filter(one => one.answeringPoints.length > 0)) {
    const reached = plan.answeringPoints.some(id => ctx.use(extensions).targets(id).length > 0)
    if (!reached) add('no-phone', { severity: 'danger', plan: plan.name, link: '/emergency-plan' })
  }
  if (ctx.use(networks).emergencyPrefixes().length === 0) add('no-network', { severity: 'serious', link: '/network' })
  return problems
}
