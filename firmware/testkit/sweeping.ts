// What a scenario's box knows of the sweep that tells its story once more: whom to tell that it is open, and when to go on.
import type { Box } from './scenario.ts'

/** One more telling of a scenario, disturbed somewhere. */
export interface Telling {
  /** The box has started and its phones are registered: from here on things may go wrong. */
  opened(box: Box): void
  /** Resolves when a box that died has started again; never when the telling was given up. */
  goesOn(): Promise<void>
}

/** The telling under way, if any: swept scenarios of a file are told one after another. */
export const sweeping: { telling: Telling | undefined } = { telling: undefined }
