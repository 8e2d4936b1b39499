// The lamp test: every strobe and lamp lit for a while, so that somebody who walks by sees which does not.
import type { BoardClock } from './clock.ts'
import type { Outputs } from './outputs.ts'
import type { Output } from './protocol.ts'

export const LAMP_TEST = 'lamp-test'
/** Long enough to look around a hall; milliseconds. */
const LASTS = 10_000
/** Below everything that means something. */
const PRIORITY = -1_000_000

export interface LampTest {
  /** Lights them, unless anything drives an output at this moment. Relays stay as they are: what hangs on them moves. */
  begin(): void
  /** At once; something real needs the outputs. */
  end(): void
}

export function createLampTest(o: {
  outputs: readonly Output[]
  hands: Pick<Outputs, 'drive' | 'release' | 'states'>
  clock: BoardClock
}): LampTest {
  let lit = false
  let forget = () => {}
  const end = () => {
    if (!lit) return
    lit = false
    forget()
    o.hands.release(LAMP_TEST)
  }
  return {
    begin() {
      if (o.hands.states().some(({ owner }) => owner !== undefined && owner !== LAMP_TEST)) return
      lit = true
      for (const { id: output, use } of o.outputs) {
        if (use === 'relay') continue
        o.hands.drive({ output, owner: LAMP_TEST, priority: PRIORITY, pattern: { kind: 'steady' } })
      }
      forget()
      forget = o.clock.after(LASTS, end)
    },
    end,
  }
}
