// The board's outputs: who has a hand on each, whose hand counts, and its pattern by an absolute schedule.
import type { Reading } from './board.ts'
import type { BoardClock } from './clock.ts'
import type { Output, OutputState, Pattern } from './protocol.ts'

/** An output that did not take its level is set again so soon; milliseconds. */
const RETRY_AFTER = 1000
/** Setting a line of a bus that hangs holds up everything: it is tried for at most this share of the time. */
const SHARE = 1 / 20
/** A relay and the contact that reads it back have moved by then; milliseconds. A blink that is quicker is not read back. */
const FEEDBACK_SETTLES = 150

/** One owner's wish for one output. */
export interface Hand {
  readonly output: string
  readonly owner: string
  readonly priority: number
  readonly pattern: Pattern
}

export interface Outputs {
  /** Takes effect before it returns. A second drive by the same owner replaces the first. */
  drive(hand: Hand): void
  /** Takes the owner's hands off everything. */
  release(owner: string): void
  states(): readonly OutputState[]
  /** What a terminal says; those that read no output back are ignored. */
  reading(terminal: string, value: Reading): void
  /** Calls back once it is known whether the output took what it shows now: with what is wrong, or undefined. */
  proven(output: string, proof: (fault: string | undefined) => void): void
  close(): void
}

export interface OutputsOptions {
  readonly outputs: readonly Output[]
  readonly clock: BoardClock
  /** Why it did not take, in words; undefined when it did. */
  set(line: string, on: boolean): string | undefined
  changed(state: OutputState): void
}

export function createOutputs(o: OutputsOptions): Outputs {
  const terminals = new Map(o.outputs.map(output => [output.id, createTerminal(output, o)]))
  const byFeedback = new Map(o.outputs.flatMap(one => (one.feedback === undefined ? [] : [[one.feedback, one.id]])))
  for (const terminal of terminals.values()) terminal.begin()
  return {
    drive(hand) {
      terminals.get(hand.output)?.change(hands => [...hands.filter(h => h.owner !== hand.owner), hand])
    },
    release(owner) {
      for (const terminal of terminals.values()) terminal.release(owner)
    },
    reading: (terminal, value) => terminals.get(byFeedback.get(terminal) ?? '')?.reading(value),
    proven: (output, proof) => terminals.get(output)?.proven(proof),
    states: () => [...terminals.values()].map(t => t.state()),
    close() {
      for (const terminal of terminals.values()) terminal.close()
    },
  }
}

function createTerminal(output: Output, o: OutputsOptions) {
  const { clock } = o
  let hands: readonly Hand[] = []
  /** What the line was set to, once that took. */
  let shown: boolean | undefined
  let refused: string | undefined
  let feedback: Reading | undefined
  let contradicted: string | undefined
  let told = ''
  let checking = false
  let forget = () => {}
  let forgetCheck = () => {}
  let forgetRetry = () => {}
  let proofs: ((fault: string | undefined) => void)[] = []

  const fault = () => refused ?? contradicted
  const state = (): OutputState => {
    const hand = hands[0]
    const wrong = fault() === undefined ? {} : { fault: fault() as string }
    if (hand === undefined) return { output: output.id, on: output.failSafe === 'on', ...wrong }
    return { output: output.id, on: true, owner: hand.owner, ...wrong }
  }
  /** Tells who listens, where anything of it is new. */
  const tell = () => {
    const now = state()
    const words = JSON.stringify(now)
    if (words === told) return
    told = words
    o.changed(now)
  }
  const tryAgain = (tookMilliseconds: number) => {
    forgetRetry()
    forgetRetry = clock.after(Math.max(RETRY_AFTER, tookMilliseconds / SHARE), () => {
      shown = undefined
      show()
      tell()
    })
  }
  const check = () => {
    checking = false
    contradicted = shown === undefined ? undefined : contradiction(shown, feedback)
    if (contradicted !== undefined) tryAgain(0)
    for (const proof of proofs.splice(0)) proof(fault())
    tell()
  }
  const checkSoon = () => {
    if (output.feedback === undefined) return
    checking = true
    forgetCheck()
    forgetCheck = clock.after(FEEDBACK_SETTLES, check)
  }
  const put = (on: boolean) => {
    if (shown === on) return
    const from = clock.since()
    refused = o.set(output.line, on)
    shown = refused === undefined ? on : undefined
    if (refused === undefined) return checkSoon()
    tryAgain(clock.since() - from)
  }
  const show = () => {
    forget()
    const pattern = hands[0]?.pattern
    if (pattern === undefined) return put(output.failSafe === 'on')
    if (pattern.kind === 'steady') return put(true)
    // Absolute phase: every blinking output of a plant is in step, and driving twice does not disturb it.
    const period = pattern.onMilliseconds + pattern.offMilliseconds
    const phase = clock.since() % period
    const on = phase < pattern.onMilliseconds
    put(on)
    forget = clock.after((on ? pattern.onMilliseconds : period) - phase, () => {
      show()
      tell()
    })
  }
  const change = (next: (hands: readonly Hand[]) => readonly Hand[]) => {
    hands = [...next(hands)].sort((a, b) => b.priority - a.priority)
    show()
    tell()
  }
  return {
    begin() {
      told = JSON.stringify(state())
      show()
    },
    change,
    state,
    release(owner: string) {
      if (hands.some(h => h.owner === owner)) change(now => now.filter(h => h.owner !== owner))
    },
    reading(value: Reading) {
      feedback = value
      checkSoon()
    },
    proven(proof: (fault: string | undefined) => void) {
      if (checking) proofs = [...proofs, proof]
      else proof(fault())
    },
    close() {
      forget()
      forgetCheck()
      forgetRetry()
    },
  }
}

/** What the contact that reads an output back says against it, in words. */
function contradiction(shown: boolean, feedback: Reading | undefined): string | undefined {
  if (feedback === undefined || feedback === 'silent') return 'its feedback contact cannot be read'
  if ((feedback === 1) === shown) return undefined
  return shown
    ? 'switched on, but its feedback contact does not close'
    : 'switched off, but its feedback contact stays closed'
}
