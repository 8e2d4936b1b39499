// What other features can ask of emergency calls.
import type { Leg, RememberedWay } from '../../../kernel/call/call.types.ts'
import type { WayOutside } from './answering.ts'
import type { HelpNumber } from './numbers.ts'

/** Those who know ways out of the plant, and those who are called back. */
export interface EmergencyCalls {
  /** Offers ways to the public emergency services; asked for at each call and each round, with what to dial there. From memory, at once. */
  leadOutside(ways: (caller: Leg, number: string) => readonly WayOutside[]): void
  /**
   * Tells the ways that are taken while this feature, or whoever leads outside, does not run: for each of these numbers as
   * dialled, with what is sent there. Returns what has them asked for again, within seconds.
   */
  rememberOutside(ways: (numbers: readonly HelpNumber[]) => readonly RememberedWay[]): () => void
  /** Calls to these numbers are let in while the box turns others away: who called for help is called back there. */
  expectCallBacks(numbers: readonly string[]): void
}
