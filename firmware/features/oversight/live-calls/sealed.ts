// Which legs of this moment are encrypted, and what was dropped of them because it was not made with their key.
import type { SipEvent } from '../../../kernel/call/sip-port.ts'
import type { Context, Facts } from '../../../kernel/feature.ts'

interface Seal {
  readonly suite: string
  readonly forged: number
}

export class Sealed {
  readonly #ctx
  readonly #legs
  #forged = 0
  #unshaken = 0

  constructor(ctx: Context<unknown>) {
    this.#ctx = ctx
    this.#legs = ctx.live.collection<Seal>('sealed', { keep: 'restart' })
  }

  observe(event: SipEvent): void {
    if (event.type === 'encrypted') this.#legs.set(event.leg, { suite: event.suite, forged: 0 })
    if (event.type === 'media-refused' && event.why === 'no-handshake') this.#unshaken += 1
    if (event.type === 'measured') this.#measured(event.leg, event.quality.encryption)
  }

  ended({ quality }: Facts['call.ended']): void {
    for (const [leg, { encryption }] of Object.entries(quality)) {
      this.#count(leg, encryption)
      this.#legs.delete(leg)
    }
    for (const leg of [...this.#legs.all().keys()]) if (this.#ctx.calls.find(leg) === undefined) this.#legs.delete(leg)
  }

  #measured(leg: string, found: Seal | undefined): void {
    this.#count(leg, found)
    const known = this.#legs.get(leg)
    if (found === undefined && known) this.#legs.delete(leg)
    if (found && (known?.suite !== found.suite || known.forged !== found.forged))
      this.#legs.set(leg, { suite: found.suite, forged: found.forged })
  }

  /** A process that was started meanwhile counts anew. */
  #count(leg: string, found: Seal | undefined): void {
    if (found === undefined) return
    const before = this.#legs.get(leg)?.forged ?? 0
    this.#forged += found.forged >= before ? found.forged - before : found.forged
  }

  of(leg: string): { readonly encryption?: string } {
    const seal = this.#legs.get(leg)
    return seal === undefined ? {} : { encryption: seal.suite }
  }

  metrics(): Readonly<Record<string, number>> {
    return {
      srtp_legs: this.#legs.all().size,
      srtp_forged_packets: this.#forged,
      srtp_failed_handshakes: this.#unshaken,
    }
  }
}
