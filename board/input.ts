// One input of the board: readings in, debounced states and presses out.
//
// Times come with the readings, so a batch that was read late is judged as if it had been read in time: a level that
// held for its debounce counts although it is over by the time it is seen.
import { type Reading, terminalsOf } from './board.ts'
import type { BoardClock } from './clock.ts'
import type { Input, InputState } from './protocol.ts'
import { DISAGREEMENT_PATIENCE, judge, type Verdict } from './wiring.ts'

export interface InputOptions {
  readonly input: Input
  readonly clock: BoardClock
  /** The driver debounces contacts: their level counts at once. */
  readonly debounced: boolean
  /** How long a hand must stay to be a press, milliseconds; asked when it comes. 0: at once. */
  holdMilliseconds(): number
  /** Called synchronously when a press is accepted; `at` is when the contact moved, or had been held for long enough; monotonic. */
  pressed(at: number): void
  /** Asked when the first thing known of it is that it is pressed: whether that hand was there before, and has counted. */
  heldBefore(): boolean
  /** A hand that went before its time, no press. */
  letGo(hand: EarlyHand): void
  changed(state: InputState): void
}

export interface EarlyHand {
  /** When the contact moved, monotonic. */
  readonly at: number
  readonly heldMilliseconds: number
  readonly neededMilliseconds: number
}

export interface ObservedInput {
  readonly terminals: readonly string[]
  readonly state: InputState
  reading(terminal: string, value: Reading, at: number): void
  close(): void
}

/** Of a terminal that nobody could read yet nothing is known; least of all that its button is at rest. */
const UNREAD: Verdict = { state: 'fault', fault: 'not read yet' }

export function observeInput(o: InputOptions): ObservedInput {
  const { wiring, id } = o.input
  const terminals = terminalsOf(wiring)
  const readings = new Map<string, Reading>()
  let accepted: Verdict | undefined
  let candidate: { verdict: Verdict; at: number } | undefined
  let forget = () => {}
  let hand: { readonly from: number; readonly needed: number } | undefined
  let forgetHand = () => {}

  const stayed = () => {
    if (hand === undefined) return
    const { from, needed } = hand
    hand = undefined
    forgetHand()
    o.pressed(from + needed)
    o.changed({ input: id, state: 'pressed' })
  }
  /** While a contact moves, whether the hand went or the contact bounces is known only after its debounce. */
  const stayedUntil = (now: number) => {
    if (hand !== undefined && candidate === undefined && now - hand.from >= hand.needed) stayed()
  }
  const came = (at: number) => {
    const needed = o.holdMilliseconds()
    if (needed === 0) return o.pressed(at)
    hand = { from: at, needed }
    waitForHand()
  }
  /** A timer may come a fraction of a millisecond early, and a contact that is held gives no reading that would look again. */
  const waitForHand = () => {
    if (hand === undefined) return
    forgetHand()
    forgetHand = o.clock.after(Math.max(0, hand.from + hand.needed - o.clock.since()), lookAtHand)
  }
  const lookAtHand = () => {
    stayedUntil(o.clock.since())
    if (candidate === undefined) waitForHand()
  }
  const went = (at: number) => {
    if (hand === undefined) return
    const { from, needed } = hand
    if (at - from >= needed) return stayed()
    hand = undefined
    forgetHand()
    o.letGo({ at: from, heldMilliseconds: at - from, neededMilliseconds: needed })
  }

  const patienceFor = (verdict: Verdict): number => {
    if (verdict.state === 'fault' && wiring.kind !== 'module') return DISAGREEMENT_PATIENCE
    const byDriver = o.debounced && wiring.kind !== 'resistor'
    return byDriver || wiring.kind === 'module' ? 0 : o.input.debounceMilliseconds
  }
  const accept = () => {
    forget()
    if (candidate === undefined) return
    const { verdict, at } = candidate
    candidate = undefined
    const before = accepted
    accepted = verdict
    if (verdict.state !== 'pressed') went(at)
    else if (before?.state !== 'pressed' && !(before === undefined && o.heldBefore())) came(at)
    if (before === undefined || !same(before, verdict)) o.changed({ input: id, ...verdict })
  }

  return {
    terminals,
    get state() {
      return { input: id, ...(accepted ?? UNREAD) }
    },
    reading(terminal, value, at) {
      stayedUntil(at)
      if (candidate !== undefined && at - candidate.at >= patienceFor(candidate.verdict)) accept()
      readings.set(terminal, value)
      const verdict = judge(
        wiring,
        terminals.map(t => readings.get(t)),
      )
      if (verdict === undefined) return
      if (candidate !== undefined && same(candidate.verdict, verdict)) return
      forget()
      candidate = undefined
      if (accepted !== undefined && same(accepted, verdict)) return lookAtHand()
      candidate = { verdict, at }
      const patience = patienceFor(verdict)
      if (patience === 0) accept()
      else forget = o.clock.after(Math.max(0, patience - (o.clock.since() - at)), accept)
    },
    close() {
      forget()
      forgetHand()
    },
  }
}

const same = (a: Verdict, b: Verdict) =>
  a.state === b.state && (a.state !== 'fault' || (b.state === 'fault' && a.fault === b.fault))
