// Buttons that stay pressed: whose press is over but whose contact never came back, and what a restart makes of them.
import type { BoardClock } from './clock.ts'
import type { Moment } from './journal-records.ts'
import type { MemoryFile } from './memory-file.ts'

/** Nobody keeps a hand on a button for so long; milliseconds. */
export const STUCK_AFTER = 60_000
/** A board that was away for less than this finds the hand that it left; milliseconds. */
export const SAME_HAND = 5000
const LOOK_EVERY = 1000

export interface StuckOptions {
  readonly clock: BoardClock
  readonly boot: string
  /** This input is stuck now. */
  told(input: string): void
}

export interface Stuck {
  pressed(input: string, moment: Moment): void
  loose(input: string): void
  /** UTC milliseconds when the contact of a stuck input moved; undefined while it is not stuck. */
  since(input: string): number | undefined
  close(): void
}

export function createStuck(o: StuckOptions): Stuck {
  const held = new Map<string, { readonly at: number; stuck: boolean; forget: () => void }>()
  const loose = (input: string) => {
    held.get(input)?.forget()
    held.delete(input)
  }
  return {
    pressed(input, { at, since, boot }) {
      loose(input)
      const age = boot === o.boot ? o.clock.since() - since : o.clock.now() - at
      const hand = { at, stuck: false, forget: () => {} }
      hand.forget = o.clock.after(Math.max(0, STUCK_AFTER - age), () => {
        hand.stuck = true
        o.told(input)
      })
      held.set(input, hand)
    },
    loose,
    since(input) {
      const hand = held.get(input)
      return hand?.stuck === true ? hand.at : undefined
    },
    close() {
      for (const { forget } of held.values()) forget()
    },
  }
}

/** Notes every second that the board is looking, in memory that outlives the process but not the machine. */
export interface Lookout {
  /** When a former process of this boot looked last, monotonic milliseconds. */
  readonly lastLook: number | undefined
  close(): void
}

export function keepLooking(o: { memory: MemoryFile; clock: BoardClock; boot: string }): Lookout {
  const [boot, since] = o.memory.read().toString('utf8').trim().split(' ')
  let forget = () => {}
  const look = () => {
    forget = o.clock.after(LOOK_EVERY, look)
    try {
      o.memory.clear()
      o.memory.append(`${o.boot} ${Math.round(o.clock.since())}\n`)
    } catch {
      // The memory is full: a held button is a press after a restart then, which is the safe side.
      return
    }
  }
  look()
  const last = Number(since)
  return {
    lastLook: boot === o.boot && Number.isFinite(last) ? last : undefined,
    close: () => forget(),
  }
}
