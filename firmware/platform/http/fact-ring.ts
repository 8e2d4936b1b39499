// What happened last, numbered without gaps: a browser that was away for a moment asks for what it missed.
import { randomBytes } from 'node:crypto'

/** A fact as screens get it. */
export interface NumberedFact {
  readonly sequence: number
  readonly feature: string
  readonly name: string
  readonly fact: unknown
}

/** The last facts of the box, at most `size`. */
export class FactRing {
  /** Changes with each start: numbers of an earlier run mean nothing now. */
  readonly epoch = randomBytes(9).toString('base64url')
  readonly #size: number
  readonly #facts: NumberedFact[] = []
  #next = 1
  #first = 0

  constructor(size: number) {
    this.#size = size
  }

  /** The number of the newest fact, 0 before the first. */
  get newest(): number {
    return this.#next - 1
  }

  add(o: { feature: string; name: string; fact: unknown }): NumberedFact {
    const numbered: NumberedFact = { sequence: this.#next++, ...o }
    if (this.#facts.length < this.#size) this.#facts.push(numbered)
    else {
      this.#facts[this.#first] = numbered
      this.#first = (this.#first + 1) % this.#size
    }
    return numbered
  }

  /** Everything after `sequence`, oldest first; undefined when some of it is gone, or was never here. */
  after(epoch: string, sequence: number): readonly NumberedFact[] | undefined {
    const oldest = this.#next - this.#facts.length
    if (epoch !== this.epoch || sequence > this.newest || sequence < oldest - 1) return undefined
    const ordered = [...this.#facts.slice(this.#first), ...this.#facts.slice(0, this.#first)]
    return ordered.slice(sequence - (oldest - 1))
  }
}
