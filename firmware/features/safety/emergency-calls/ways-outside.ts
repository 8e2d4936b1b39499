// The ways out of the plant, as whoever has some offered them; one that breaks costs an emergency call nothing.
import type { Leg } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { WayOutside } from './answering.ts'
import { withoutPrefix } from './numbers.ts'

type Ways = (caller: Leg, number: string) => readonly WayOutside[]

/** Collects those who lead outside, and asks them. */
export function waysOutside(ctx: Pick<Context, 'log'>) {
  const offered: Ways[] = []
  return {
    lead: (ways: Ways): void => void offered.push(ways),
    of: (caller: Leg): readonly WayOutside[] =>
      offered.flatMap(ways => {
        try {
          return ways(caller, withoutPrefix(caller.call.dialled))
        } catch (error) {
          ctx.log.error('no way outside for a call for help', { call: caller.call.id, error })
          return []
        }
      }),
  }
}
