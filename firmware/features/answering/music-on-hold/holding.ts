// Who hears music now: the one whose partner holds, until he takes the call back, or either is gone.
import type { Leg, Playlist } from '../../../kernel/call/call.types.ts'
import { atFirst } from '../../../kernel/call/gone.ts'
import { CallGone, LegMoved } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'

/** Players by the leg that holds. */
export class Holding {
  readonly #ctx: Context<never>
  readonly #musicOf: (site: string | undefined) => Playlist | undefined
  /** How to stop what is played because of a leg; what is true of the leg is asked of the leg. */
  readonly #playing = new Map<string, AbortController>()

  constructor(ctx: Context<never>, musicOf: (site: string | undefined) => Playlist | undefined) {
    this.#ctx = ctx
    this.#musicOf = musicOf
  }

  /** A leg was put on hold or taken back: both sides are looked at, for two may hold one another. */
  changed(leg: Leg): void {
    this.#settle(leg)
    if (leg.peer) this.#settle(leg.peer)
  }

  /** Music has become ready: whoever waits in silence hears it now. */
  settle(): void {
    for (const call of this.#ctx.calls.live()) for (const leg of call.legs) if (leg.held) this.#settle(leg)
  }

  #settle(holder: Leg): void {
    const { peer } = holder
    // Nothing is played into a call for help.
    const wanted = holder.held && peer !== undefined && !peer.held && !holder.call.emergency
    if (!wanted || !peer) {
      this.#playing.get(holder.id)?.abort()
      return
    }
    if (this.#playing.has(holder.id)) return
    const music = this.#musicOf(holder.party.site)
    if (music) this.#ctx.spawn('play music on hold', this.#play(holder, peer, music))
  }

  async #play(holder: Leg, peer: Leg, music: Playlist): Promise<void> {
    const stop = new AbortController()
    this.#playing.set(holder.id, stop)
    const forget = atFirst([holder.gone, this.#ctx.signal], reason => stop.abort(reason))
    try {
      await peer.play(music, { signal: stop.signal })
    } catch (error) {
      if (!(error instanceof CallGone || error instanceof LegMoved)) throw error
    } finally {
      forget()
      this.#playing.delete(holder.id)
    }
  }
}
