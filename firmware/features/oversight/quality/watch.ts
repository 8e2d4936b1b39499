// The legs that are up: what was told of each, its last minutes, its worst moment; and their record when they are over.
import type { LegQuality, Party } from '../../../kernel/call/call.types.ts'
import type { Context, Facts } from '../../../kernel/feature.ts'
import { added, type Moment, momentOf, NOTHING, type Sums, since, worstOpinion } from './measure.ts'
import type { QualityLog, QualityRecord } from './records.ts'
import type { QualitySettings } from './settings.ts'
import { after, FORGOTTEN_AFTER, faultOf, type Naming, problemsOf, type Trouble } from './trouble.ts'
import { WatchedLegs } from './watched-legs.ts'

type Station = Pick<Party, 'number' | 'name' | 'device' | 'site' | 'location' | 'trunk'> & { readonly host?: string }

/** A leg as it is kept through a restart of the process. */
export interface Watched {
  readonly call: string
  readonly party: Station
  readonly sums: Sums
  readonly last?: LegQuality
  readonly worst?: Moment
}
interface Lately {
  readonly moments: readonly Moment[]
}

/** Five minutes of five seconds. */
const MOMENTS = 60

export class Watch {
  readonly #ctx: Context<QualitySettings>
  readonly #log: QualityLog
  readonly #legs
  readonly #lately
  readonly #troubles
  #measured = 0

  constructor(ctx: Context<QualitySettings>, log: QualityLog) {
    this.#ctx = ctx
    this.#log = log
    this.#legs = new WatchedLegs(ctx.live.collection<Watched>('leg', { keep: 'restart' }))
    this.#lately = ctx.live.collection<Lately>('lately', { keep: 'process' })
    this.#troubles = ctx.live.collection<Trouble>('trouble', { keep: 'restart' })
  }

  /** Both sides of a call that is talked on: one that is over before it was measured still has names. */
  answered(call: string): void {
    for (const leg of this.#ctx.calls.get(call)?.legs ?? []) this.#know(leg.id)
  }

  #know(leg: string): Watched | undefined {
    const known = this.#legs.get(leg)
    const found = this.#ctx.calls.find(leg)
    if (found === undefined || (known && known.call === found.call.id)) return known
    const watched = { ...(known ?? { sums: NOTHING, party: stationOf(found.party) }), call: found.call.id }
    this.#legs.set(leg, watched)
    return watched
  }

  measured(leg: string, quality: LegQuality): void {
    const known = this.#know(leg)
    if (known === undefined) return
    const { watched, moment } = this.#counted(known, quality)
    this.#legs.set(leg, watched)
    if (moment === undefined) return
    const before = this.#lately.get(leg)?.moments ?? []
    this.#lately.set(leg, { moments: [...before, moment].slice(-MOMENTS) })
    this.#judge(watched.party, moment)
  }

