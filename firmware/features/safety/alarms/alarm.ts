// An alarm as a pure machine: what has happened, and what is to be done next. It knows no clock, store, board or switch.
import type { PressId } from '../../../kernel/board-port.ts'
import type { Shortfall } from '../../../kernel/feature.ts'
import type { ActionRef } from '../../../kernel/schema.ts'
import type { Who } from '../../../kernel/store.ts'
import type { Severity } from './settings.ts'

/** A plan as it was when the alarm was raised: later changes of the plan do not touch it. */
export interface FrozenPlan {
  readonly id: string
  readonly rev: number
  readonly name: string
  readonly site?: string
  readonly severity: Severity
  readonly silent: boolean
  readonly steps: readonly ActionRef[]
  readonly acknowledgement: boolean
  readonly escalationSeconds: number
  readonly escalation: readonly ActionRef[]
  readonly allClear: readonly ActionRef[]
  readonly supersedes: boolean
  /** Amplifiers on which the board plays its stored message unless audio leaves in time. */
  readonly amplifiers: readonly string[]
}

/** One operation of a button, as the alarm keeps it. */
export interface AlarmPress {
  readonly press: PressId
  readonly button?: string
  /** In words: the button and where it is. */
  readonly cause: string
  readonly location?: string
  /** UTC milliseconds. */
  readonly at: number
}

export type StepPart = 'first' | 'escalation' | 'all-clear'
export type StepState = 'waiting' | 'running' | 'done' | 'failed' | 'retrying' | 'stopped'

export interface Step {
  readonly id: string
  readonly part: StepPart
  readonly action: ActionRef
  readonly state: StepState
  readonly attempts: number
  readonly error?: string
  /** Whom its last run is not known to have reached although it was carried out; kept until the all-clear, or a run that reaches all. */
  readonly shortfall?: Shortfall
  /** UTC milliseconds of the last change of state. */
  readonly since: number
}

export type AlarmState = 'raised' | 'acknowledged' | 'cleared' | 'superseded'

export interface Alarm {
  readonly id: string
  readonly plan: FrozenPlan
  readonly state: AlarmState
  readonly drill: boolean
  readonly who: Who
  /** What raised it, in words. */
  readonly cause: string
  readonly location?: string
  readonly raisedAt: number
  readonly presses: readonly AlarmPress[]
  readonly steps: readonly Step[]
  readonly escalatedAt?: number
  readonly acknowledged?: { readonly at: number; readonly who: Who }
  readonly ended?: { readonly at: number; readonly who: Who }
  readonly supersededBy?: string
}

export type AlarmEvent =
  | { readonly type: 'joined'; readonly press: AlarmPress }
  | { readonly type: 'step-done'; readonly step: string; readonly shortfall?: Shortfall | undefined }
  | { readonly type: 'step-failed'; readonly step: string; readonly error: string }
  /** It must not run: a way to the outside in a drill. */
  | { readonly type: 'step-refused'; readonly step: string; readonly error: string }
  | { readonly type: 'retry-due'; readonly step: string }
  | { readonly type: 'escalation-due' }
  | { readonly type: 'acknowledged'; readonly who: Who }
  | { readonly type: 'cleared'; readonly who: Who }
  | { readonly type: 'superseded'; readonly by: string; readonly who: Who }
  /** A graver or newer alarm needs the air: the all-clear of this one falls silent. */
  | { readonly type: 'hushed' }
  /** The process has started anew. */
  | { readonly type: 'restored' }

/** What is to be done, in this order, none waiting for another. */
export type Effect =
  | { readonly do: 'run'; readonly step: string }
  | { readonly do: 'stop'; readonly step: string }
  | { readonly do: 'retry'; readonly step: string; readonly inMilliseconds: number }
  | { readonly do: 'escalate'; readonly inMilliseconds: number }
  | { readonly do: 'release' }

export interface Outcome {
  readonly alarm: Alarm
  readonly effects: readonly Effect[]
}

/** Live: somebody may still be in danger. */
export const isLive = (alarm: Alarm): boolean => alarm.state === 'raised' || alarm.state === 'acknowledged'

/** What an alarm is raised with. */
export interface Raising {
  readonly id: string
  readonly plan: FrozenPlan
  readonly drill: boolean
  readonly who: Who
  readonly cause: string
  readonly location?: string
  readonly press?: AlarmPress
  readonly now: number
}

const LONGEST_BACK_OFF = 30_000
/** The all-clear is not worth trying for ever: the danger is over. */
const ALL_CLEAR_ATTEMPTS = 6

