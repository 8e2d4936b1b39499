// The test number: the box answers by itself and says the place and the number that it would convey. Spoken ahead, never at the call.
import type { Leg, Next } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import { words } from './words.en.ts'

export interface ReadBack {
  /** Makes ready what is said at these places, and every digit, one after the other. */
  prepare(places: readonly string[], language: string): Promise<void>
  /** Answers and says both; of a place that was named only just now it says so. Without any voice the call cannot be taken. */
  run(caller: Leg, place: string): Promise<Next>
}

const DIGITS = [...'0123456789']
const placeText = (place: string) => words['emergency-calls.test'].replace('{place}', place)

export function readBack(ctx: Pick<Context, 'speech' | 'sip' | 'live'>): ReadBack {
  const ready = ctx.live.collection<{ readonly sound: string }>('read-back', { keep: 'process' })
  const soundOf = (text: string) => ready.get(text)?.sound ?? []
  const numberOf = (number: string) => {
    const digits = [...number].flatMap(soundOf)
    return digits.length > 0 ? [soundOf(words['emergency-calls.test.number']), ...digits].flat() : []
  }
  return {
    async prepare(places, language) {
      const fixed = [words['emergency-calls.test.unspoken'], words['emergency-calls.test.number'], ...DIGITS]
      for (const text of [...places.map(placeText), ...fixed]) {
        if (ready.get(text)) continue
        const spoken = await ctx.speech(text, language)
        const sound = `emergency-test:${spoken.sha256}`
        await ctx.sip.loadSound(sound, spoken.file)
        ready.set(text, { sound })
      }
    },
    async run(caller, place) {
      const known = ready.get(placeText(place)) ?? ready.get(words['emergency-calls.test.unspoken'])
      if (known === undefined) return { end: 'not-available' }
      await caller.answer()
      const sounds = [known.sound, ...numberOf(caller.party.number)]
      await caller.play({ sounds, repeats: 2, gapMilliseconds: 1000 })
      return { end: 'answered' }
    },
  }
}
