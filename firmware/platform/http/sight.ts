// What of the box's facts somebody may see: by permission, and where that holds in one place only, by what the fact is about.
import type { Who } from '../../kernel/store.ts'
import type { Thing } from '../../kernel/things.ts'
import type { NumberedFact } from './fact-ring.ts'
import type { WebBox } from './ports.ts'
import type { Rights } from './rights.ts'

type About = (fact: unknown) => readonly Thing[]
/** Of a kind of fact: all of it, what is about the person's places, or nothing. */
export type Extent = 'all' | 'here' | 'none'

/**
 * Remembers what facts are about, while anybody watches who may look in some places only: a call, a page is gone when its
 * last fact reaches the screens. While nobody does, facts cost nothing more.
 */
export class Sight {
  readonly #box: WebBox
  readonly #rights: Rights
  readonly #about = new WeakMap<NumberedFact, readonly Thing[]>()
  #touches: ReadonlyMap<string, About> | undefined

  constructor(box: WebBox, rights: Rights) {
    this.#box = box
    this.#rights = rights
  }

  /** Whether this person sees some kind of fact in some places only. */
  isNarrow(who: Who): boolean {
    const verbs = this.#box.describe().features.map(({ name }) => `${name}.view`)
    return verbs.some(verb => this.#extent(who, verb) === 'here')
  }

  /** Notes what a fact is about, as memory has it now. */
  note(fact: NumberedFact): void {
    this.#touches ??= touchesOf(this.#box)
    const about = this.#touches.get(fact.name)
    this.#about.set(fact, about === undefined ? [] : this.#ask(about, fact))
  }

  /** Facts gathered so far went out: features may have come or gone since. */
  refresh(): void {
    this.#touches = undefined
  }

  /** How much of this kind of fact the person sees. */
  of(who: Who, fact: NumberedFact): Extent {
    // That the document or the problems changed says nothing of what they hold.
    if (fact.name === 'document.changed' || fact.name === 'problems.changed') return 'all'
    return this.#extent(who, verbOf(fact))
  }

  /** Whether this fact, of whose kind the person sees `extent`, is for him; one that nobody noted is for those who see all. */
  shows(who: Who, fact: NumberedFact, extent: Extent): boolean {
    if (extent !== 'here') return extent === 'all'
    return this.#rights.sees(who, verbOf(fact), this.#about.get(fact) ?? [])
  }

  /** Whether it is known what this fact is about. */
  isNoted(fact: NumberedFact): boolean {
    return this.#about.has(fact)
  }

  #extent(who: Who, verb: string): Extent {
    if (this.#rights.everywhere(who, verb)) return 'all'
    return this.#rights.somewhere(who, verb) ? 'here' : 'none'
  }

  /** A fact that its own feature cannot place is for those who see all; the others lose it, and the log says so. */
  #ask(about: About, { name, fact }: NumberedFact): readonly Thing[] {
    try {
      return about(fact)
    } catch (error) {
      this.#box.log.error('a feature could not tell what its fact is about', { name, error })
      return []
    }
  }
}

/** Calls are of those who may see live calls. */
const verbOf = ({ name, feature }: NumberedFact): string =>
  name.startsWith('call.') || name.startsWith('leg.') ? 'live-calls.view' : `${feature}.view`

const touchesOf = (box: WebBox): ReadonlyMap<string, About> =>
  new Map(box.describe().features.flatMap(({ touches }) => Object.entries(touches) as [string, About][]))
