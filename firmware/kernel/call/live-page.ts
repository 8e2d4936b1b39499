// One page while it runs: its passes through the switch, and what became of every endpoint.
import { randomBytes } from 'node:crypto'
import type { Cause } from '../errors.ts'
import { type Delivery, PAGE_PRIORITIES, type PageOrder, type PageTarget, type RunningPage } from './call.types.ts'
import type { Exchange, PageEvent } from './exchange.ts'
import { PagePhone } from './page-phone.ts'
import type { LegId, PageListener } from './sip-port.ts'

/** A page's wish to speak on one endpoint. */
export interface Claim {
  readonly page: LivePage
  readonly target: PageTarget
  delivery: Delivery
  phase: 'waiting' | 'ringing' | 'speaking' | 'again' | 'over'
  /** How often it was missed. */
  misses: number
  phone?: PagePhone
  /** The answered leg that another page had on this phone. */
  inherited?: LegId | undefined
  /** It has listened since the round began. */
  whole: boolean
  /** How many rounds were spoken to it from their beginning. */
  rounds: number
}

/** Who may speak on an endpoint. */
interface Arbiter {
  leave(claim: Claim): void
  contended(claim: Claim): boolean
  takeTurn(claim: Claim): void
}

type Outcome = Awaited<RunningPage['ended']>

/** How soon an alarm tries an endpoint again that was busy or silent. */
const AGAIN_MILLISECONDS = 3000
/** How long the switch may take to begin to speak. */
const BEGIN_MILLISECONDS = 2000
/** How long the switch may take to end a page that was stopped. */
const STOP_MILLISECONDS = 2000

export class LivePage implements RunningPage {
  readonly order: PageOrder
  readonly rank: number
  readonly claims: readonly Claim[]
  readonly #exchange: Exchange
  readonly #arbiter: Arbiter
  readonly #insistent: boolean
  #pass: string | undefined
  #passes = 0
  /** The pass has been heard of. */
  #begun = false
  readonly #left = Promise.withResolvers<void>()
  readonly leaving = this.#left.promise
  readonly #outcome = Promise.withResolvers<Outcome>()
  readonly ended = this.#outcome.promise
  /** Ends as soon as the switch says so. */
  #stopped = false
  /** Because somebody wanted it, not because the speaker had finished. */
  #asked = false
  #over = false
  /** The pass is being ended so that equals have their turn. */
  #yielding = false

  constructor(exchange: Exchange, order: PageOrder, arbiter: Arbiter) {
    this.#exchange = exchange
    this.#arbiter = arbiter
    this.order = order
    this.rank = order.rank ?? PAGE_PRIORITIES.indexOf(order.priority)
    this.#insistent = PAGE_PRIORITIES.indexOf(order.priority) >= PAGE_PRIORITIES.indexOf('alarm')
    const targets = new Map(order.listeners.map(target => [target.key, target]))
    this.claims = [...targets.values()].map(target => ({
      page: this,
      target,
      phase: 'waiting',
      misses: 0,
      whole: false,
      rounds: 0,
      delivery: { key: target.key, label: target.label, state: 'sent', packets: 0, wholeRounds: 0 },
    }))
    if (order.source.kind === 'leg')
      order.source.leg.gone.addEventListener('abort', () => this.#close(), { once: true })
  }

  get id(): string {
    return this.order.id
  }

  deliveries(): readonly Delivery[] {
    return this.claims.map(claim => claim.delivery)
  }

  /** Speaks on these endpoints: first what hears at once, all together; then the phones are rung. */
  begin(claims: readonly Claim[]): void {
    this.#join(claims.flatMap(claim => this.#listener(claim)))
    for (const claim of claims) this.#ring(claim)
    this.#endWhenDone()
  }

  #listener(claim: Claim): { claim: Claim; listener: PageListener }[] {
    const { target } = claim
    if (target.kind === 'rtp') return [{ claim, listener: { ...target.listener, id: target.key } }]
    if (target.kind === 'phone') return []
    const ssrc = randomBytes(4).readUInt32BE()
    const { board } = this.#exchange.parts
    try {
      const address = board.amplifierAddress(target.amplifier)
      if (!address) throw new Error('the board does not offer this amplifier')
      board.speak(target.amplifier, { owner: this.id, priority: this.rank, ssrc })
      return [{ claim, listener: { id: target.key, kind: 'rtp', ...address, codec: 'PCMU', ssrc } }]
    } catch (error) {
      this.#missed(claim, 'failed', error instanceof Error ? error.message : String(error))
      return []
    }
  }

