// What became of an announcement at every endpoint, told no better than it is known.
import type { Delivery, RunningPage } from '../../../kernel/call/call.types.ts'
import type { Shortfall } from '../../../kernel/feature.ts'

/** `not-verified`: everything was sent to a stream or an amplifier, and nothing tells whether anybody heard it. */
export interface Receipt extends Omit<Delivery, 'state'> {
  readonly state: Delivery['state'] | 'not-verified'
}

/** Names are kept of so many who were missed. */
const MOST_NAMED = 20

/** A phone answered, and was sent the whole. A multicast group and an amplifier answer nobody. */
export function receiptsOf(page: RunningPage): readonly Receipt[] {
  const phones = new Set(page.order.listeners.flatMap(({ kind, key }) => (kind === 'phone' ? [key] : [])))
  return page
    .deliveries()
    .map(one => (isReached(one) && !phones.has(one.key) ? { ...one, state: 'not-verified' as const } : one))
}

export const isReached = ({ state }: Pick<Receipt, 'state'>): boolean => state === 'played' || state === 'answered'

/** `undefined` when everybody is known to have been reached. */
export function shortfallOf(receipts: readonly Receipt[]): Shortfall | undefined {
  const unverified = receipts.filter(one => one.state === 'not-verified').length
  const missed = receipts.filter(one => one.state !== 'not-verified' && !isReached(one))
  if (missed.length + unverified === 0) return undefined
  const who = missed.slice(0, MOST_NAMED).map(one => one.label)
  return { missed: missed.length, unverified, of: receipts.length, who }
}
