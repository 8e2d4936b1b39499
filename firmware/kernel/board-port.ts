// The board as the supervisor sees it: its own process behind a socket; the kernel knows only these words.
import type {
  Amplifier,
  BoardProfile,
  InputState,
  LetGo,
  OutputState,
  Pattern,
  PressId,
  PressReport,
  Reflex,
  ReflexTable,
  StoredSound,
} from '../../board/protocol.ts'

export type {
  Amplifier,
  BoardProfile,
  InputState,
  LetGo,
  OutputState,
  Pattern,
  PressId,
  PressReport,
  Reflex,
  ReflexTable,
  StoredSound,
}

/** What the board says of itself; each is a fact in the past tense. */
export type BoardEvent =
  | { readonly type: 'connected'; readonly profile: BoardProfile; readonly epoch: string; readonly tableHash?: string }
  | { readonly type: 'disconnected' }
  /** Reported again until acknowledged: the same press may come more than once. */
  | { readonly type: 'pressed'; readonly press: PressReport }
  /** A hand that went before the time that its button must be held: no press. */
  | ({ readonly type: 'let-go' } & LetGo)
  | { readonly type: 'input-changed'; readonly input: InputState }
  | { readonly type: 'output-changed'; readonly output: OutputState }
  /** The answer to `drive`: the output took it, or why not. */
  | { readonly type: 'driven'; readonly output: string; readonly owner: string; readonly fault?: string }
  | { readonly type: 'table-confirmed'; readonly hash: string }
  | { readonly type: 'problem'; readonly code: string; readonly text: string; readonly solved: boolean }
  /** The board played a plan's stored message because no audio left in time. */
  | { readonly type: 'message-played'; readonly press: PressId; readonly amplifier: string; readonly complete: boolean }

/** Commands to the board. None waits for the board; what the board must not miss is sent again when it returns. */
export interface BoardPort {
  readonly connected: boolean
  readonly profile: BoardProfile | undefined
  inputs(): readonly InputState[]
  outputs(): readonly OutputState[]
  /** The whole reflex table; confirmed by a `table-confirmed` event with its hash. */
  load(table: ReflexTable): void
  /** The alarm that this press raised or joined is durable: the board need not report it again. */
  acknowledge(press: PressId, alarm: string): void
  /** Stops the board's 250 ms timer for this press: audio is leaving for its amplifier zones. */
  audioLeaving(press: PressId): void
  /** Drives an output for an owner (an alarm, a page, a test) until `release`; highest priority owner wins. */
  drive(o: { output: string; pattern: Pattern; owner: string; priority: number }): void
  /** Takes the owner's hand off all its outputs, and makes the board stop the reflexes of its presses. */
  release(owner: string, presses?: readonly PressId[]): void
  /** Where RTP (G.711 µ-law, 20 ms) for an amplifier zone is taken: the board is its arbiter, by priority. */
  amplifierAddress(amplifier: string): { readonly host: string; readonly port: number } | undefined
  /** Announces who speaks on an amplifier and with what priority before its RTP arrives; `undefined` ends it. */
  speak(amplifier: string, o: { owner: string; priority: number; ssrc: number } | undefined, owner?: string): void
  /** Lights strobes and lamps for ten seconds, unless anything drives an output. */
  lampTest(): void
  /** Operates an input of the simulated board; throws PbxError `board.not-simulated` on a real one. */
  operate(input: string, level: 'press' | 'release' | 'cut' | 'short' | 'mend'): void
  on(observer: (event: BoardEvent) => void): () => void
}
