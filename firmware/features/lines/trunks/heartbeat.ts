// Whether a trunk is there when nobody calls: asked by OPTIONS, more often while something is wrong.
import type { SipEvent } from '../../../kernel/call/sip-port.ts'
import type { Context } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Addresses } from './addresses.ts'
import type { Connections } from './connections.ts'
import type { DialParts } from './dial.ts'
import type { Spot } from './locate.ts'
import type { Trunk } from './settings.ts'
import { wayTo } from './target.ts'
import type { TrunkWatch } from './watch.ts'

/** While a trunk is not healthy it is asked at least this often, milliseconds: so soon it is known to be back. */
const ANXIOUS = 5000
/** A question without an answer is given up after so long, milliseconds. */
const PATIENCE = 10_000
/** How often is looked whose turn it is, milliseconds. */
const BEAT = 1000

const NO_ANSWER = 'no answer'

interface Question {
  readonly trunk: string
  readonly spot: Spot
  readonly at: number
}

export class Heartbeat {
  readonly #ctx: Context
  readonly #watch: TrunkWatch
  readonly #trunks: () => readonly Stored<Trunk>[]
  readonly #addresses: Addresses
  readonly #connections: Connections
  readonly #asked
  readonly #lastAsked

  constructor(
    { ctx, watch, trunks, addresses }: Pick<DialParts, 'ctx' | 'watch' | 'trunks' | 'addresses'>,
    connections: Connections,
  ) {
    this.#ctx = ctx
    this.#watch = watch
    this.#trunks = trunks
    this.#addresses = addresses
    this.#connections = connections
    this.#asked = ctx.live.collection<Question>('asked', { keep: 'process' })
    this.#lastAsked = ctx.live.collection<{ readonly at: number }>('last-asked', { keep: 'process' })
    ctx.clock.every(BEAT, () => this.#beat())
  }

  observe(event: SipEvent): void {
    if (event.type !== 'replied') return
    const question = this.#asked.get(event.request)
    if (!question) return
    this.#asked.delete(event.request)
    // Whatever it says, it is there; 408 is silence, 5xx but "not implemented" is a trunk that takes no call.
    const { status } = event
    const failed = status === 408 || (status >= 500 && status < 600 && status !== 501)
    if (failed) this.#failed(question, status === 408 ? NO_ANSWER : `it said ${status}`)
    else this.#worked(question)
  }

  #worked({ trunk: id, spot, at }: Question): void {
    const trunk = this.#trunkOf(id)
    if (trunk) this.#addresses.told(trunk, spot, true)
    this.#watch.worked(id, this.#ctx.clock.since() - at)
  }

  /** A trunk with an address that works has not failed; of several that do not one counts. */
  #failed({ trunk: id, spot }: Question, why: string): void {
    const trunk = this.#trunkOf(id)
    if (!trunk) return
    this.#addresses.told(trunk, spot, false)
    const [first] = this.#addresses.all(trunk)
    if (!this.#addresses.someWork(trunk) && (first === undefined || first.host === spot.host))
      this.#watch.failed(id, why)
  }

  #trunkOf(id: string): Stored<Trunk> | undefined {
    return this.#trunks().find(trunk => trunk.id === id)
  }

  #beat(): void {
    const now = this.#ctx.clock.since()
    for (const [request, question] of this.#asked.all()) {
      if (now - question.at < PATIENCE) continue
      this.#asked.delete(request)
      this.#failed(question, NO_ANSWER)
    }
    const waiting = new Set([...this.#asked.all().values()].map(({ trunk }) => trunk))
    for (const trunk of this.#trunks()) {
      const often = this.#interval(trunk)
      const last = this.#lastAsked.get(trunk.id)?.at
      if (often === 0 || waiting.has(trunk.id) || (last !== undefined && now - last < often)) continue
      this.#lastAsked.set(trunk.id, { at: now })
      // Where no connection stands nobody can be asked: why it does not is told already.
      for (const spot of this.#addresses.all(trunk)) if (!this.#connections.isAway(trunk, spot)) this.#ask(trunk, spot)
    }
  }

  #interval(trunk: Stored<Trunk>): number {
    const { id, inService, heartbeatSeconds } = trunk
    if (!inService || heartbeatSeconds === 0) return 0
    const usual = heartbeatSeconds * 1000
    const calm = this.#watch.verdictOf(id).health === 'healthy'
    const allWork = this.#addresses.all(trunk).every(spot => !this.#addresses.isSilent(trunk, spot))
    return calm && allWork ? usual : Math.min(usual, ANXIOUS)
  }

  #ask(trunk: Stored<Trunk>, spot: Spot): void {
    const request = newIdentity('opt')
    const question = { trunk: trunk.id, spot, at: this.#ctx.clock.since() }
    this.#asked.set(request, question)
    try {
      this.#ctx.sip.outOfDialog({
        request,
        method: 'OPTIONS',
        target: wayTo(trunk, { spot }),
        lane: 'new',
      })
    } catch (error) {
      this.#asked.delete(request)
      this.#failed(question, 'failed')
      this.#ctx.log.warn('a trunk could not be asked whether it is there', { trunk: trunk.id, error })
    }
  }
}
