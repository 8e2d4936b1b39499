// Which of a trunk's addresses is spoken to: the best that is not known to be silent.
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { inOrder, type Spot } from './locate.ts'
import type { Trunk, TrunkSettings } from './settings.ts'
import type { Whereabouts } from './whereabouts.ts'

/** One that took nothing comes last: until it answers a question, or for so long where none is asked, milliseconds. */
const AVOIDED = 30_000

interface Silent {
  readonly at: number
}

export class Addresses {
  readonly #ctx: Context<TrunkSettings>
  readonly #whereabouts: Whereabouts
  readonly #silent

  constructor(ctx: Context<TrunkSettings>, whereabouts: Whereabouts) {
    this.#ctx = ctx
    this.#whereabouts = whereabouts
    this.#silent = ctx.live.collection<Silent>('silent', { keep: 'process' })
  }

  all(trunk: Stored<Trunk>): readonly Spot[] {
    return this.#whereabouts.spotsOf(trunk)
  }

  /** The order for what belongs together (registration and questions), and for calls of a trunk that registers. */
  steady(trunk: Stored<Trunk>): readonly Spot[] {
    return this.#goodFirst(trunk, this.all(trunk))
  }

  /** The order for a call: equals carry calls by their weight (RFC 2782), but with a carrier that knows where the box registered. */
  forCall(trunk: Stored<Trunk>): readonly Spot[] {
    return trunk.registers ? this.steady(trunk) : this.#goodFirst(trunk, inOrder(this.all(trunk)))
  }

  #goodFirst(trunk: Stored<Trunk>, spots: readonly Spot[]): readonly Spot[] {
    return [...spots].sort((a, b) => Number(this.isSilent(trunk, a)) - Number(this.isSilent(trunk, b)))
  }

  isSilent(trunk: Stored<Trunk>, spot: Spot): boolean {
    const mark = this.#silent.get(keyOf(trunk, spot))
    if (mark === undefined) return false
    return trunk.heartbeatSeconds > 0 || this.#ctx.clock.since() - mark.at < AVOIDED
  }

  /** What it took, or did not. */
  told(trunk: Stored<Trunk>, spot: Spot, worked: boolean): void {
    const key = keyOf(trunk, spot)
    if (!worked) this.#silent.set(key, { at: this.#ctx.clock.since() })
    else if (this.#silent.get(key)) this.#silent.delete(key)
  }

  /** Whether a trunk has an address that is not known to be silent. */
  someWork(trunk: Stored<Trunk>): boolean {
    return this.all(trunk).some(spot => !this.isSilent(trunk, spot))
  }

  /** Forgets addresses that no trunk has any more. */
  keepOnly(trunks: readonly Stored<Trunk>[]): void {
    const keys = new Set(trunks.flatMap(trunk => this.all(trunk).map(spot => keyOf(trunk, spot))))
    for (const key of this.#silent.all().keys()) if (!keys.has(key)) this.#silent.delete(key)
  }
}

const keyOf = ({ id }: Stored<Trunk>, { host, port, transport }: Spot): string => `${id} ${host} ${port} ${transport}`