  /** What came since it was told last; no moment where nothing came either way. */
  #counted(known: Watched, quality: LegQuality): { watched: Watched; moment: Moment | undefined } {
    this.#measured += 1
    const news = since(known.last, quality)
    const at = this.#ctx.clock.now()
    const found = momentOf(news, quality, { at, ears: this.#ctx.settings })
    const moment = found.says || found.hears ? found : undefined
    const worst = worse(known.worst, moment)
    const watched = { ...known, sums: added(known.sums, news), last: quality, ...(worst && { worst }) }
    return { watched, moment }
  }

  #judge(party: Station, moment: Moment): void {
    const key = party.device ?? party.trunk ?? party.host ?? party.number
    const name = `${party.name} ${party.number}`.trim()
    const next = after(this.#troubles.get(key), faultOf(moment, this.#ctx.settings), {
      name,
      at: moment.at,
      ...(party.device !== undefined && { device: party.device }),
      ...(party.site !== undefined && { site: party.site }),
    })
    if (next) this.#troubles.set(key, next)
    else this.#troubles.delete(key)
  }

  ended({ call, quality }: Facts['call.ended']): void {
    for (const [leg, last] of Object.entries(quality)) {
      const known = this.#legs.get(leg)
      if (known?.call !== call) continue
      // A process that was started a moment ago and heard nothing any more: what was told before stands.
      const silent = known.last && last.packetsReceived + last.packetsSent === 0
      this.#write(leg, silent ? known : this.#counted(known, last).watched)
    }
    for (const leg of this.#legs.of(call)) this.#forget(leg)
  }

  /** Legs whose calls did not come back after a restart: what was told of them last is their record. */
  interrupted(): void {
    for (const [leg, watched] of this.#legs.all()) {
      if (this.#ctx.calls.find(leg) !== undefined) continue
      this.#write(leg, watched)
      this.#forget(leg)
    }
  }

  #forget(leg: string): void {
    this.#legs.delete(leg)
    this.#lately.delete(leg)
  }

  #write(leg: string, watched: Watched): void {
    if (watched.last && watched.last.packetsReceived + watched.last.packetsSent > 0)
      this.#log.write(recordOf(leg, { watched, last: watched.last, ctx: this.#ctx }))
  }

  /** The legs of this moment with their last minutes. */
  now(): readonly object[] {
    return [...this.#legs.all()].map(([id, { call, party, last, worst }]) => ({
      id,
      call,
      ...party,
      codec: last?.codec ?? '',
      ...(last?.encryption && { encryption: last.encryption }),
      longestGapMilliseconds: last?.longestGapMilliseconds ?? 0,
      ...(worst && { worst }),
      moments: this.#lately.get(id)?.moments ?? [],
    }))
  }

  /** Troubles that were not heard of for an hour are over. */
  tidy(): void {
    const before = this.#ctx.clock.now() - FORGOTTEN_AFTER
    for (const [key, { lastBad }] of this.#troubles.all()) if (lastBad < before) this.#troubles.delete(key)
  }

  problems(naming: Naming) {
    return problemsOf([...this.#troubles.all()], naming)
  }

  metrics(): Readonly<Record<string, number>> {
    const opinions = [...this.#lately.all().values()].flatMap(({ moments }) => {
      const last = moments.at(-1)
      return last ? [worstOpinion(last) ?? []].flat() : []
    })
    return {
      quality_legs: this.#legs.all().size,
      quality_measurements: this.#measured,
      quality_troubles: this.#troubles.all().size,
      quality_worst_opinion: opinions.length > 0 ? Math.min(...opinions) : 0,
    }
  }
}

const worse = (a: Moment | undefined, b: Moment | undefined): Moment | undefined =>
  a === undefined || (b !== undefined && (worstOpinion(b) ?? 5) < (worstOpinion(a) ?? 5)) ? b : a

const stationOf = ({ number, name, device, site, location, trunk, source }: Party): Station => ({
  number,
  name,
  ...(device !== undefined && { device }),
  ...(site !== undefined && { site }),
  ...(location !== undefined && { location }),
  ...(trunk !== undefined && { trunk }),
  ...(source !== undefined && { host: source.host }),
})

function recordOf(
  id: string,
  o: { readonly watched: Watched; readonly last: LegQuality; readonly ctx: Context<QualitySettings> },
): QualityRecord {
  const { watched, last, ctx } = o
  const { party, worst } = watched
  const whole = momentOf(watched.sums, last, { at: ctx.clock.now(), ears: ctx.settings })
  const worstFound = worst ? worstOpinion(worst) : undefined
  return {
    id,
    call: watched.call,
    ended_at: whole.at,
    number: party.number,
    name: party.name,
    device: party.device ?? null,
    site: party.site ?? null,
    location: party.location ?? null,
    trunk: party.trunk ?? null,
    codec: last.codec,
    says_loss: whole.says?.lossPercent ?? null,
    says_jitter: whole.says?.jitterMilliseconds ?? null,
    says_opinion: whole.says?.opinion ?? null,
    hears_loss: whole.hears?.lossPercent ?? null,
    hears_jitter: whole.hears?.jitterMilliseconds ?? null,
    hears_opinion: whole.hears?.opinion ?? null,
    round_trip: whole.roundTripMilliseconds ?? null,
    longest_gap: last.longestGapMilliseconds,
    worst_opinion: worstFound ?? null,
    worst_at: worst?.at ?? null,
    poor: worst && faultOf(worst, ctx.settings) ? 1 : 0,
    counters: JSON.stringify(last),
  }
}