/** A new alarm; its pages come first among the effects, since phones need the longest to answer. */
export function raised(o: Raising): Outcome {
  const { id, plan, drill, who, cause, now } = o
  const steps = [
    ...stepsOf(plan.steps, 'first', now),
    ...stepsOf(plan.escalation, 'escalation', now),
    ...stepsOf(plan.allClear, 'all-clear', now),
  ]
  const alarm: Alarm = {
    id,
    plan,
    state: 'raised',
    drill,
    who,
    cause,
    ...(o.location === undefined ? {} : { location: o.location }),
    raisedAt: now,
    presses: o.press === undefined ? [] : [o.press],
    steps,
  }
  const begun = run(alarm, part(alarm, 'first'), now)
  return { alarm: begun.alarm, effects: [...begun.effects, ...escalation(alarm, plan.escalationSeconds * 1000)] }
}

/** The alarm after something happened; what makes no sense in its state changes nothing. */
export function next(alarm: Alarm, event: AlarmEvent, now: number): Outcome {
  switch (event.type) {
    case 'joined':
      return joined(alarm, event.press, now)
    case 'step-done':
      return settled(alarm, event.step, { state: 'done', shortfall: event.shortfall, now })
    case 'step-refused':
      return settled(alarm, event.step, { state: 'stopped', error: event.error, now })
    case 'step-failed':
      return failed(alarm, event.step, { error: event.error, now })
    case 'retry-due':
      return run(
        alarm,
        alarm.steps.filter(step => step.id === event.step && step.state === 'failed'),
        now,
      )
    case 'escalation-due':
      if (alarm.state !== 'raised' || alarm.escalatedAt !== undefined) return { alarm, effects: [] }
      return run({ ...alarm, escalatedAt: now }, part(alarm, 'escalation'), now)
    case 'acknowledged':
      if (alarm.state !== 'raised') return { alarm, effects: [] }
      return { alarm: { ...alarm, state: 'acknowledged', acknowledged: { at: now, who: event.who } }, effects: [] }
    case 'cleared':
      return cleared(alarm, event.who, now)
    case 'superseded': {
      if (!isLive(alarm)) return { alarm, effects: [] }
      const over: Alarm = { ...alarm, state: 'superseded', supersededBy: event.by, ended: { at: now, who: event.who } }
      const stopped = stop(over, over.steps, now)
      return { alarm: stopped.alarm, effects: [...stopped.effects, { do: 'release' }] }
    }
    case 'hushed':
      return isLive(alarm) ? { alarm, effects: [] } : stop(alarm, part(alarm, 'all-clear'), now)
    case 'restored':
      return restored(alarm, now)
  }
}

/**
 * A press while the alarm is live: what has been said is said again, what still speaks goes on. Of a new place everybody who
 * is told of the alarm is told at once, whether or not the former notice has arrived.
 */
function joined(alarm: Alarm, press: AlarmPress, now: number): Outcome {
  if (!isLive(alarm)) return { alarm, effects: [] }
  const elsewhere = [alarm, ...alarm.presses].every(({ cause }) => cause !== press.cause)
  const due = alarm.steps.filter(step => {
    if (elsewhere && step.action.kind === 'notify' && step.part !== 'all-clear' && step.state !== 'waiting') return true
    return step.part === 'first' && !isUnderway(step)
  })
  return run({ ...alarm, presses: keptOf([...alarm.presses, press], press) }, due, now)
}

/** Of one button an alarm keeps its first presses and its newest: more than the board can have unanswered of its two inputs. */
const FIRST_PRESSES = 16
const NEWEST_PRESSES = 144

/** The presses without the one in the middle, where a button that chatters has given too many. */
function keptOf(presses: readonly AlarmPress[], newest: AlarmPress): readonly AlarmPress[] {
  const whose = ({ button, cause }: AlarmPress) => button ?? cause
  const mine = presses.filter(one => whose(one) === whose(newest))
  if (mine.length <= FIRST_PRESSES + NEWEST_PRESSES) return presses
  const dropped = mine[FIRST_PRESSES]
  return presses.filter(one => one !== dropped)
}

function failed(alarm: Alarm, id: string, o: { error: string; now: number }): Outcome {
  const step = alarm.steps.find(one => one.id === id)
  if (step === undefined || !isUnderway(step)) return { alarm, effects: [] }
  const givesUp = step.part === 'all-clear' && step.attempts >= ALL_CLEAR_ATTEMPTS
  const outcome = settled(alarm, id, { state: givesUp ? 'stopped' : 'failed', error: o.error, now: o.now })
  if (givesUp) return outcome
  return { alarm: outcome.alarm, effects: [{ do: 'retry', step: id, inMilliseconds: backOff(step.attempts) }] }
}

/** A quarter of a second, doubled each time, at most 30 seconds. */
export const backOff = (attempts: number): number => Math.min(LONGEST_BACK_OFF, 250 * 2 ** Math.max(0, attempts - 1))

