// What moving a simulated button does to its terminals, wiring kind by wiring kind.
import { moduleTerminal, type Operation, type Reading } from '../board.ts'
import type { Range, Wiring } from '../protocol.ts'

/** Terminal → value; empty when the wiring does not show it. */
export type Contacts = readonly (readonly [terminal: string, value: Reading])[]

/** Above every window: no current flows. */
const OPEN_CIRCUIT = 3300

export function contactsAfter(wiring: Wiring, how: Operation): Contacts {
  switch (wiring.kind) {
    case 'normally-closed':
      return [[wiring.line, how === 'press' || how === 'cut' ? 0 : 1]]
    case 'two-contacts': {
      const [closed, open] = pairAfter(how)
      return [
        [wiring.closed, closed],
        [wiring.open, open],
      ]
    }
    case 'resistor':
      return [[wiring.channel, millivoltsAfter(wiring.windows, how)]]
    case 'module':
      return [[moduleTerminal(wiring), how === 'press' ? 1 : how === 'release' || how === 'mend' ? 0 : 'silent']]
  }
}

function pairAfter(how: Operation): readonly [closed: number, open: number] {
  switch (how) {
    case 'press':
      return [0, 1]
    case 'cut':
      return [0, 0]
    case 'short':
      return [1, 1]
    case 'release':
    case 'mend':
      return [1, 0]
  }
}

function millivoltsAfter(windows: { rest: Range; press: Range }, how: Operation): number {
  const middle = ([from, to]: Range) => Math.round((from + to) / 2)
  switch (how) {
    case 'press':
      return middle(windows.press)
    case 'cut':
      return Math.max(OPEN_CIRCUIT, windows.rest[1] + 1, windows.press[1] + 1)
    case 'short':
      return 0
    case 'release':
    case 'mend':
      return middle(windows.rest)
  }
}
