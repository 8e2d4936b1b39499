// The addresses behind the names of trunks: asked for ahead of time and kept, so that a call never waits for a name server.
//
// INVARIANTS
// - Calls read memory only. What was found outlives a power cut: a box that starts beside a dead name server calls at once.
// - What was found is used until something else is found, however old it is.
import { within } from '../../../kernel/clock.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { isAddress } from './host-name.ts'
import { type Located, locate, PORTS, type Spot } from './locate.ts'
import { questionOf } from './next-hop.ts'
import type { Trunk, TrunkSettings } from './settings.ts'
import type { Floor } from './watch.ts'

/** `asking`: nothing is known yet; `stale`: what is known is too old and nothing newer is to be had; `unknown`: nothing was found. */
export type NameState = 'address' | 'asking' | 'found' | 'stale' | 'unknown'

interface Found {
  /** What was asked: with another question it is worth nothing. */
  readonly question: string
  readonly spots: readonly Spot[]
}

interface Asking {
  readonly question: string
  /** Whom: others are asked at once. */
  readonly servers: string
  /** Milliseconds of the monotonic clock: when it is asked again, and until when the last answer may be believed. */
  readonly due: number
  readonly until: number
  readonly failures: number
  readonly why?: string
}

/** How often is looked whose turn it is, milliseconds. */
const BEAT = 500
/** An answer may be this late, milliseconds: several servers are given up one after the other. */
const PATIENCE = 15_000
/** What was found is not out of date while the next answer is on its way, milliseconds. */
const GRACE = 5000
/** It is asked again when so much of the time is over, and not more often than this, milliseconds. */
const REFRESH = { share: 0.8, least: 2000 } as const
/** Waits after failures in a row, seconds. */
const AGAIN = [2, 5, 10, 30, 60, 120] as const
const NO_SUCH = 'there is no such name'

export class Whereabouts {
  readonly #ctx: Context<TrunkSettings>
  readonly #trunks: () => readonly Stored<Trunk>[]
  readonly #changed: () => void
  readonly #found
  readonly #asking
  readonly #under = new Set<string>()

  /** `changed` is called when a name has led somewhere else. */
  constructor(ctx: Context<TrunkSettings>, trunks: () => readonly Stored<Trunk>[], changed: () => void) {
    this.#ctx = ctx
    this.#trunks = trunks
    this.#changed = changed
    this.#found = ctx.live.collection<Found>('found', { keep: 'power' })
    this.#asking = ctx.live.collection<Asking>('name', { keep: 'process' })
    ctx.clock.every(BEAT, () => this.look())
  }

  /** All addresses of a trunk, the best first; none while nothing was found. */
  spotsOf(trunk: Stored<Trunk>): readonly Spot[] {
    const { host, port, transport } = questionOf(trunk)
    if (isAddress(host)) {
      const family = host.includes(':') ? (6 as const) : (4 as const)
      return [{ family, host, port: port ?? PORTS[transport], transport, priority: 0, weight: 0 }]
    }
    const found = this.#found.get(trunk.id)
    return found?.question === keyOf(trunk) ? found.spots : []
  }

  stateOf(trunk: Stored<Trunk>): { readonly state: NameState; readonly why?: string } {
    if (isAddress(questionOf(trunk).host)) return { state: 'address' }
    const known = this.#asking.get(trunk.id)
    const asked = known?.question === keyOf(trunk) ? known : undefined
    const why = asked?.why === undefined ? {} : { why: asked.why }
    if (this.spotsOf(trunk).length === 0) return { state: asked?.why === undefined ? 'asking' : 'unknown', ...why }
    return { state: asked === undefined || this.#ctx.clock.since() < asked.until ? 'found' : 'stale', ...why }
  }

  /** Asks for every name whose time has come. */
  look(): void {
    const now = this.#ctx.clock.since()
    for (const trunk of this.#trunks()) {
      const asked = this.#asking.get(trunk.id)
      const waits = asked?.question === keyOf(trunk) && asked.servers === this.#servers && now < asked.due
      if (isAddress(questionOf(trunk).host) || waits || this.#under.has(trunk.id)) continue
      this.#under.add(trunk.id)
      this.#ctx.spawn(`looking up ${questionOf(trunk).host}`, this.#ask(trunk))
    }
  }

  get #servers(): string {
    return this.#ctx.settings.nameServers.join()
  }

  async #ask(trunk: Stored<Trunk>): Promise<void> {
    const { clock, names, settings } = this.#ctx
    try {
      const answer = await within(
        clock,
        PATIENCE,
        locate(names.askedOf(settings.nameServers), questionOf(trunk)),
        () => {},
      )
      if (typeof answer === 'symbol') this.#missed(trunk, 'no name server answers in time')
      else if (answer.spots.length === 0) this.#missed(trunk, NO_SUCH)
      else this.#took(trunk, answer)
    } catch (error) {
      this.#missed(trunk, error instanceof Error ? error.message : String(error))
    } finally {
      this.#under.delete(trunk.id)
    }
  }

  #took(trunk: Stored<Trunk>, { spots, ttlSeconds }: Located): void {
    const question = keyOf(trunk)
    const now = this.#ctx.clock.since()
    const failed = this.#asking.get(trunk.id)?.failures ?? 0
    const milliseconds = Math.max(ttlSeconds * 1000, REFRESH.least)
    const due = now + Math.max(milliseconds * REFRESH.share, REFRESH.least)
    this.#asking.set(trunk.id, {
      question,
      servers: this.#servers,
      due,
      until: now + milliseconds + GRACE,
      failures: 0,
    })
    const before = this.#found.get(trunk.id)
    // Equals keep the order that was drawn for them first: registration and calls stay with one of them.
    const same = before?.question === question && setOf(before.spots) === setOf(spots)
    if (same && failed === 0) return
    if (!same) this.#found.set(trunk.id, { question, spots })
    this.#changed()
  }

  #missed(trunk: Stored<Trunk>, why: string): void {
    const question = keyOf(trunk)
    const since = this.#ctx.clock.since()
    const before = this.#asking.get(trunk.id)
    const known = before?.question === question ? before : undefined
    const failures = (known?.failures ?? 0) + 1
    const seconds = AGAIN[Math.min(failures, AGAIN.length) - 1] ?? 120
    const due = since + seconds * 1000
    const { until = since } = known ?? {}
    this.#asking.set(trunk.id, { question, servers: this.#servers, due, until, failures, why })
    if (failures > 1) return
    this.#ctx.log.warn('the name of a trunk could not be looked up', { trunk: trunk.id, why })
    this.#changed()
  }

  /** Forgets trunks that are no more. */
  keepOnly(trunks: ReadonlySet<string>): void {
    for (const kept of [this.#found, this.#asking])
      for (const id of kept.all().keys()) if (!trunks.has(id)) kept.delete(id)
  }
}

/** No call can go where nobody knows where that is. */
export const floorOf = ({ state, why = '' }: ReturnType<Whereabouts['stateOf']>): Floor | undefined =>
  state === 'unknown' ? { health: 'down', why: `its name leads nowhere: ${why}` } : undefined

const keyOf = (trunk: Trunk): string => {
  const { host, port = '', transport } = questionOf(trunk)
  return `${host.toLowerCase()} ${port} ${transport}`
}

const setOf = (spots: readonly Spot[]): string =>
  spots
    .map(({ host, port, priority, weight }) => `${priority} ${weight} ${host} ${port}`)
    .sort()
    .join()
