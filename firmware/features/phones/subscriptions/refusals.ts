// Lamps that stay dark: what phones asked to watch and were refused, for whoever set their keys.
import type { Subscription } from '../../../kernel/call/sip-port.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Problem } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import { words } from './words.en.ts'

/** What was refused last, by line and number. */
export interface Refusal {
  readonly line: string
  readonly target: string
  readonly status: number
  /** Monotonic, milliseconds. */
  readonly at: number
}

/** Phones ask again at least so often, milliseconds: who does not any more has been set right. */
const REFUSED_FOR = 2 * 3_600_000
const NAMED_AT_MOST = 5
/** So many keys are remembered. */
const KEPT_AT_MOST = 1000

const TEXTS: Readonly<Partial<Record<number, 'not-found' | 'forbidden'>>> = { 403: 'forbidden', 404: 'not-found' }

export class Refusals {
  readonly #kept: LiveCollection<Refusal>
  readonly #clock: Clock
  count = 0

  constructor(kept: LiveCollection<Refusal>, clock: Clock) {
    this.#kept = kept
    this.#clock = clock
  }

  add({ line, target }: Subscription, status: number): void {
    this.count += 1
    const [oldest] = this.#kept.all().keys()
    if (this.#kept.all().size >= KEPT_AT_MOST && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(`${line} ${target}`, { line, target, status, at: this.#clock.since() })
  }

  granted({ line, target }: Subscription): void {
    this.#kept.delete(`${line} ${target}`)
  }

  problems(
    lineOf: (id: string) => { readonly authName: string; readonly device: string } | undefined,
  ): readonly Problem[] {
    const since = this.#clock.since() - REFUSED_FOR
    const recent = [...this.#kept.all().values()].filter(one => one.at > since)
    return recent.slice(0, NAMED_AT_MOST).flatMap(({ line, target, status }): Problem[] => {
      const [word, known] = [TEXTS[status], lineOf(line)]
      if (word === undefined || known === undefined) return []
      const text = words[`subscriptions.${word}`].replace('{line}', known.authName).replace('{target}', target)
      const remedy = words[`subscriptions.${word}.remedy`]
      const code = `subscriptions.dark-lamp:${line}:${target}`
      return [{ code, severity: 'info', text, remedy, link: `/device/${known.device}` }]
    })
  }
}
