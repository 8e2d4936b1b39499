// What the kernel itself finds wrong while it works, in the words of the health page.
import type { Clock } from './clock.ts'
import type { Problem } from './feature.ts'

/** Problems raised and settled by code; one that is raised for a `while` goes by itself when it is not raised again. */
export class Troubles {
  readonly #clock: Clock
  readonly #raised = new Map<string, { readonly problem: Problem; readonly until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  raise(problem: Problem, o: { minutes?: number } = {}): void {
    const since = this.#raised.get(problem.code)?.problem.since ?? this.#clock.now()
    const until = o.minutes === undefined ? Number.POSITIVE_INFINITY : this.#clock.since() + o.minutes * 60_000
    this.#raised.set(problem.code, { problem: { since, ...problem }, until })
  }

  settle(code: string): void {
    this.#raised.delete(code)
  }

  all(): readonly Problem[] {
    const now = this.#clock.since()
    for (const [code, { until }] of this.#raised) if (until <= now) this.#raised.delete(code)
    return [...this.#raised.values()].map(entry => entry.problem)
  }
}
