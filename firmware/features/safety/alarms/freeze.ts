// From a plan as saved to the plan as it runs: complete, with the urgency of its pages filled in.
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
    steps: plan.steps.map(step => withPriority(step, urgent)),
    acknowledgement: plan.acknowledgement,
    escalationSeconds: plan.escalationSeconds,
    escalation: plan.escalation.map(step => withPriority(step, urgent)),
    // Good news never holds the air against the next danger.
    allClear: plan.allClear.map(step => withPriority(step, 'normal')),
    supersedes: plan.supersedes,
    amplifiers,
  }
}

const withPriority = (action: ActionRef, priority: string): ActionRef =>
  action.kind !== 'page' || action.params.priority !== undefined
    ? action
    : { kind: action.kind, params: { ...action.params, priority } }

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
