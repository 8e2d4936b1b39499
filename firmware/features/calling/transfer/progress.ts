// What the phone that asked for a transfer is told: how its REFER goes (RFC 3515 section 2.4.4), the last word once.
import type { Context } from '../../../kernel/feature.ts'

/** One REFER under way. */
export class Progress {
  readonly #ctx: Context
  readonly #request: string
  #over = false

  constructor(ctx: Context, request: string) {
    this.#ctx = ctx
    this.#request = request
  }

  get over(): boolean {
    return this.#over
  }

  /** A final status ends it; what comes later is not told. That it cannot be told is no reason to stop the transfer. */
  tell(status: number): void {
    if (this.#over) return
    this.#over = status >= 200
    try {
      this.#ctx.sip.respond(this.#request, status)
    } catch (error) {
      this.#ctx.log.warn('a phone could not be told how its transfer goes', { status, error })
    }
  }
}
