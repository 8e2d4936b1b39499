// The steps of one alarm while they run: each by itself, none holding another, the latest run of a step the only one that counts.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Shortfall, Trigger } from '../../../kernel/feature.ts'
import type { Alarm, AlarmEvent, Step } from './alarm.ts'
import { newestPress } from './newest-press.ts'
import { rankOf } from './settings.ts'

export class StepRuns {
  readonly #box: Pick<Context, 'act' | 'spawn'>
  readonly #answer: (event: AlarmEvent) => void
  readonly #runs = new Map<string, AbortController>()

  /** `answer` is told how each run ended, never before `run` has returned. */
  constructor(box: Pick<Context, 'act' | 'spawn'>, answer: (event: AlarmEvent) => void) {
    this.#box = box
    this.#answer = answer
  }

  get underway(): number {
    return this.#runs.size
  }

  run(alarm: Alarm, step: Step): void {
    const run = new AbortController()
    const former = this.#runs.get(step.id)
    this.#runs.set(step.id, run)
    // A notice that is still under way is told to its end beside the newer one, but no longer than that.
    if (former !== undefined)
      run.signal.addEventListener('abort', () => former.abort(run.signal.reason), { once: true })
    // An answer of a run that was followed by another says nothing about the step any more.
    const answer = (event: AlarmEvent) => {
      if (this.#runs.get(step.id) !== run) return
      this.#runs.delete(step.id)
      this.#answer(event)
    }
    const failed = (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error)
      const type = error instanceof PbxError && error.code === 'actions.not-in-a-drill' ? 'step-refused' : 'step-failed'
      answer({ type, step: step.id, error: text })
    }
    const done = (shortfall?: Shortfall) => answer({ type: 'step-done', step: step.id, shortfall })
    this.#box.spawn(`alarm step ${step.action.kind}`, this.#act(alarm, step, run.signal).then(done, failed))
  }

  stop(step: string): void {
    this.#runs.get(step)?.abort(new PbxError('alarms.step-stopped', 'the alarm is over'))
  }

  /** Ends all runs of this process; the alarm goes on in the next. Nothing is answered any more. */
  leave(): void {
    const runs = [...this.#runs.values()]
    this.#runs.clear()
    for (const run of runs) run.abort(new PbxError('alarms.stopping', 'the box is stopping'))
  }

  /** Async, so that an action that throws at once keeps no other from starting. */
  async #act(alarm: Alarm, step: Step, signal: AbortSignal): Promise<Shortfall | undefined> {
    const { who, drill, plan } = alarm
    const why: Trigger = { who, ...newestPress(alarm), drill, alarm: alarm.id, gravity: rankOf(plan.severity) }
    return this.#box.act(step.action, why, signal)
  }
}
