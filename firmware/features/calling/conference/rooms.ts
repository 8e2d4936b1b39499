// The rooms that are open now: one mix per conference, made when the first enters, gone when the last leaves.
import type { Leg, Mix } from '../../../kernel/call/call.types.ts'
import { CallGone, LegMoved } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'

/** The rooms of the box. Who is in one is asked of its mix; after a restart the callers enter anew. */
export class Rooms {
  readonly #ctx: Context
  readonly #mixes = new Map<string, Mix>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  of(conference: string): readonly Leg[] {
    return this.#mixes.get(conference)?.legs ?? []
  }

  get count(): number {
    return this.#mixes.size
  }

  /** Puts the leg in; `tone` is heard by everyone. Resolves when the room is closed; a leg that goes leaves by itself. */
  async enter(conference: string, leg: Leg, tone: string | undefined): Promise<void> {
    const mix = this.#mixes.get(conference) ?? this.#open(conference)
    mix.add(leg)
    if (tone !== undefined) for (const each of mix.legs) this.#ctx.spawn('play a tone', played(each, tone))
    await mix.ended
  }

  #open(conference: string): Mix {
    const mix = this.#ctx.calls.room()
    this.#mixes.set(conference, mix)
    void mix.ended.then(() => {
      if (this.#mixes.get(conference) === mix) this.#mixes.delete(conference)
    })
    return mix
  }
}

/** Somebody who leaves while the tone sounds needs none. */
async function played(leg: Leg, tone: string): Promise<void> {
  try {
    await leg.play(tone)
  } catch (error) {
    if (!(error instanceof CallGone || error instanceof LegMoved)) throw error
  }
}
