// Who rings first: the order of a ring group's members for one call.
import { randomInt } from 'node:crypto'
import type { Order } from './settings.ts'

/** What the order is decided by. */
export interface Standing {
  readonly order: Order
  readonly members: readonly string[]
  /** Who was first last time. */
  readonly first?: string | undefined
  /** UTC milliseconds when a member's last call ended; undefined: no call yet. */
  lastCallOf(member: string): number | undefined
}

/** The members in the order in which they ring. */
export function turnsOf(o: Standing): readonly string[] {
  switch (o.order) {
    case 'simultaneous':
    case 'linear':
      return o.members
    case 'round-robin':
      return rotated(o.members, o.first)
    case 'random':
      return shuffled(o.members)
    case 'longest-idle':
      // Stable: of two who are idle equally long the one named first comes first.
      return [...o.members].sort((a, b) => (o.lastCallOf(a) ?? 0) - (o.lastCallOf(b) ?? 0))
  }
}

function rotated(members: readonly string[], first: string | undefined): readonly string[] {
  const at = first === undefined ? -1 : members.indexOf(first)
  return [...members.slice(at + 1), ...members.slice(0, at + 1)]
}

/** Fisher and Yates: every order equally likely. */
function shuffled(members: readonly string[]): readonly string[] {
  const all = [...members]
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1)
    const [a, b] = [all[last], all[other]]
    if (a !== undefined && b !== undefined) [all[last], all[other]] = [b, a]
  }
  return all
}
