// Facts in the past tense: who is interested observes, and no observer can harm another or the one who tells.
import type { Facts } from './feature.ts'

/** A fact with who told it, for the screens. */
export interface ToldFact {
  /** `kernel` for calls and the document. */
  readonly feature: string
  readonly name: string
  readonly fact: unknown
}
/** Told when an observer fails. */
export type ObserverFault = (o: { feature: string; what: string; error: unknown }) => void

interface Observer {
  readonly owner: string
  readonly observe: (fact: never) => unknown
}

/** The facts of the box, in the order in which they happened; observers run at once and in order of registration. */
export class Events {
  readonly #observers = new Map<string, Set<Observer>>()
  readonly #fault: ObserverFault

  constructor(fault: ObserverFault) {
    this.#fault = fault
  }

  on<N extends keyof Facts>(name: N, owner: string, observe: (fact: Facts[N]) => void): () => void {
    return this.#add(name, { owner, observe })
  }

  /** Every fact of every feature. */
  onAll(owner: string, observe: (told: ToldFact) => void): () => void {
    return this.#add('*', { owner, observe })
  }

  emit<N extends keyof Facts>(name: N, fact: Facts[N], feature = 'kernel'): void {
    this.#tell(name, fact)
    this.#tell('*', { feature, name, fact })
  }

  #add(name: string, observer: Observer): () => void {
    const observers = this.#observers.get(name) ?? new Set()
    this.#observers.set(name, observers.add(observer))
    return () => void observers.delete(observer)
  }

  #tell(name: string, fact: unknown): void {
    for (const { owner, observe } of [...(this.#observers.get(name) ?? [])]) {
      const fault = (error: unknown) => this.#fault({ feature: owner, what: name, error })
      try {
        const outcome: unknown = (observe as (fact: unknown) => unknown)(fact)
        // An observer declared async returns a promise although its type says nothing of it.
        if (outcome instanceof Promise) outcome.catch(fault)
      } catch (error) {
        fault(error)
      }
    }
  }
}
