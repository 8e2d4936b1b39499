// Tells the board that a voice is on its way to its amplifiers, so that it need not speak itself.
import type { BoardPort, PressId } from '../../../kernel/board-port.ts'

/** Of one alarm: on which amplifiers its pages are heard, and which presses the board still has a timer for. */
export class Audio {
  readonly #board: BoardPort
  readonly #wanted: readonly string[]
  readonly #pages = new Map<string, readonly string[]>()
  readonly #waiting: PressId[] = []

  /** `wanted`: where the board would play its own message. */
  constructor(board: BoardPort, wanted: readonly string[]) {
    this.#board = board
    this.#wanted = wanted
  }

  pressed(press: PressId): void {
    this.#waiting.push(press)
    this.#tell()
  }

  leaving(page: string, amplifiers: readonly string[]): void {
    this.#pages.set(page, amplifiers)
    this.#tell()
  }

  over(page: string): void {
    this.#pages.delete(page)
  }

  /** Only when every amplifier that the board would speak on is spoken on: half a zone in silence is a defect. */
  #tell(): void {
    if (this.#pages.size === 0) return
    const heard = new Set([...this.#pages.values()].flat())
    if (!this.#wanted.every(amplifier => heard.has(amplifier))) return
    for (const press of this.#waiting.splice(0)) this.#board.audioLeaving(press)
  }
}
