// Calls for help leave the plant by the trunks that carry them, with where the caller is; and calls back come in by them. A
// feature of its own: neither side needs the other to work.
import type { Leg } from '../../../kernel/call/call.types.ts'
import { type Context, feature } from '../../../kernel/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { emergencyCallBacks } from '../../safety/emergency-call-backs/feature.ts'
import { emergencyCalls } from '../../safety/emergency-calls/feature.ts'
import { outsideNumber, type Trunks, trunks } from '../trunks/feature.ts'
import { pidfLo } from './pidf-lo.ts'

/** Addresses behind names change without a word: so often what is kept for a bad day is looked at again; milliseconds. */
const REMEMBERED_EVERY = 60_000

export const helpOutside = feature<unknown, undefined>({
  name: 'help-outside',
  about: 'Calls for help to the public emergency services.',
  needs: [emergencyCalls, emergencyCallBacks, trunks, locations, sites],
  start(ctx) {
    const outside = ctx.use(trunks)
    ctx.use(emergencyCalls).leadOutside((caller, number) => {
      const shown = borrowed(ctx, caller)
      const place = () => placeOf(ctx, caller)
      return outside.waysForHelp(caller, { number, place, ...(shown !== undefined && { shown }) })
    })
    const remember = ctx.use(emergencyCalls).rememberOutside(numbers => outside.rememberedForHelp(numbers))
    ctx.on('trunk.health-changed', remember)
    ctx.clock.every(REMEMBERED_EVERY, remember)
    ctx.use(emergencyCallBacks).alsoCalled(() => numbersShown(ctx, outside))
    return {}
  },
})
export default helpOutside

/** The number lent to the caller's phone; whatever fails costs the call nothing but that. */
function borrowed(ctx: Pick<Context, 'use' | 'log'>, caller: Leg): string | undefined {
  try {
    return ctx.use(emergencyCallBacks).borrowFor(caller)
  } catch (error) {
    ctx.log.error('a caller for help has no number of his own outside', { call: caller.call.id, error })
    return undefined
  }
}

/** The document of where a caller is; undefined when it is not known. Whatever fails costs the call nothing. */
function placeOf(ctx: Pick<Context, 'use' | 'clock' | 'log'>, { party, call }: Leg): string | undefined {
  try {
    const trail = ctx.use(locations).trail(party.location)
    const site = ctx.use(sites).of(trail[0]?.site ?? party.site)
    if (site === undefined) return undefined
    return pidfLo({ site, trail, ...(ctx.clock.trusted && { at: ctx.clock.now() }) })
  } catch (error) {
    ctx.log.error('where a caller for help is cannot be told to the carrier', { call: call.id, error })
    return undefined
  }
}

/** What the emergency services may call back, in the ways in which carriers write it. */
function numbersShown(ctx: Pick<Context, 'use'>, outside: Trunks): readonly string[] {
  const forms = (number: string, trunk?: string) => {
    const { e164 = number, national = number } = outsideNumber(number, outside.countryOf(trunk))
    return [e164, e164.slice(1), national]
  }
  const lent = ctx.use(emergencyCallBacks).lent()
  const ofTrunks = outside.inService().flatMap(({ id, help, helpNumber, callerNumber }) => {
    const shown = helpNumber ?? callerNumber
    return help && shown !== undefined ? forms(shown, id) : []
  })
  return [...ofTrunks, ...lent.flatMap(number => forms(number))]
}
