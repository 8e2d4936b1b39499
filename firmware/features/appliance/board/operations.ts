// What can be done to a simulated input: exactly what its wiring kind can tell apart, or be deceived by.
import type { Wiring } from '../../../../board/protocol.ts'

export type Operation = 'press' | 'release' | 'cut' | 'short' | 'mend'

/** A normally closed contact takes a cut for a press and never sees a short; a module has no wire of its own to cut short. */
export function operationsOf(wiring: Wiring): readonly Operation[] {
  return wiring.kind === 'module' ? ['press', 'release', 'cut', 'mend'] : ['press', 'release', 'cut', 'short', 'mend']
}
