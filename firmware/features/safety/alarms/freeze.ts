// From a plan as saved to the plan as it runs: complete, with the urgency of its pages filled in.
import { PAGE_PRIORITIES, type PagePriority } from '../../../kernel/call/call.types.ts'
import type { ActionRef } from '../../../kernel/schema.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { FrozenPlan } from './alarm.ts'
import type { Plan } from './settings.ts'

/** The plan that an alarm keeps. `amplifiers`: where the board speaks by itself when no audio leaves in time. */
export function frozen(plan: Stored<Plan>, amplifiers: readonly string[]): FrozenPlan {
  const urgent = plan.severity === 'life-safety' ? 'emergency' : 'alarm'
  return {
    id: plan.id,
    rev: plan.rev,
    name: plan.name,
    ...(plan.site === undefined ? {} : { site: plan.site }),
    severity: plan.severity,
    silent: plan.silent,
    steps: plan.steps.map(step => noStronger(step, urgent)),
    acknowledgement: plan.acknowledgement,
    escalationSeconds: plan.escalationSeconds,
    escalation: plan.escalation.map(step => noStronger(step, urgent)),
    // Good news never holds the air against a danger.
    allClear: plan.allClear.map(step => noStronger(step, 'normal')),
    supersedes: plan.supersedes,
    amplifiers,
  }
}

/** A page of the priority that it asks for, at most of this one: no step makes a lesser alarm louder than a graver one. */
function noStronger(action: ActionRef, most: PagePriority): ActionRef {
  if (action.kind !== 'page') return action
  const asked = PAGE_PRIORITIES.indexOf(action.params.priority as PagePriority)
  if (asked >= 0 && asked <= PAGE_PRIORITIES.indexOf(most)) return action
  return { kind: action.kind, params: { ...action.params, priority: most } }
}

/** A press of an input that belongs to no button is an alarm all the same: somebody looks. */
export const unassignedPlan = (input: string): FrozenPlan => ({
  id: `unassigned:${input}`,
  rev: 0,
  name: `Input ${input} belongs to no button`,
  severity: 'critical',
  silent: false,
  steps: [],
  acknowledgement: true,
  escalationSeconds: 0,
  escalation: [],
  allClear: [],
  supersedes: false,
  amplifiers: [],
})
