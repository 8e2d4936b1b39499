// Carrying changes of the document into effect, feature by feature; what is under way or failed is shown.
import type { Clock } from './clock.ts'
import type { Log, Problem } from './feature.ts'

/** How a feature's latest change stands. */
export interface Applying {
  readonly feature: string
  readonly rev: number
  readonly state: 'applying' | 'not-applied'
  readonly since: number
  readonly why?: string
}

/** One apply at a time per feature; changes that come meanwhile are applied together afterwards. */
export class Applier {
  readonly #clock: Clock
  readonly #log: Log
  readonly #standing = new Map<string, Applying>()
  readonly #again = new Map<string, number>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  standing(): readonly Applying[] {
    return [...this.#standing.values()]
  }

  run(feature: string, rev: number, apply: () => Promise<void> | void): void {
    if (this.#standing.get(feature)?.state === 'applying') {
      this.#again.set(feature, rev)
      return
    }
    this.#standing.set(feature, { feature, rev, state: 'applying', since: this.#clock.now() })
    const outcome = (async () => apply())()
    outcome
      .then(
        () => this.#standing.delete(feature),
        error => this.#failed(feature, rev, error),
      )
      .finally(() => {
        const later = this.#again.get(feature)
        this.#again.delete(feature)
        if (later !== undefined) this.run(feature, later, apply)
      })
  }

  #failed(feature: string, rev: number, error: unknown): void {
    this.#log.error('a change could not be carried into effect', { feature, rev, error })
    const why = error instanceof Error ? error.message : String(error)
    this.#standing.set(feature, { feature, rev, state: 'not-applied', since: this.#clock.now(), why })
  }

  problems(): readonly Problem[] {
    return this.standing().flatMap(({ feature, state, since, why }) =>
      state === 'not-applied'
        ? [
            {
              code: `host.not-applied:${feature}`,
              severity: 'serious',
              since,
              text: `A change of "${feature}" is saved but not in effect: ${why}.`,
              remedy: 'Mend what it names and save again, or undo the change.',
            },
          ]
        : [],
    )
  }
}
