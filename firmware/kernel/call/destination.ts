// Where a call can go: the walk from destination to destination, until one of them ends the call.
import type { Cause } from '../errors.ts'
import type { Destination } from '../schema.ts'
import type { LiveCall } from './call.ts'
import type { Bookmark, DestinationKind, Next } from './call.types.ts'
import { isDeparture, orGone } from './gone.ts'
import type { OwnedLeg } from './leg.ts'

/** After so many destinations a call goes round in circles. */
export const HOP_LIMIT = 20

/** Follows `next` with this leg to the end of the call; a `bookmark` enters its destination again. Rejects with what a destination throws. */
export async function follow(leg: OwnedLeg, next: Next, bookmark?: Bookmark): Promise<Cause> {
  const { call } = leg
  call.principal = leg
  let entered = bookmark
  for (let now = next; ; entered = undefined) {
    if ('end' in now) return now.end
    if (call.hops >= HOP_LIMIT) return 'too-many-hops'
    call.hops += 1
    const kind = call.exchange.parts.destinations.get(now.goto.kind)
    if (!kind) {
      call.note({ unknownDestination: now.goto.kind })
      return 'not-available'
    }
    if (!entered) call.arrive(now.goto)
    now = await enter(call, leg, { kind, to: now.goto, ...(entered && { bookmark: entered }) })
  }
}

/** Runs one destination; ends at once when the caller goes, although the destination may still tidy up. */
async function enter(
  call: LiveCall,
  leg: OwnedLeg,
  o: { kind: DestinationKind; to: Destination; bookmark?: Bookmark },
): Promise<Next> {
  const work = (async () => o.kind.run(leg, o.to.id, o.bookmark, o.to.options))()
  work.catch(error => {
    if (isDeparture(error)) return
    const { kind, id } = o.to
    call.exchange.parts.log.error('a destination failed', { call: call.id, kind, id, error })
    call.exchange.parts.troubles.raise(
      {
        code: `calls.destination-failed:${kind}`,
        severity: 'serious',
        text: `A call could not be served: the destination "${kind}" failed.`,
        remedy: 'Try the number yourself; look at the log for the reason.',
      },
      { minutes: 60 },
    )
  })
  return orGone(leg.gone, work)
}
