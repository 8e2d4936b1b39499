// What the board does by itself when a contact moves: compiled from plans and buttons, known by its hash.
import { createHash } from 'node:crypto'
import type { Pattern, ReflexTable } from '../../../kernel/board-port.ts'
import type { ActionRef } from '../../../kernel/schema.ts'
import { rankOf, type Severity } from './settings.ts'

type Reflex = ReflexTable['reflexes'][number]
export type LocalMessage = NonNullable<Reflex['message']>

/** An input that starts a plan. */
export interface Wire {
  readonly input: string
  readonly plan: string
  readonly lamp?: string
  /** How long the button must be held; absent: not at all. */
  readonly holdMilliseconds?: number
}

/** A plan as far as the board carries it out. */
export interface BoardPlan {
  readonly id: string
  readonly severity: Severity
  readonly silent: boolean
  readonly steps: readonly ActionRef[]
  readonly message?: LocalMessage
}

/** Half a second on, half a second off: below the rate that can harm (WCAG 2.3.1: three flashes a second). */
export const BLINK: Pattern = { kind: 'blink', onMilliseconds: 500, offMilliseconds: 500 }
export const STEADY: Pattern = { kind: 'steady' }
/** The lamp of a button: the press is on its way. */
export const SENDING: Pattern = { kind: 'blink', onMilliseconds: 200, offMilliseconds: 200 }

/** Above what is driven for no alarm. */
const DRILL_PRIORITY = 50

/** Strength of a plan's hand on an output; what the supervisor drives for the same alarm is one stronger. */
export const reflexPriority = (severity: Severity): number => 100 * (rankOf(severity) + 1)

/** Strength of what the supervisor drives for an alarm: one more than its reflex; for a drill less than any real alarm. */
export const handPriority = (severity: Severity, drill: boolean): number =>
  drill ? DRILL_PRIORITY + rankOf(severity) : reflexPriority(severity) + 1

/** The table for these wires. A wire whose plan is not there is left out: its press is reported all the same. */
export function reflexTable(wires: readonly Wire[], plans: ReadonlyMap<string, BoardPlan>): ReflexTable {
  const reflexes = wires.flatMap((wire): Reflex[] => {
    const plan = plans.get(wire.plan)
    return plan === undefined ? [] : [reflexOf(wire, plan)]
  })
  reflexes.sort((a, b) => a.input.localeCompare(b.input) || a.plan.localeCompare(b.plan))
  const holds = wires
    .flatMap(({ input, holdMilliseconds = 0 }) =>
      holdMilliseconds > 0 ? [{ input, milliseconds: holdMilliseconds }] : [],
    )
    .sort((a, b) => a.input.localeCompare(b.input))
  const table = { reflexes, ...(holds.length > 0 && { holds }) }
  return { hash: createHash('sha256').update(JSON.stringify(table)).digest('hex'), ...table }
}

function reflexOf(wire: Wire, plan: BoardPlan): Reflex {
  const outputs = new Map<string, Pattern>()
  for (const step of plan.steps) for (const [output, pattern] of outputsOf(step)) outputs.set(output, pattern)
  if (wire.lamp !== undefined && !plan.silent) outputs.set(wire.lamp, SENDING)
  return {
    input: wire.input,
    plan: plan.id,
    priority: reflexPriority(plan.severity),
    outputs: [...outputs].map(([output, pattern]) => ({ output, pattern })),
    ...(plan.message === undefined || plan.silent ? {} : { message: plan.message }),
  }
}

/** The outputs of a strobe or relay step; none for other kinds. */
export function outputsOf(step: ActionRef): readonly (readonly [string, Pattern])[] {
  if (step.kind !== 'strobe' && step.kind !== 'relay') return []
  const { outputs, blink } = step.params
  if (!Array.isArray(outputs)) return []
  const pattern = blink === true ? BLINK : STEADY
  return outputs.filter(output => typeof output === 'string').map(output => [output, pattern] as const)
}
