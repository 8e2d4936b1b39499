// The words that board and supervisor exchange: JSON lines over a Unix socket, each message whole or not at all.

/** How an input is wired, which decides what the board can tell apart. */
export type Wiring =
  /** Closed at rest; opening it, or cutting the wire, is a press. A short is not seen. */
  | { readonly kind: 'normally-closed'; readonly line: string }
  /** NC on one line, NO on another; equal levels are a fault. */
  | { readonly kind: 'two-contacts'; readonly closed: string; readonly open: string }
  /** A resistor read by an ADC channel; windows in millivolts tell rest, press, cut and short apart. */
  | {
      readonly kind: 'resistor'
      readonly channel: string
      readonly windows: { readonly rest: Range; readonly press: Range }
    }
  /** A module that reports its own state over a bus (Modbus RTU, serial). */
  | { readonly kind: 'module'; readonly bus: string; readonly address: number; readonly register: number }
export type Range = readonly [from: number, to: number]

/** One terminal of the board. */
export interface Input {
  readonly id: string
  readonly label: string
  readonly wiring: Wiring
  /** How long a level must hold before it counts, in milliseconds. */
  readonly debounceMilliseconds: number
}
export interface Output {
  readonly id: string
  readonly label: string
  readonly use: 'strobe' | 'relay' | 'lamp'
  readonly line: string
  /** What the output shows when nobody drives it and when the board process is gone. */
  readonly failSafe: 'off' | 'on'
  /** A contact line that reads it back: closed while the output is on. */
  readonly feedback?: string
}
/** A local audio output with an amplifier behind it. */
export interface Amplifier {
  readonly id: string
  readonly label: string
  /** The relay that switches the amplifier on, if it has one, and how long it takes to settle. */
  readonly relay?: string
  readonly settleMilliseconds: number
  /** Device for the driver: an ALSA name, or for the simulated board the name of its sink file. */
  readonly device: string
  /** A contact line of the amplifier: closed while it is well, open when it reports a fault or has no power. */
  readonly healthy?: string
}
export interface BoardProfile {
  readonly box: string
  readonly driver: 'simulated' | 'gpio'
  readonly inputs: readonly Input[]
  readonly outputs: readonly Output[]
  readonly amplifiers: readonly Amplifier[]
}

/** What an output does: steady, or a blink with its on and off times. */
export type Pattern =
  | { readonly kind: 'steady' }
  | { readonly kind: 'blink'; readonly onMilliseconds: number; readonly offMilliseconds: number }

/** A press is known by box, journal epoch (random per journal) and sequence: never used twice. */
export interface PressId {
  readonly box: string
  readonly epoch: string
  readonly sequence: number
}
export interface PressReport extends PressId {
  readonly input: string
  /** UTC milliseconds, for people; never used for order or deadlines. */
  readonly at: number
  /** Milliseconds since the contact moved, by the board's monotonic clock, when this report was sent. */
  readonly ageMilliseconds: number
  /** Reported before. */
  readonly again: boolean
}
export interface LetGo {
  readonly input: string
  /** UTC milliseconds when the contact moved. */
  readonly at: number
  readonly heldMilliseconds: number
  readonly neededMilliseconds: number
}
export interface InputState {
  readonly input: string
  readonly state: 'rest' | 'pressed' | 'fault'
  /** In words of its wiring: `cut`, `short`, `contacts disagree`, `module silent`. */
  readonly fault?: string
  /** It has been pressed for a minute, since then (UTC milliseconds): nobody can call for help with it again. */
  readonly stuckSince?: number
  /** It gives more presses than a hand can: they are reported as one a second. */
  readonly chattering?: true
}
export interface OutputState {
  readonly output: string
  readonly on: boolean
  readonly owner?: string
  /** Why it does not show what it should, in words; it is tried again every second. */
  readonly fault?: string
}

/** What a press does without asking anyone. Compiled from the alarm plans. */
export interface Reflex {
  readonly input: string
  /** The plan behind it, for the journal and the screens. */
  readonly plan: string
  readonly priority: number
  readonly outputs: readonly { readonly output: string; readonly pattern: Pattern }[]
  /** Played on these amplifiers unless audio leaves in time. */
  readonly message?: {
    readonly sound: StoredSound
    readonly amplifiers: readonly string[]
    readonly repeats: number
    readonly gapMilliseconds: number
    /** Its rank among pages, on the scale of `speak`: a page of at least this rank takes the amplifier. An alarm page's when absent. */
    readonly rank?: number
  }
}
/** A sound on the board's own disk, by content. `file` is a WAV (8 or 16 kHz mono PCM) in the directory the two processes share. */
export interface StoredSound {
  readonly file: string
  readonly sha256: string
}
export interface ReflexTable {
  readonly hash: string
  readonly reflexes: readonly Reflex[]
  /** Inputs that must be held to be pressed, and for how long; the others are pressed at once. */
  readonly holds?: readonly Hold[]
}
export interface Hold {
  readonly input: string
  readonly milliseconds: number
}

export type ToBoard =
  | { readonly do: 'load'; readonly table: ReflexTable }
  | { readonly do: 'acknowledge'; readonly press: PressId; readonly alarm: string }
  | { readonly do: 'audio-leaving'; readonly press: PressId }
  | {
      readonly do: 'drive'
      readonly output: string
      readonly pattern: Pattern
      readonly owner: string
      readonly priority: number
    }
  | { readonly do: 'release'; readonly owner: string; readonly presses: readonly PressId[] }
  | {
      readonly do: 'speak'
      readonly amplifier: string
      readonly owner: string
      readonly priority: number
      readonly ssrc: number
    }
  | { readonly do: 'silence'; readonly amplifier: string; readonly owner: string }
  /** Lights every strobe and lamp for ten seconds; does nothing while anything drives an output, and ends when something does. */
  | { readonly do: 'lamp-test' }
  | { readonly do: 'operate'; readonly input: string; readonly how: 'press' | 'release' | 'cut' | 'short' | 'mend' }

export type FromBoard =
  | {
      readonly say: 'hello'
      readonly protocol: 1
      readonly profile: BoardProfile
      readonly epoch: string
      readonly tableHash?: string
      readonly inputs: readonly InputState[]
      readonly outputs: readonly OutputState[]
      /** UDP ports on 127.0.0.1 that take RTP for the amplifiers. */
      readonly amplifierPorts: Readonly<Record<string, number>>
    }
  | { readonly say: 'pressed'; readonly press: PressReport }
  /** A hand that went before its time: no press. */
  | ({ readonly say: 'let-go' } & LetGo)
  | { readonly say: 'input'; readonly input: InputState }
  | { readonly say: 'output'; readonly output: OutputState }
  /** The answer to `drive`: the output took it, or why not. With a feedback contact it comes when that has moved. */
  | { readonly say: 'driven'; readonly output: string; readonly owner: string; readonly fault?: string }
  | { readonly say: 'table'; readonly hash: string }
  | { readonly say: 'problem'; readonly code: string; readonly text: string; readonly solved: boolean }
  | { readonly say: 'message-played'; readonly press: PressId; readonly amplifier: string; readonly complete: boolean }
  | { readonly say: 'refused'; readonly command: string; readonly why: string }
