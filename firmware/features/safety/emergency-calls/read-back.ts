// The test number: the box answers by itself and says the place that it would convey. Spoken ahead, never at the call.
import type { Leg, Next } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import { words } from './words.en.ts'

export interface ReadBack {
  /** Makes ready what is said at these places, one after the other. */
  prepare(places: readonly string[], language: string): Promise<void>
  /** Answers and says it; a place that is not ready is a call that cannot be taken. */
  run(caller: Leg, place: string): Promise<Next>
}

export function readBack(ctx: Pick<Context, 'speech' | 'sip' | 'live'>): ReadBack {
  const ready = ctx.live.collection<{ readonly sound: string }>('read-back', { keep: 'process' })
  return {
    async prepare(places, language) {
      for (const place of places) {
        if (ready.get(place)) continue
        const spoken = await ctx.speech(words['emergency-calls.test'].replace('{place}', place), language)
        const sound = `emergency-test:${spoken.sha256}`
        await ctx.sip.loadSound(sound, spoken.file)
        ready.set(place, { sound })
      }
    },
    async run(caller, place) {
      const known = ready.get(place)
      if (known === undefined) return { end: 'not-available' }
      await caller.answer()
      await caller.play({ sounds: [known.sound], repeats: 2, gapMilliseconds: 1000 })
      return { end: 'answered' }
    },
  }
}
