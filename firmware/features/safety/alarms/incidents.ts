// The alarms of the box while they live: carries out what the machine decides, keeps it, and answers the board.
// INVARIANT: what a press sets off is begun before anything is stored, and nothing stored, told or recorded is waited for.
import type { PressId } from '../../../kernel/board-port.ts'
import { PbxError } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Who } from '../../../kernel/store.ts'
import {
  type Alarm,
  type AlarmEvent,
  type AlarmPress,
  type FrozenPlan,
  isLive,
  next,
  type Outcome,
  raised,
} from './alarm.ts'
import { Audio } from './audio.ts'
import type {} from './facts.ts'
import { Keeping } from './keeping.ts'
import { rankOf } from './settings.ts'
import { shortfallText } from './shortfall-text.ts'
import { StepRuns } from './step-runs.ts'

/** What raises an alarm. */
export interface Raise {
  readonly plan: FrozenPlan
  readonly who: Who
  readonly cause: string
  readonly location?: string
  readonly drill?: true
  readonly press?: AlarmPress
}

/** What alarms need of the box. */
export type Surroundings = Pick<Context, 'clock' | 'board' | 'spawn' | 'act' | 'emit' | 'log'> & {
  readonly kept: LiveCollection<Alarm>
  readonly olderPresses: LiveCollection<{ readonly alarm: string }>
  newId(): string
  /** Writes what has become of an alarm beside everything else. */
  record(alarm: Alarm): void
  /** Writes one line of its story. */
  note(alarm: string, what: string, detail: string): void
}

/** How soon the board is told again to let go of outputs. */
const RELEASE_AGAIN_MILLISECONDS = 1000
const BOX: Who = { by: 'box', name: 'plant-pbx' }

export const pressKey = (press: PressId): string => `${press.box}/${press.epoch}/${press.sequence}`

/** What an alarm has under way in this process. */
interface Underway {
  /** The alarm as it is now. The collection mirrors it; a store that fails must not stop an alarm. */
  alarm: Alarm
  readonly runs: StepRuns
  readonly audio: Audio
  forgetEscalation: () => void
}

export class Incidents {
  readonly #box: Surroundings
  readonly #underway = new Map<string, Underway>()
  readonly #keeping: Keeping
  /** Alarms of a former process that nobody has gone on with yet. */
  readonly #recalled: string[] = []

  constructor(box: Surroundings) {
    this.#box = box
    this.#keeping = new Keeping(box)
  }