function cleared(alarm: Alarm, who: Who, now: number): Outcome {
  if (!isLive(alarm)) return { alarm, effects: [] }
  const over: Alarm = { ...alarm, state: 'cleared', ended: { at: now, who } }
  const stopped = stop(
    over,
    over.steps.filter(step => step.part !== 'all-clear'),
    now,
  )
  const told = run(stopped.alarm, part(stopped.alarm, 'all-clear'), now)
  return { alarm: told.alarm, effects: [...stopped.effects, { do: 'release' }, ...told.effects] }
}

/** Whatever was under way when the process died runs again from its start: heard twice is right, not heard is a defect. */
function restored(alarm: Alarm, now: number): Outcome {
  if (alarm.state === 'superseded') return { alarm, effects: [{ do: 'release' }] }
  if (alarm.state === 'cleared') {
    const untold = part(alarm, 'all-clear').filter(step => step.state !== 'done' && step.state !== 'stopped')
    const told = run(alarm, untold, now)
    return { alarm: told.alarm, effects: [{ do: 'release' }, ...told.effects] }
  }
  const due = alarm.steps.filter(step => {
    if (step.part === 'all-clear' || (step.part === 'escalation' && alarm.escalatedAt === undefined)) return false
    // Outputs are asserted anew: nobody knows what the board has seen meanwhile.
    return step.state !== 'stopped' && (step.state !== 'done' || isOutput(step.action))
  })
  const again = run(alarm, due, now)
  // The wall clock may have jumped while the box was down: never sooner than now, never later than from the start.
  const whole = alarm.plan.escalationSeconds * 1000
  const left = Math.max(0, Math.min(whole, alarm.raisedAt + whole - now))
  return { alarm: again.alarm, effects: [...again.effects, ...escalation(alarm, left)] }
}

const isOutput = (action: ActionRef): boolean => action.kind === 'strobe' || action.kind === 'relay'
const isUnderway = (step: Step): boolean => step.state === 'running' || step.state === 'retrying'
const part = (alarm: Alarm, name: StepPart): readonly Step[] => alarm.steps.filter(step => step.part === name)

const stepsOf = (actions: readonly ActionRef[], name: StepPart, now: number): Step[] =>
  actions.map((action, index) => ({
    id: `${name}-${index + 1}`,
    part: name,
    action,
    state: 'waiting',
    attempts: 0,
    since: now,
  }))

function escalation(alarm: Alarm, inMilliseconds: number): Effect[] {
  const wanted = alarm.plan.acknowledgement && alarm.plan.escalationSeconds > 0 && alarm.plan.escalation.length > 0
  return wanted && alarm.state === 'raised' && alarm.escalatedAt === undefined
    ? [{ do: 'escalate', inMilliseconds }]
    : []
}

function run(alarm: Alarm, steps: readonly Step[], now: number): Outcome {
  const ids = new Set(steps.map(step => step.id))
  const started = change(alarm, ids, ({ error: _error, ...step }) => ({
    ...step,
    state: step.attempts === 0 ? 'running' : 'retrying',
    attempts: step.attempts + 1,
    since: now,
  }))
  const inOrder = [...steps].sort((a, b) => urgency(a) - urgency(b))
  return { alarm: started, effects: inOrder.map(step => ({ do: 'run', step: step.id })) }
}

const urgency = (step: Step): number => (step.action.kind === 'page' ? 0 : 1)

function stop(alarm: Alarm, steps: readonly Step[], now: number): Outcome {
  const open = steps.filter(step => step.state !== 'done' && step.state !== 'stopped')
  const ids = new Set(open.map(step => step.id))
  return {
    alarm: change(alarm, ids, step => ({ ...step, state: 'stopped', since: now })),
    effects: open.filter(step => step.state !== 'waiting').map(step => ({ do: 'stop', step: step.id })),
  }
}

interface Settled {
  readonly state: StepState
  readonly error?: string
  readonly shortfall?: Shortfall | undefined
  readonly now: number
}

function settled(alarm: Alarm, id: string, o: Settled): Outcome {
  const step = alarm.steps.find(one => one.id === id)
  // A step that was stopped meanwhile stays stopped, whatever its run says afterwards.
  if (step === undefined || !isUnderway(step)) return { alarm, effects: [] }
  const error = o.error === undefined ? {} : { error: o.error }
  const short = o.shortfall === undefined ? {} : { shortfall: o.shortfall }
  const end = { state: o.state, since: o.now, ...error, ...short }
  return { alarm: change(alarm, new Set([id]), ({ shortfall: _former, ...one }) => ({ ...one, ...end })), effects: [] }
}

const change = (alarm: Alarm, ids: ReadonlySet<string>, how: (step: Step) => Step): Alarm => ({
  ...alarm,
  steps: alarm.steps.map(step => (ids.has(step.id) ? how(step) : step)),
})
