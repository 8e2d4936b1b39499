// One call of a softphone, as a test or the demo holds it.

import type { SipHeaders } from './sip-text.ts'
import type { Softphone } from './softphone.ts'
import type { CallStats, SoftphoneEventName, SoftphoneEvents } from './softphone-events.ts'

export interface NextOptions<N extends SoftphoneEventName> {
  /** Only an event for which this holds. */
  where?: (event: SoftphoneEvents[N]) => boolean
  /** Patience; default 30 seconds. */
  withinSeconds?: number
}

export class SoftphoneCall {
  readonly id: number
  readonly phone: Softphone
  /** Headers of the INVITE that brought this call; empty on a call that this phone placed. */
  readonly headers: SipHeaders
  ended: SoftphoneEvents['ended'] | undefined

  constructor(phone: Softphone, id: number, headers: SipHeaders) {
    this.phone = phone
    this.id = id
    this.headers = headers
  }

  /** In error messages a call is its number. */
  toJSON(): number {
    return this.id
  }

  /** Answers with 200, or with another status such as 183 or 486. */
  async answer(status = 200): Promise<void> {
    await this.phone.command('answer', { call: this.id, status })
  }

  /** CANCEL, BYE or a refusal, whichever the call's state asks for; `status` is the refusal's, default 603. */
  async hangup(status = 0): Promise<void> {
    await this.phone.command('hangup', { call: this.id, status })
  }

  async hold(): Promise<void> {
    await this.phone.command('hold', { call: this.id })
  }

  async resume(): Promise<void> {
    await this.phone.command('resume', { call: this.id })
  }

  /** Blind to an address (REFER), or attended to the far side of another call of this phone (REFER with Replaces). */
  async transfer(to: string | SoftphoneCall): Promise<void> {
    if (typeof to === 'string') await this.phone.command('transfer', { call: this.id, to: this.phone.uriOf(to) })
    else await this.phone.command('transferTo', { call: this.id, other: to.id })
  }

  /** Sends digits as RFC 4733 events, or as SIP INFO. */
  async dtmf(digits: string, method: 'rfc4733' | 'info' = 'rfc4733'): Promise<void> {
    await this.phone.command('dtmf', { call: this.id, digits, method })
  }

  async stats(): Promise<CallStats> {
    return (await this.phone.command('stats', { call: this.id })) as CallStats
  }

  /** The next event of this call with that name that nobody has taken yet. */
  async next<N extends SoftphoneEventName>(name: N, options: NextOptions<N> = {}): Promise<SoftphoneEvents[N]> {
    return await this.phone.take(name, { ...options, call: this })
  }

  async whenAnswered(withinSeconds = 30): Promise<SoftphoneEvents['answered']> {
    return await this.next('answered', { withinSeconds })
  }

  async whenEnded(withinSeconds = 30): Promise<SoftphoneEvents['ended']> {
    return this.ended ?? (await this.next('ended', { withinSeconds }))
  }
}
