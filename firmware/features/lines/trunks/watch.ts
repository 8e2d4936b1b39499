// The state of every trunk: what it did lately, how it is judged, and how that changed.
import type { Context } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import { HEALTH, type Health, judge, type Outcome, REMEMBERED, type Verdict } from './health.ts'

interface Lately {
  readonly outcomes: readonly Outcome[]
  /** By whom: it cannot be better than this, whatever it takes, and why. */
  readonly floors?: Readonly<Partial<Record<FloorOf, Floor>>>
  readonly health: Health
  /** What the last failure was, in the words of a cause or a SIP status. */
  readonly lastFailure?: string
}

/** What a trunk needs before any call: its name found, its connection up, the box registered. */
export type FloorOf = 'name' | 'connection' | 'registration'
export interface Floor {
  readonly health: Health
  readonly why: string
}

/** One change of a trunk's health. */
export interface Change {
  /** UTC milliseconds. */
  readonly at: number
  readonly from: Health
  readonly to: Health
  readonly why: string
}
interface History {
  readonly changes: readonly Change[]
}
/** Since the box was set up. */
export interface Counts {
  readonly out: number
  readonly in: number
  readonly failed: number
}

/** So many changes are kept of each trunk. */
const CHANGES = 50
const NONE: Counts = { out: 0, in: 0, failed: 0 }

export class TrunkWatch {
  readonly #ctx: Pick<Context, 'clock' | 'emit'>
  readonly #lately: LiveCollection<Lately>
  readonly #history: LiveCollection<History>
  readonly #counts: LiveCollection<Counts>

  constructor(ctx: Pick<Context, 'clock' | 'emit' | 'live'>) {
    this.#ctx = ctx
    this.#lately = ctx.live.collection('lately', { keep: 'process' })
    this.#history = ctx.live.collection('history', { keep: 'power' })
    this.#counts = ctx.live.collection('counts', { keep: 'power' })
  }

  worked(trunk: string, took?: number): void {
    this.#note(trunk, { at: this.#ctx.clock.since(), worked: true, ...(took !== undefined && { took }) })
  }

  failed(trunk: string, why: string): void {
    this.#note(trunk, { at: this.#ctx.clock.since(), worked: false }, why)
  }

  counted(trunk: string, what: keyof Counts): void {
    const counts = this.countsOf(trunk)
    this.#counts.set(trunk, { ...counts, [what]: counts[what] + 1 })
  }

  /** From now on the trunk is no better than this; undefined: only what it takes counts. */
  floor(trunk: string, by: FloorOf, floor?: Floor): void {
    const lately = this.#lately.get(trunk) ?? { outcomes: [], health: 'healthy' as const }
    const { [by]: before, ...others } = lately.floors ?? {}
    if (before === undefined && floor === undefined) return
    this.#judged(trunk, { ...lately, floors: { ...others, ...(floor && { [by]: floor }) } }, floor?.why ?? '')
  }

  #note(trunk: string, outcome: Outcome, why?: string): void {
    const before = this.#lately.get(trunk)
    const outcomes = [...(before?.outcomes ?? []), outcome].slice(-REMEMBERED.outcomes)
    const lastFailure = why === undefined ? {} : { lastFailure: why }
    this.#judged(trunk, { ...(before ?? { health: 'healthy' }), outcomes, ...lastFailure }, why ?? '')
  }

  #judged(trunk: string, lately: Lately, why: string): void {
    const { clock, emit } = this.#ctx
    const from = this.#lately.get(trunk)?.health ?? 'healthy'
    const { health } = this.#verdict(lately)
    this.#lately.set(trunk, { ...lately, health })
    if (from === health) return
    const change = { at: clock.now(), from, to: health, why }
    this.#history.set(trunk, { changes: [change, ...this.historyOf(trunk)].slice(0, CHANGES) })
    emit('trunk.health-changed', { trunk, ...change })
  }

  #verdict({ outcomes, floors = {} }: Lately): Verdict & { readonly why?: string } {
    const verdict = judge(outcomes, this.#ctx.clock.since())
    // The name before the connection, the connection before the registration: one brings the others about.
    const lowest = [floors.name, floors.connection, floors.registration]
      .flatMap(floor => floor ?? [])
      .sort((a, b) => HEALTH.indexOf(b.health) - HEALTH.indexOf(a.health))[0]
    if (lowest === undefined || HEALTH.indexOf(lowest.health) <= HEALTH.indexOf(verdict.health)) return verdict
    return { ...verdict, ...lowest }
  }

  /** `why` where it is something else than what the trunk took. */
  verdictOf(trunk: string): Verdict & { readonly why?: string } {
    return this.#verdict(this.#lately.get(trunk) ?? { outcomes: [], health: 'healthy' })
  }

  lastFailureOf(trunk: string): string | undefined {
    return this.#lately.get(trunk)?.lastFailure
  }

  /** Newest first. */
  historyOf(trunk: string): readonly Change[] {
    return this.#history.get(trunk)?.changes ?? []
  }

  countsOf(trunk: string): Counts {
    return this.#counts.get(trunk) ?? NONE
  }

  /** Forgets trunks that are no more. */
  keepOnly(trunks: ReadonlySet<string>): void {
    for (const kept of [this.#lately, this.#history, this.#counts])
      for (const id of kept.all().keys()) if (!trunks.has(id)) kept.delete(id)
  }
}
