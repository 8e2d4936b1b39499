// The board's outputs: who has a hand on each, whose hand counts, and its pattern by an absolute schedule.
import type { BoardClock } from './clock.ts'
import type { Output, OutputState, Pattern } from './protocol.ts'

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
  close(): void
}

export interface OutputsOptions {
  readonly outputs: readonly Output[]
  readonly clock: BoardClock
  set(line: string, on: boolean): void
  changed(state: OutputState): void
}

export function createOutputs(o: OutputsOptions): Outputs {
  const terminals = new Map(o.outputs.map(output => [output.id, createTerminal(output, o)]))
  for (const terminal of terminals.values()) terminal.show()
  return {
    drive(hand) {
      terminals.get(hand.output)?.change(hands => [...hands.filter(h => h.owner !== hand.owner), hand])
    },
    release(owner) {
      for (const terminal of terminals.values()) terminal.release(owner)
    },
    states: () => [...terminals.values()].map(t => t.state()),
    close() {
      for (const terminal of terminals.values()) terminal.close()
    },
  }
}

function createTerminal(output: Output, o: OutputsOptions) {
  let hands: readonly Hand[] = []
  let shown: boolean | undefined
  let forget = () => {}

  const state = (): OutputState => {
    const hand = hands[0]
    if (hand === undefined) return { output: output.id, on: output.failSafe === 'on' }
    return { output: output.id, on: true, owner: hand.owner }
  }
  const put = (on: boolean) => {
    if (shown === on) return
    shown = on
    o.set(output.line, on)
  }
  const show = () => {
    forget()
    const pattern = hands[0]?.pattern
    if (pattern === undefined) return put(output.failSafe === 'on')
    if (pattern.kind === 'steady') return put(true)
    // Absolute phase: every blinking output of a plant is in step, and driving twice does not disturb it.
    const period = pattern.onMilliseconds + pattern.offMilliseconds
    const phase = o.clock.since() % period
    const on = phase < pattern.onMilliseconds
    put(on)
    forget = o.clock.after((on ? pattern.onMilliseconds : period) - phase, show)
  }
  const change = (next: (hands: readonly Hand[]) => readonly Hand[]) => {
    const before = state()
    hands = [...next(hands)].sort((a, b) => b.priority - a.priority)
    show()
    const after = state()
    if (before.on !== after.on || before.owner !== after.owner) o.changed(after)
  }
  return {
    show,
    change,
    state,
    release(owner: string) {
      if (hands.some(h => h.owner === owner)) change(now => now.filter(h => h.owner !== owner))
    },
    close: () => forget(),
  }
}
