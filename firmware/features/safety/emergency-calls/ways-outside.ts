// The ways out of the plant, as whoever has some offered them; one that breaks costs an emergency call nothing.
import type { Leg } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { WayOutside } from './answering.ts'
import { withoutPrefix } from './numbers.ts'
import type { RememberedWays } from './remembered-ways.ts'

type Ways = (caller: Leg, number: string) => readonly WayOutside[]

/** Collects those who lead outside, and asks them; where they do not run, or fail, the ways as they last were are taken. */
export function waysOutside(ctx: Pick<Context, 'log'>, remembered: Pick<RememberedWays, 'of'>) {
  const offered: Ways[] = []
  return {
    lead: (ways: Ways): void => void offered.push(ways),
    of(caller: Leg): readonly WayOutside[] {
      try {
        if (offered.length === 0) return remembered.of(caller)
        return offered.flatMap(ways => ways(caller, withoutPrefix(caller.call.dialled)))
      } catch (error) {
        ctx.log.error('the ways outside for a call for help are those of last time', { call: caller.call.id, error })
        return lastOf(remembered, caller, ctx)
      }
    },
  }
}

/** Never throws: a call for help goes on inside the plant without any. */
function lastOf(remembered: Pick<RememberedWays, 'of'>, caller: Leg, { log }: Pick<Context, 'log'>) {
  try {
    return remembered.of(caller)
  } catch (error) {
    log.error('no way outside for a call for help', { call: caller.call.id, error })
    return []
  }
}
