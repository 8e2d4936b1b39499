// The board's hardware behind one narrow interface: what a driver tells, and what it can be told.
//
// INVARIANTS
// - `reading` is called on the event loop, in the order in which a terminal changed, with the time at which it did.
// - `set` and `AudioOutput.write` are synchronous, never throw and never wait: what goes wrong is answered, or a problem.
import type { Amplifier, BoardProfile, Wiring } from './protocol.ts'

/** A contact (1 closed, 0 open), millivolts of an ADC channel, a module's register, or nothing to be had from it. */
export type Reading = number | 'silent'

export interface BoardObserver {
  /** A terminal's value at `at`, in milliseconds of the monotonic clock. */
  reading(terminal: string, value: Reading, at: number): void
  /** Something of the hardware is wrong (or right again); `code` is stable, `text` is for a technician. */
  problem(code: string, text: string, state: 'raised' | 'solved'): void
}

/** Where the sound of an amplifier goes: 16 bit, 8 kHz, mono. */
export interface AudioOutput {
  /** Takes 20 ms of sound (160 samples), paced by the caller. */
  write(frame: Int16Array): void
  close(): void
}

export type Operation = 'press' | 'release' | 'cut' | 'short' | 'mend'

export interface Driver {
  /** Contacts are debounced by the hardware or the kernel, so their level counts as soon as it is told. */
  readonly debounces: boolean
  /**
   * Opens the hardware, tells the present value of every terminal (inputs, contacts that read outputs back or tell of an
   * amplifier), then every change. Rejects with what is missing.
   */
  start(observer: BoardObserver): Promise<void>
  /** Why it did not take, in words; undefined when it did, or will when the hardware is opened. */
  set(line: string, on: boolean): string | undefined
  audio(amplifier: Amplifier): AudioOutput
  /** Only on simulated boards: moves an input as far as its wiring kind can tell. */
  operate?(wiring: Wiring, how: Operation): void
  close(): void
}

/** The terminals that are contacts of outputs and amplifiers: closed while the output is on, or the amplifier is well. */
export const supervisingLines = (profile: Pick<BoardProfile, 'outputs' | 'amplifiers'>): readonly string[] => [
  ...profile.outputs.flatMap(({ feedback }) => feedback ?? []),
  ...profile.amplifiers.flatMap(({ healthy }) => healthy ?? []),
]

/** The terminals whose readings decide about an input, in the order that {@link judge} takes them. */
export function terminalsOf(wiring: Wiring): readonly string[] {
  switch (wiring.kind) {
    case 'normally-closed':
      return [wiring.line]
    case 'two-contacts':
      return [wiring.closed, wiring.open]
    case 'resistor':
      return [wiring.channel]
    case 'module':
      return [moduleTerminal(wiring)]
  }
}

export const moduleTerminal = (m: { bus: string; address: number; register: number }): string =>
  `${m.bus}.${m.address}.${m.register}`
