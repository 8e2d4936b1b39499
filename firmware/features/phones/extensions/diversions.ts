// Where a call to an extension goes instead of its phones, or after them: asked of the features that know.
import type { Leg, Next } from '../../../kernel/call/call.types.ts'
import type { Cause } from '../../../kernel/errors.ts'
import type { Log } from '../../../kernel/feature.ts'

/** `always`: before anything rings; the others: why nobody talks to the caller. */
export const OCCASIONS = ['always', 'busy', 'no-answer', 'unregistered'] as const
export type Occasion = (typeof OCCASIONS)[number]

/** What a diversion is asked; answers come from memory. */
export interface Diverting {
  readonly extension: string
  readonly when: Occasion
  readonly caller: Leg
  /** What the destination was entered with: a former diversion may have left word. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A feature that may send calls to extensions elsewhere. The first that knows decides. */
export interface Diversion {
  next(o: Diverting): Next | undefined
  /** How long the phones of an extension ring; undefined: as everywhere. */
  ringSeconds?(extension: string): number | undefined
}

/** The diversions of the box. One that throws is passed over: the phones ring. */
export class Diversions {
  readonly #all = new Set<Diversion>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  /** From now on it is asked; until `signal` aborts. */
  add(diversion: Diversion, signal: AbortSignal): void {
    this.#all.add(diversion)
    signal.addEventListener('abort', () => this.#all.delete(diversion), { once: true })
  }

  next(o: Diverting): Next | undefined {
    return this.#first(diversion => diversion.next(o))
  }

  ringSeconds(extension: string): number | undefined {
    return this.#first(diversion => diversion.ringSeconds?.(extension))
  }

  #first<T>(ask: (diversion: Diversion) => T | undefined): T | undefined {
    for (const diversion of this.#all) {
      try {
        const answer = ask(diversion)
        if (answer !== undefined) return answer
      } catch (error) {
        this.#log.error('where a call should go instead could not be asked; it goes to the phones', { error })
      }
    }
    return undefined
  }
}

/** The occasion that a failed round of ringing is; undefined: none that anybody diverts on. */
export function occasionOf(cause: Cause): Occasion | undefined {
  switch (cause) {
    case 'busy':
    case 'declined':
    case 'do-not-disturb':
    case 'redirected':
      return 'busy'
    case 'no-answer':
    case 'not-available':
      return 'no-answer'
    case 'unregistered':
    case 'unreachable':
      return 'unregistered'
    default:
      return undefined
  }
}
