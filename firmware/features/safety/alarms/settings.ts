// An alarm plan: what happens when somebody calls for help in a certain way, decided long before anybody does.
import { ActionField, Name, Ref, Seconds, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

/** From the least to the gravest. */
export const SEVERITIES = ['notice', 'urgent', 'critical', 'life-safety'] as const
export type Severity = (typeof SEVERITIES)[number]

/** How grave a severity is; larger is graver. */
export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity)

const actions = (title: string, description: string) =>
  Type.Array(ActionField(), { title, description, maxItems: 20, default: [] })

export const Plan = Type.Object({
  name: Name({ title: 'Name' }),
  site: Type.Optional(Ref('site', { title: 'Site' })),
  severity: Type.Enum(SEVERITIES, { title: 'Severity', default: 'critical' }),
  silent: Type.Boolean({
    title: 'Silent',
    default: false,
    description: 'Nothing is heard or seen where the button is: no page, no strobe, no lamp.',
  }),
  steps: actions('What happens', 'All at once; none waits for another.'),
  acknowledgement: Type.Boolean({ title: 'Somebody has to acknowledge it', default: true }),
  escalationSeconds: Seconds({
    title: 'Escalate after',
    default: 60,
    maximum: 3600,
    description: 'When nobody has acknowledged it by then; 0: never.',
  }),
  escalation: actions('What happens when nobody acknowledges', 'In addition to the first steps.'),
  allClear: actions('What happens at the all-clear', 'After strobes and relays are released and pages have stopped.'),
  supersedes: Type.Boolean({
    title: 'Stops lesser alarms of its site',
    default: false,
    description: 'Two voices at once are understood by nobody.',
  }),
})
export type Plan = Static<typeof Plan>

/** Kinds of action that are heard or seen where the button is. */
const NOTICEABLE = new Set(['page', 'strobe'])

/** The resource kind `plan`. */
export const planKind: ResourceKind<Plan> = {
  kind: 'plan',
  prefix: 'pln',
  title: ['Alarm plan', 'Alarm plans'],
  schema: Plan,
  label: 'name',
  check(plan): Record<string, string> {
    if (plan.steps.length === 0) return { steps: 'a plan that does nothing protects nobody: add a step' }
    const loud = plan.silent && plan.steps.some(step => NOTICEABLE.has(step.kind))
    return loud ? { steps: 'a silent plan cannot page or flash: take these steps out, or make it audible' } : {}
  },
}

/** Which outputs of the board, and how. */
export const OutputParams = Type.Object({
  outputs: Type.Array(Type.String({ minLength: 1, maxLength: 60, 'x-board': 'output' }), {
    title: 'Outputs',
    description: 'Terminals of the board, by name.',
    minItems: 1,
    maxItems: 64,
  }),
  blink: Type.Optional(Type.Boolean({ title: 'Blink', default: false })),
})
export type OutputParams = Static<typeof OutputParams>

export const RaiseInput = Type.Object({
  plan: Ref('plan'),
  location: Type.Optional(Ref('location')),
  reason: Type.Optional(Type.String({ maxLength: 200 })),
})
export type RaiseInput = Static<typeof RaiseInput>

/** The parameters of the action `alarm`. */
export const RaiseParams = Type.Object({
  plan: Ref('plan', { title: 'Plan' }),
  location: Type.Optional(Ref('location', { title: 'Location', description: 'Empty: where the trigger is.' })),
})
export type RaiseParams = Static<typeof RaiseParams>

export const AlarmInput = Type.Object({ alarm: Type.String({ minLength: 1, maxLength: 60 }) })
export type AlarmInput = Static<typeof AlarmInput>