  /** Adds listeners to the pass that runs, or begins one: a phone that comes late, or waited, still hears the whole. */
  #join(joining: readonly { claim: Claim; listener: PageListener }[]): void {
    if (!joining.length) return
    const { sip, log } = this.#exchange.parts
    for (const { claim } of joining) {
      claim.phase = 'speaking'
      claim.whole = !this.#pass || !this.#begun
    }
    try {
      if (this.#pass) for (const { listener } of joining) sip.joinPage(this.#pass, listener)
      else this.#open(joining, Math.min(...joining.map(({ claim }) => claim.rounds)))
    } catch (error) {
      log.error('the switch refused to page', { page: this.id, error })
      for (const { claim } of joining) this.#missed(claim, 'failed', 'the switch refused')
    }
  }

  /** Of so many rounds that all of them have heard, no more are spoken. */
  #open(joining: readonly { listener: PageListener }[], heard: number): void {
    const { source } = this.order
    const page = this.#passes === 0 ? this.id : `${this.id}.${this.#passes}`
    this.#passes += 1
    this.#exchange.attachPage(page, event => this.#take(event))
    const listeners = joining.map(one => one.listener)
    const speaker = source.kind === 'leg' ? { kind: source.kind, leg: source.leg.id } : without(heard, source)
    this.#exchange.parts.sip.page({ page, source: speaker, listeners, wholeRoundsForLate: 1 })
    this.#pass = page
    this.#begun = false
    // A person may take his time before he speaks; a stored message may not.
    if (source.kind === 'playlist') this.#exchange.parts.clock.after(BEGIN_MILLISECONDS, () => this.#expectSound(page))
  }

  /** A switch that was told to speak and does not begin is told anew: silence is what a page may not be. */
  #expectSound(page: string): void {
    if (this.#pass !== page || this.#begun || this.#over) return
    this.#exchange.parts.log.error('the switch did not begin to speak', { page })
    this.#pass = undefined
    this.#silencePass(page)
    for (const claim of this.claims) {
      if (claim.phase === 'speaking') this.#missed(claim, 'failed', 'the switch did not begin to speak')
    }
  }

  #ring(claim: Claim): void {
    if (claim.target.kind !== 'phone') return
    claim.phase = 'ringing'
    claim.phone = new PagePhone(this.#exchange, {
      answered: leg => {
        claim.delivery = { ...claim.delivery, state: 'answered' }
        this.#join([{ claim, listener: { id: claim.target.key, kind: 'leg', leg } }])
      },
      failed: cause => this.#missed(claim, cause === 'busy' || cause === 'declined' ? 'busy' : 'failed', cause),
      left: cause => this.#departed(claim, cause),
    })
    const { inherited } = claim
    claim.inherited = undefined
    if (inherited) claim.phone.takeOver(inherited)
    else claim.phone.ring(this.order, claim.target)
  }

  /** Who hangs up is not rung again; a phone that lost its power, network or the switch's patience is. */
  #departed(claim: Claim, cause: Cause): void {
    if (cause === 'answered' || !this.#insistent) {
      this.#finish(claim, { ...claim.delivery, cause: 'hung up' })
      return
    }
    this.#leavePass(claim)
    this.#missed(claim, 'failed', cause)
  }

  /** An endpoint was not reached. Who must be heard tries again. */
  #missed(claim: Claim, state: 'busy' | 'failed', cause: string): void {
    claim.delivery = { ...claim.delivery, state, cause }
    claim.misses += 1
    // A phone that answered and could not be joined to the page must not be left on the line.
    claim.phone?.end('failed')
    if (!this.#triesAgain(claim)) {
      this.#finish(claim, claim.delivery)
      return
    }
    claim.phase = 'again'
    this.#exchange.parts.clock.after(AGAIN_MILLISECONDS, () => {
      if (claim.phase === 'again') this.begin([claim])
    })
    this.#endWhenDone()
  }

  /** Until an alarm without end is stopped; where its rounds end, while it speaks elsewhere, and once more in any case. */
  #triesAgain(claim: Claim): boolean {
    if (!this.#insistent || this.#stopped) return false
    const speaks = this.claims.some(({ phase }) => phase === 'speaking' || phase === 'waiting')
    return this.#endless || speaks || claim.misses <= 1
  }

  get #endless(): boolean {
    const { source } = this.order
    return source.kind === 'leg' || source.playlist.repeats === 0
  }

  #take(event: PageEvent): void {
    if (event.type === 'page-ended') this.#passEnded(event)
    if (event.type === 'page-round') this.#roundSpoken(event.page)
    if (event.type !== 'page-started') return
    this.#begun = true
    this.#left.resolve()
    const claim = this.#claim(event.listener)
    if (claim?.phase === 'speaking') claim.delivery = { ...claim.delivery, state: 'answered' }
  }

  #claim(key: string): Claim | undefined {
    return this.claims.find(claim => claim.target.key === key)
  }

  /**
   * Once a round was heard whole, equal alarms have their turn: on all shared endpoints together, for a hall with two voices
   * understands neither. Where nobody listens on, the pass ends: the next begins with the first word.
   */
  #roundSpoken(pass: string): void {
    if (this.#pass !== pass || !this.#insistent) return
    const speaking = this.claims.filter(({ phase }) => phase === 'speaking')
    const heard = speaking.filter(({ whole }) => whole)
    for (const claim of heard) if (claim.delivery.state === 'answered') claim.rounds += 1
    for (const claim of speaking) claim.whole = true
    const shared = speaking.filter(claim => this.#arbiter.contended(claim))
    const turns = shared.some(claim => heard.includes(claim)) ? shared : []
    this.#yielding = turns.length > 0 && turns.length === speaking.length
    if (this.#yielding) this.#endPass(pass)
    else this.#takeTurns(turns)
  }

  /** Who has heard all rounds needs no further turn. */
  #takeTurns(claims: readonly Claim[]): void {
    const { source } = this.order
    const enough = (source.kind === 'playlist' && source.playlist.repeats) || Number.POSITIVE_INFINITY
    for (const claim of claims) {
      if (claim.rounds >= enough) this.#finish(claim, { ...claim.delivery, state: 'played' })
      else this.#arbiter.takeTurn(claim)
    }
  }

  #passEnded(event: Extract<PageEvent, { type: 'page-ended' }>): void {
    this.#exchange.detachPage(event.page)
    if (this.#pass === event.page) this.#pass = undefined
    for (const { listener, packets, wholeRounds } of event.delivered) {
      const claim = this.#claim(listener)
      if (!claim) continue
      const { delivery: so } = claim
      claim.delivery = { ...so, packets: so.packets + packets, wholeRounds: so.wholeRounds + wholeRounds }
    }
    const spoken = this.claims.filter(({ phase }) => phase === 'speaking')
    if (this.#yielding && !this.#stopped) this.#takeTurns(spoken)
    else for (const claim of spoken) this.#finish(claim, this.#judged(claim.delivery))
    this.#yielding = false
    const late = this.claims.filter(claim => claim.phase === 'ringing' && !this.#insistent)
    for (const claim of late) this.#finish(claim, { ...claim.delivery, state: 'failed', cause: 'no-answer' })
    if (this.order.source.kind === 'leg') this.#abandon('the speaker has ended')
    this.#endWhenDone()
  }

  /** A live page was played when packets came; a message when it was heard whole once. */
  #judged(delivery: Delivery): Delivery {
    const enough = this.order.source.kind === 'leg' ? delivery.packets > 0 : delivery.wholeRounds > 0
    if (enough) return { ...delivery, state: 'played' }
    return { ...delivery, state: 'failed', cause: this.#asked ? 'stopped' : 'not heard whole' }
  }

  #finish(claim: Claim, delivery: Delivery): void {
    if (claim.phase === 'over') return
    claim.delivery = delivery
    this.#arbiter.leave(claim)
    claim.phase = 'over'
    this.#endWhenDone()
  }

  /** The endpoint is free, or goes to the next: a phone that is answered stays on the line for it. */
  letGo(claim: Claim, next: Claim | undefined): void {
    this.#leavePass(claim)
    if (next?.target.kind === 'phone') next.inherited = claim.phone?.handOver()
    else claim.phone?.end('answered')
  }

  /** Something with a better claim speaks now; this one waits, and is heard again if it lasts longer. */
  silence(claim: Claim, better: Claim): void {
    this.letGo(claim, better)
    claim.phase = 'waiting'
    this.wait(claim)
  }

  /** The claim waits for its endpoint: an alarm and what has no end as long as it takes, a bell no longer than it makes sense. */
  wait(claim: Claim): void {
    claim.delivery = { ...claim.delivery, state: 'dropped', waitingSince: this.#exchange.parts.clock.since() }
    if (this.#insistent || this.#endless) return
    this.#exchange.parts.clock.after(this.order.patienceSeconds * 1000, () => {
      if (claim.phase === 'waiting') this.#finish(claim, { ...claim.delivery, state: 'dropped', cause: 'pre-empted' })
    })
  }

  #leavePass(claim: Claim): void {
    const { board, log } = this.#exchange.parts
    try {
      if (this.#pass && claim.phase === 'speaking') this.#leave(this.#pass, claim)
      if (claim.target.kind === 'amplifier') board.speak(claim.target.amplifier, undefined, this.id)
    } catch (error) {
      log.error('an endpoint would not be let go by a page', { page: this.id, endpoint: claim.target.label, error })
    }
  }

  /** Refused, it is asked again at once and later, unless the page speaks there anew: two voices at a time are understood by nobody. */
  #leave(pass: string, claim: Claim): void {
    const { sip } = this.#exchange.parts
    let tries = 0
    this.#exchange.insist('let an endpoint go', () => {
      tries += 1
      if (tries > 1 && claim.phase === 'speaking') return
      try {
        sip.leavePage(pass, claim.target.key)
      } catch {
        sip.leavePage(pass, claim.target.key)
      }
    })
  }

  stop(): void {
    this.#asked = true
    this.#close()
  }

  #close(): void {
    if (this.#stopped || this.#over) return
    this.#stopped = true
    this.#abandon('stopped')
    if (this.#pass) this.#endPass(this.#pass)
  }

  /** Ends the pass; it counts as ended also when the switch does not say so. */
  #endPass(pass: string): void {
    const ended = { type: 'page-ended', page: pass, complete: false, delivered: [] } as const
    this.#exchange.parts.clock.after(STOP_MILLISECONDS, () => this.#pass === pass && this.#passEnded(ended))
    this.#silencePass(pass)
  }

  /** What the switch does not stop would be spoken for ever: it is asked until it says so, also when the page is told to be over. */
  #silencePass(pass: string, tries = 10): void {
    const { sip, clock, log } = this.#exchange.parts
    const forget = clock.after(STOP_MILLISECONDS, () => tries > 1 && this.#silencePass(pass, tries - 1))
    this.#exchange.attachPage(pass, event => {
      if (event.type !== 'page-ended') return
      forget()
      if (this.#pass === pass) this.#passEnded(event)
      else this.#exchange.detachPage(pass)
    })
    try {
      sip.stopPage(pass)
    } catch (error) {
      log.error('the switch refused to stop a page', { page: this.id, error })
    }
  }

  /** Gives up on every endpoint where the page does not speak at this moment. */
  #abandon(cause: Cause | string): void {
    for (const claim of this.claims) {
      if (claim.phase === 'speaking' || claim.phase === 'over') continue
      const reached = claim.delivery.state === 'busy' || claim.delivery.state === 'dropped'
      this.#finish(claim, reached ? claim.delivery : { ...claim.delivery, state: 'failed', cause })
    }
  }

  #endWhenDone(): void {
    const open = this.claims.filter(claim => claim.phase !== 'over')
    if (this.#over || open.some(claim => claim.phase !== 'again')) return
    // Where nobody at all was reached, whoever wanted the page is told at once, and tries with what a zone holds by then.
    if (open.length > 0 && this.deliveries().some(isReached)) return
    this.#over = true
    for (const claim of open) this.#finish(claim, claim.delivery)
    // Whoever still listened has gone: a message without end would be spoken to nobody, for ever.
    if (this.#pass) this.#silencePass(this.#pass)
    const deliveries = this.deliveries()
    this.#outcome.resolve({ how: this.#how(deliveries), deliveries })
  }

  #how(deliveries: readonly Delivery[]): Outcome['how'] {
    if (this.#asked) return 'stopped'
    if (deliveries.length && deliveries.every(delivery => delivery.state === 'dropped')) return 'pre-empted'
    return deliveries.some(isReached) ? 'done' : 'failed'
  }
}

const isReached = ({ state }: Delivery): boolean => state === 'played' || state === 'answered'

/** Without end stays without end. */
const without = (heard: number, { kind, playlist }: Extract<PageOrder['source'], { kind: 'playlist' }>) =>
  ({ kind, playlist: { ...playlist, repeats: playlist.repeats && Math.max(1, playlist.repeats - heard) } }) as const
