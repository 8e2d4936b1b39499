// A phone that a page speaks on: rung with auto-answer, on each of its contacts at once, and let go when the page is over.
import type { Cause } from '../errors.ts'
import { newIdentity } from '../identity.ts'
import type { PageOrder, PageTarget } from './call.types.ts'
import type { Exchange, LegEvent, LegSink } from './exchange.ts'
import type { LegId } from './sip-port.ts'

/** Told how it goes with a phone. */
export interface PhoneNews {
  answered(leg: LegId): void
  /** Nobody answered on any contact. */
  failed(cause: Cause): void
  /** The phone went while the page spoke: `answered` when it hung up. */
  left(cause: Cause): void
}

/** Rings a phone for a page, or takes over the leg that another page has on it. */
export class PagePhone implements LegSink {
  readonly #exchange: Exchange
  readonly #news: PhoneNews
  readonly #ringing = new Set<LegId>()
  #speaking: LegId | undefined
  #cause: Cause = 'unregistered'
  #forget = () => {}

  constructor(exchange: Exchange, news: PhoneNews) {
    this.#exchange = exchange
    this.#news = news
  }

  ring(order: PageOrder, target: Extract<PageTarget, { kind: 'phone' }>): void {
    const { sip, clock, log } = this.#exchange.parts
    for (const binding of target.bindingsNow?.() ?? target.bindings) {
      const leg = newIdentity('leg')
      const { caller, lane } = order
      this.#ringing.add(leg)
      this.#exchange.attach(leg, this)
      try {
        const media = { kind: 'box' as const, direction: 'sendonly' as const }
        sip.invite({ leg, target: { binding }, from: caller, to: caller.number, media, headers: target.headers, lane })
      } catch (error) {
        log.error('the switch refused to ring a phone for a page', { page: order.id, target: target.label, error })
        this.#exchange.detach(leg)
        this.#ringing.delete(leg)
        this.#cause = 'failed'
      }
    }
    if (!this.#ringing.size) {
      this.#news.failed(this.#cause)
      return
    }
    this.#forget = clock.after(order.patienceSeconds * 1000, () => {
      this.end('no-answer')
      this.#news.failed('no-answer')
    })
  }

  /** Goes on with a leg that is answered already. */
  takeOver(leg: LegId): void {
    this.#speaking = leg
    this.#exchange.attach(leg, this)
    this.#news.answered(leg)
  }

  take(event: LegEvent): void {
    if (event.type === 'answered' && this.#ringing.has(event.leg)) this.#answered(event.leg)
    if (event.type === 'ended') this.#ended(event.leg, event.cause)
  }

  #answered(leg: LegId): void {
    this.#ringing.delete(leg)
    this.#cancel('elsewhere-answered')
    this.#speaking = leg
    this.#news.answered(leg)
  }

  #ended(leg: LegId, cause: Cause): void {
    if (leg === this.#speaking) {
      this.#speaking = undefined
      this.#news.left(cause)
      return
    }
    if (!this.#ringing.delete(leg)) return
    if (this.#cause !== 'busy') this.#cause = cause
    if (this.#ringing.size) return
    this.#forget()
    this.#news.failed(this.#cause)
  }

  /** Gives up the answered leg without ending it, for another page on the same phone. */
  handOver(): LegId | undefined {
    const leg = this.#speaking
    this.#speaking = undefined
    this.end('elsewhere-answered')
    return leg
  }

  end(cause: Cause): void {
    this.#cancel(cause)
    if (this.#speaking) void this.#exchange.release(this.#speaking, cause)
    this.#speaking = undefined
  }

  #cancel(cause: Cause): void {
    this.#forget()
    for (const leg of this.#ringing) void this.#exchange.release(leg, cause)
    this.#ringing.clear()
  }
}