  all(): readonly Alarm[] {
    return [...this.#underway.values()].map(entry => entry.alarm)
  }

  get(id: string): Alarm | undefined {
    return this.#underway.get(id)?.alarm
  }

  /** The alarm that a press raised or joined, however long ago. */
  alarmOf(press: PressId): string | undefined {
    const key = pressKey(press)
    const found = this.all().find(alarm => alarm.presses.some(one => pressKey(one.press) === key))
    return found?.id ?? this.#box.olderPresses.get(key)?.alarm
  }

  /** Why alarms cannot be kept at this moment. */
  get keepingFault(): string | undefined {
    return this.#keeping.fault
  }

  /** A press: raises an alarm or joins the one of its plan; the same press again does neither. Returns the alarm's id. */
  press(o: Raise & { readonly press: AlarmPress }): string {
    const known = this.alarmOf(o.press.press)
    if (known !== undefined) {
      const alarm = this.get(known)
      this.#beside('acknowledge a press', () => this.#keeping.acknowledgeAgain(known, o.press.press, alarm))
      return known
    }
    const live = this.all().find(alarm => isLive(alarm) && alarm.plan.id === o.plan.id && !alarm.drill)
    if (live === undefined) return this.raise(o)
    this.#apply(live.id, { type: 'joined', press: o.press })
    this.#beside('tell of audio', () => this.#underway.get(live.id)?.audio.pressed(o.press.press))
    // Of a button that chatters the alarm keeps the newest in place of others: its story is not filled with them.
    const kept = this.get(live.id)?.presses.length ?? 0
    if (kept > live.presses.length) this.#note(live.id, 'joined', o.press.cause)
    this.#box.emit('alarm.joined', { alarm: live.id, plan: live.plan.name, cause: o.press.cause, at: o.press.at })
    return live.id
  }

  /** A new alarm, from a press or a person. Returns its id; everything it does has begun by then. */
  raise(o: Raise): string {
    const id = this.#box.newId()
    const { drill, ...rest } = o
    const outcome = raised({ ...rest, id, drill: drill === true, now: this.#box.clock.now() })
    const { audio } = this.#enter(outcome.alarm)
    if (o.press !== undefined) audio.pressed(o.press.press)
    this.#carryOut(id, outcome, undefined)
    this.#makeWay(outcome.alarm)
    const { plan, cause, location, raisedAt } = outcome.alarm
    this.#note(id, 'raised', cause)
    const where = location === undefined ? {} : { location }
    const fact = { alarm: id, plan: plan.name, severity: plan.severity, silent: plan.silent, cause, at: raisedAt }
    this.#box.emit('alarm.raised', { ...fact, drill: drill === true, ...where })
    return id
  }

  /** Somebody takes care of it: no escalation. Throws `alarms.not-live`. */
  acknowledge(id: string, who: Who): void {
    this.#live(id)
    this.#apply(id, { type: 'acknowledged', who })
    this.#note(id, 'acknowledged', who.name)
    this.#box.emit('alarm.acknowledged', { alarm: id, by: who.name, at: this.#box.clock.now() })
  }

  /** All clear. Throws `alarms.not-live`. */
  clear(id: string, who: Who): void {
    this.#live(id)
    this.#apply(id, { type: 'cleared', who })
    this.#note(id, 'cleared', who.name)
    this.#box.emit('alarm.cleared', { alarm: id, by: who.name, at: this.#box.clock.now() })
  }

  /** A page of this alarm is heard on these amplifiers from now on. */
  audible(alarm: string, page: string, amplifiers: readonly string[]): void {
    this.#underway.get(alarm)?.audio.leaving(page, amplifiers)
  }

  inaudible(alarm: string, page: string): void {
    this.#underway.get(alarm)?.audio.over(page)
  }

  /** Knows again what a former process left; nothing runs yet. */
  recall(): void {
    for (const alarm of this.#box.kept.all().values()) {
      const { audio } = this.#enter(alarm)
      if (isLive(alarm)) for (const { press } of alarm.presses) audio.pressed(press)
      this.#keeping.found(alarm)
      this.#recalled.push(alarm.id)
    }
  }

  /** Goes on with what a former process had under way; once. */
  resume(): void {
    for (const id of this.#recalled.splice(0)) this.#apply(id, { type: 'restored' })
  }

  /** Ends what this process has under way, leaving the alarms for the next. */
  leave(): void {
    for (const entry of this.#underway.values()) {
      entry.forgetEscalation()
      entry.runs.leave()
    }
  }

  /** Forgets alarms that are long over, but never which presses were theirs. */
  async forget(most: number): Promise<void> {
    const over = this.all().filter(alarm => !isLive(alarm) && this.#underway.get(alarm.id)?.runs.underway === 0)
    for (const alarm of over.sort((a, b) => b.raisedAt - a.raisedAt).slice(most)) {
      for (const { press } of alarm.presses) await this.#box.olderPresses.setNow(pressKey(press), { alarm: alarm.id })
      this.#underway.delete(alarm.id)
      this.#box.kept.delete(alarm.id)
    }
  }

  #enter(alarm: Alarm): Underway {
    const runs = new StepRuns(this.#box, event => this.#apply(alarm.id, event))
    const entry = { alarm, runs, audio: new Audio(this.#box.board, alarm.plan.amplifiers), forgetEscalation: () => {} }
    this.#underway.set(alarm.id, entry)
    return entry
  }

  #live(id: string): Alarm {
    const alarm = this.get(id)
    if (alarm === undefined) throw new PbxError('alarms.not-found', 'there is no such alarm', { status: 404 })
    if (!isLive(alarm)) throw new PbxError('alarms.not-live', 'this alarm is over', { status: 409 })
    return alarm
  }

  /** The air belongs to the new danger: all-clears fall silent, drills end, lesser alarms give way where its plan says so. A drill hushes drills alone. */
  #makeWay(alarm: Alarm): void {
    for (const other of this.all()) {
      if (other.id === alarm.id || !sameSite(other, alarm)) continue
      if (!isLive(other)) {
        if (other.drill || !alarm.drill) this.#apply(other.id, { type: 'hushed' })
      } else if (givesWay(other, alarm)) {
        this.#apply(other.id, { type: 'superseded', by: alarm.id, who: BOX })
        this.#note(other.id, 'superseded', alarm.plan.name)
        this.#box.emit('alarm.superseded', { alarm: other.id, by: alarm.id, at: this.#box.clock.now() })
      }
    }
  }

  #apply(id: string, event: AlarmEvent): void {
    const entry = this.#underway.get(id)
    if (entry !== undefined) this.#carryOut(id, next(entry.alarm, event, this.#box.clock.now()), entry.alarm)
  }

  #carryOut(id: string, { alarm, effects }: Outcome, before: Alarm | undefined): void {
    const entry = this.#underway.get(id)
    if (entry === undefined) return
    entry.alarm = alarm
    for (const effect of effects) {
      switch (effect.do) {
        case 'run': {
          const step = alarm.steps.find(one => one.id === effect.step)
          if (step !== undefined) entry.runs.run(alarm, step)
          break
        }
        case 'stop':
          entry.runs.stop(effect.step)
          break
        case 'retry':
          this.#box.clock.after(effect.inMilliseconds, () => this.#apply(id, { type: 'retry-due', step: effect.step }))
          break
        case 'escalate':
          entry.forgetEscalation = this.#box.clock.after(effect.inMilliseconds, () => this.#escalate(id))
          break
        case 'release':
          entry.forgetEscalation()
          this.#release(id)
          break
      }
    }
    if (alarm === before && effects.length === 0) return
    this.#keeping.keep(alarm)
    this.#beside('record an alarm', () => this.#box.record(alarm))
    this.#tellSteps(before, alarm)
  }

  /** A strobe that flashes after the all-clear is believed by nobody the next time: tried until the board takes it. */
  #release(id: string): void {
    const presses = this.get(id)?.presses.map(one => one.press) ?? []
    try {
      this.#box.board.release(id, presses)
    } catch (error) {
      this.#box.spawn('release outputs', Promise.reject(error))
      this.#box.clock.after(RELEASE_AGAIN_MILLISECONDS, () => this.#release(id))
    }
  }

  #escalate(id: string): void {
    this.#apply(id, { type: 'escalation-due' })
    if (this.get(id)?.escalatedAt !== undefined)
      this.#box.emit('alarm.escalated', { alarm: id, at: this.#box.clock.now() })
  }

  #tellSteps(before: Alarm | undefined, after: Alarm): void {
    for (const step of after.steps) {
      if (before?.steps.find(one => one.id === step.id)?.state === step.state) continue
      const error = step.error === undefined ? {} : { error: step.error }
      this.#note(after.id, `step-${step.state}`, [step.id, step.action.kind, step.error].filter(Boolean).join(' '))
      if (step.state === 'done' && step.shortfall !== undefined)
        this.#note(after.id, 'step-short', `${step.id} ${step.action.kind} ${shortfallText(step.shortfall)}`)
      const fact = { alarm: after.id, step: step.id, kind: step.action.kind, state: step.state, ...error }
      this.#box.emit('alarm.step-changed', fact)
    }
  }

  #note(alarm: string, what: string, detail: string): void {
    this.#beside('record an alarm', () => this.#box.note(alarm, what, detail))
  }

  /** Done now if it can be; what goes wrong is shown and holds nothing up. */
  #beside(what: string, work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#box.spawn(what, Promise.reject(error))
    }
  }
}

const sameSite = (a: Alarm, b: Alarm): boolean =>
  a.plan.site === undefined || b.plan.site === undefined || a.plan.site === b.plan.site

/** A drill gives way to any real alarm; a real one only to a graver one whose plan says so, and never to a drill. */
function givesWay(other: Alarm, to: Alarm): boolean {
  if (to.drill !== other.drill) return other.drill
  return to.plan.supersedes && rankOf(other.plan.severity) < rankOf(to.plan.severity)
}
