// A mix: three or more legs, or an ear; owned by a call, or by nobody but its members (a conference room).
import type { Cause } from '../errors.ts'
import { newIdentity } from '../identity.ts'
import type { LiveCall } from './call.ts'
import type { Leg, Mix } from './call.types.ts'
import type { Exchange } from './exchange.ts'
import type { OwnedLeg } from './leg.ts'

/** A mix of this call's legs; it ends when fewer than two are left, or with the call. */
export async function mix(call: LiveCall, legs: readonly OwnedLeg[]): Promise<Mix> {
  const made = new LiveMix(call.exchange, 2)
  const forget = call.onClose(() => made.dissolve())
  void made.ended.then(forget)
  for (const leg of legs) await leg.answer()
  made.addAll(legs)
  return made
}

/** A room that legs of any call may enter; it ends when the last one leaves. */
export const room = (exchange: Exchange): Mix => new LiveMix(exchange, 1)

interface Member {
  readonly speaks: boolean
  readonly hears: boolean
}

class LiveMix implements Mix {
  readonly #end = Promise.withResolvers<Cause>()
  readonly ended = this.#end.promise
  readonly #id = newIdentity('mix')
  readonly #exchange: Exchange
  readonly #fewest: number
  readonly #members = new Map<Leg, Member>()
  #over = false

  constructor(exchange: Exchange, fewest: number) {
    this.#exchange = exchange
    this.#fewest = fewest
  }

  get legs(): readonly Leg[] {
    return [...this.#members.keys()]
  }

  add(leg: Leg, o: { speaks?: boolean; hears?: boolean } = {}): void {
    this.#enter(leg, { speaks: o.speaks ?? true, hears: o.hears ?? true })
    this.#tell()
  }

  addAll(legs: readonly Leg[]): void {
    for (const leg of legs) this.#enter(leg, { speaks: true, hears: true })
    this.#tell()
  }

  #enter(leg: Leg, member: Member): void {
    leg.gone.throwIfAborted()
    this.#members.set(leg, member)
    leg.gone.addEventListener('abort', () => this.#departed(leg), { once: true })
  }

  /** Called by AbortSignal, where an error that is thrown would end the process. */
  #departed(leg: Leg): void {
    try {
      this.remove(leg)
    } catch (error) {
      this.#exchange.parts.log.error('a mix could not be told that a leg has gone', { mix: this.#id, error })
    }
  }

  remove(leg: Leg): void {
    if (!this.#members.delete(leg) || this.#over) return
    if (this.#members.size < this.#fewest) this.dissolve()
    else this.#tell()
  }

  #tell(): void {
    const members = [...this.#members].map(([leg, member]) => ({ leg: leg.id, ...member }))
    this.#exchange.parts.sip.mix(this.#id, members)
  }

  /** Takes the mix apart; its legs live on with their calls. */
  dissolve(): void {
    if (this.#over) return
    this.#over = true
    this.#end.resolve('answered')
    this.#exchange.insist('take a mix apart', () => this.#exchange.parts.sip.unmix(this.#id))
  }
}
