// Whether a trunk is there when nobody calls: asked by OPTIONS, more often while something is wrong.
import type { SipEvent } from '../../../kernel/call/sip-port.ts'
import type { Context } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import type { Stored } from '../../../kernel/store.ts'
import { uriOf, viaOf } from './dial.ts'
import type { Trunk } from './settings.ts'
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
  readonly at: number
}

export class Heartbeat {
  readonly #ctx: Context
  readonly #watch: TrunkWatch
  readonly #trunks: () => readonly Stored<Trunk>[]
  readonly #asked
  readonly #lastAsked

  constructor(ctx: Context, watch: TrunkWatch, trunks: () => readonly Stored<Trunk>[]) {
    this.#ctx = ctx
    this.#watch = watch
    this.#trunks = trunks
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
    if (failed) this.#watch.failed(question.trunk, status === 408 ? NO_ANSWER : `it said ${status}`)
    else this.#watch.worked(question.trunk, this.#ctx.clock.since() - question.at)
  }

  #beat(): void {
    const now = this.#ctx.clock.since()
    for (const [request, { trunk, at }] of this.#asked.all()) {
      if (now - at < PATIENCE) continue
      this.#asked.delete(request)
      this.#watch.failed(trunk, NO_ANSWER)
    }
    const waiting = new Set([...this.#asked.all().values()].map(({ trunk }) => trunk))
    for (const trunk of this.#trunks()) {
      const often = this.#interval(trunk)
      const last = this.#lastAsked.get(trunk.id)?.at
      if (often === 0 || waiting.has(trunk.id) || (last !== undefined && now - last < often)) continue
      this.#ask(trunk, now)
    }
  }

  #interval({ id, inService, heartbeatSeconds }: Stored<Trunk>): number {
    if (!inService || heartbeatSeconds === 0) return 0
    const usual = heartbeatSeconds * 1000
    return this.#watch.verdictOf(id).health === 'healthy' ? usual : Math.min(usual, ANXIOUS)
  }

  #ask(trunk: Stored<Trunk>, at: number): void {
    const request = newIdentity('opt')
    this.#lastAsked.set(trunk.id, { at })
    this.#asked.set(request, { trunk: trunk.id, at })
    try {
      this.#ctx.sip.outOfDialog({
        request,
        method: 'OPTIONS',
        target: { uri: uriOf(trunk), via: viaOf(trunk) },
        lane: 'new',
      })
    } catch (error) {
      this.#asked.delete(request)
      this.#watch.failed(trunk.id, 'failed')
      this.#ctx.log.warn('a trunk could not be asked whether it is there', { trunk: trunk.id, error })
    }
  }
}
