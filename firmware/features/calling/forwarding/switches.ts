// What people switch by themselves: true now, kept through a power cut, no change of the document.
import type { Context } from '../../../kernel/feature.ts'
import { forwardRuleKind, WHENS, type When } from './settings.ts'

/** One forward as a person switched it; `to` undefined: not forwarded although a rule would. */
export interface Switched {
  readonly to?: string
  readonly at: number
  readonly by: string
}
/** All of an extension. */
export type Own = { readonly [when in When]?: Switched }

/** What was switched, and where a call goes in the end. */
export class Switches {
  readonly #ctx: Context
  readonly #own

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#own = ctx.live.collection<Own>('own', { keep: 'power', accept: isOwn })
  }

  of(extension: string): Own {
    return this.#own.get(extension) ?? {}
  }

  all(): ReadonlyMap<string, Own> {
    return this.#own.all()
  }

  /** `undefined` takes back what was switched: the rule holds again. */
  set(extension: string, when: When, switched: Switched | undefined): void {
    const { [when]: _, ...others } = this.of(extension)
    const own: Own = switched ? { ...others, [when]: switched } : others
    if (Object.keys(own).length) this.#own.set(extension, own)
    else this.#own.delete(extension)
  }

  drop(extension: string): void {
    this.#own.delete(extension)
  }

  /** Where the calls of an extension go; what its people switched comes first. A number that nobody has is no forward. */
  find(extension: string, when: When): { readonly kind: string; readonly id: string } | undefined {
    const switched = this.of(extension)[when]
    if (switched) return switched.to === undefined ? undefined : this.#ctx.store.owner(switched.to)
    for (const rule of this.#rulesOf(extension)) {
      const to = rule[FIELDS[when]]
      if (to) return to
    }
    return undefined
  }

  ringSeconds(extension: string): number | undefined {
    return this.#rulesOf(extension).find(rule => rule.ringSeconds !== undefined)?.ringSeconds
  }

  #rulesOf(extension: string) {
    const { store } = this.#ctx
    const uses = store.uses(extension).filter(use => use.kind === forwardRuleKind.kind)
    return uses.flatMap(use => (use.field.startsWith('extensions') ? (store.get(forwardRuleKind, use.id) ?? []) : []))
  }
}

const FIELDS = { always: 'always', busy: 'busy', 'no-answer': 'noAnswer', unregistered: 'unregistered' } as const

const isOwn = (value: unknown): value is Own =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(([when, it]) => (WHENS as readonly string[]).includes(when) && typeof it === 'object')
