// Ringing: all targets at once, the first answer wins, the others are told that it was answered elsewhere.
import type { Cause } from '../errors.ts'
import { newIdentity } from '../identity.ts'
import type { LiveCall } from './call.ts'
import type { Leg, Party, Redirected, RingFailure, RingOptions, RingTarget } from './call.types.ts'
import type { Farewell, LegEvent } from './exchange.ts'
import { atFirst, causeOf } from './gone.ts'
import { Dialog, type OwnedLeg } from './leg.ts'

/** Which of several refusals the caller is told: what a person did comes before what a machine said. */
const WEIGHT: readonly Cause[] = [
  'busy',
  'declined',
  'do-not-disturb',
  'no-answer',
  'not-available',
  'forbidden',
  'not-acceptable',
  'not-found',
  'overloaded',
  'unreachable',
  'unregistered',
]

/** RFC 3326 section 3.1: a phone that is told so shows no missed call. */
const ELSEWHERE: Farewell = {
  headers: [{ name: 'Reason', value: 'SIP;cause=200;text="Call completed elsewhere"' }],
}

/** Rings until someone answers, all have refused, or the patience is over; rejects when the caller or the call goes. */
export function ring(call: LiveCall, o: RingOptions): Promise<Leg | RingFailure> {
  if (!o.targets.length) return Promise.resolve({ cause: 'unregistered' })
  return new Round(call, o).outcome
}

class Round {
  readonly outcome: Promise<Leg | RingFailure>
  readonly #call: LiveCall
  readonly #caller: OwnedLeg | undefined
  readonly #o: RingOptions
  readonly #ringing = new Set<OwnedLeg>()
  readonly #causes: Cause[] = []
  readonly #redirected: Redirected[] = []
  readonly #rung = new Set<string>()
  #settle: (outcome: Leg | RingFailure) => void = () => {}
  #over = false
  #quiet = () => {}

  constructor(call: LiveCall, o: RingOptions) {
    this.#call = call
    this.#o = o
    this.#caller = call.principal?.gone.aborted ? undefined : call.principal
    this.outcome = this.#run()
  }

  async #run(): Promise<Leg | RingFailure> {
    const { clock, emit } = this.#call.exchange.parts
    const ends = [this.#call.over, ...(this.#caller ? [this.#caller.gone] : [])]
    if (this.#o.meanwhile && this.#caller) await this.#caller.answer()
    for (const signal of ends) signal.throwIfAborted()
    let unheard = () => {}
    const end = new Promise<Leg | RingFailure>((resolve, reject) => {
      this.#settle = resolve
      unheard = atFirst(ends, reject)
    })
    const forget = clock.after(this.#o.patienceSeconds * 1000, () => this.#impatient())
    try {
      for (const target of this.#ringOn()) this.#invite(target)
      emit('call.rang', { call: this.#call.id, targets: this.#o.targets.map(target => target.party) })
      this.#comfort()
      this.#unlessEmpty()
      return await end
    } catch (error) {
      const cause = causeOf(error)
      this.#cancel(cause === 'moved' ? 'elsewhere-answered' : 'cancelled')
      throw error
    } finally {
      this.#over = true
      forget()
      unheard()
      this.#quiet()
    }
  }

  /** Phones that rang for this call when the supervisor died ring on, who answered meanwhile is heard; the others are left. */
  #ringOn(): readonly RingTarget[] {
    const before = [...this.#call.hands].filter(({ dialog }) => dialog.unclaimed)
    for (const leg of before) this.#watch(leg)
    const answered = before.find(({ state }) => state === 'established')
    if (answered) this.#answered(answered)
    const known = before.map(({ party }) => phoneOf(party))
    return answered ? [] : this.#o.targets.filter(({ party }) => !known.includes(phoneOf(party)))
  }

  #watch(leg: OwnedLeg): void {
    leg.dialog.unclaimed = false
    leg.dialog.watch = event => this.#take(leg, event)
    this.#ringing.add(leg)
  }

  #invite(target: RingTarget): void {
    const [call, caller] = [this.#call, this.#caller]
    this.#rung.add(phoneOf(target.party))
    const { sip, log } = call.exchange.parts
    const leg = call.adopt(new Dialog(call.exchange, { id: newIdentity('leg'), party: target.party, direction: 'out' }))
    this.#watch(leg)
    // RFC 3323 section 4.1.1.3.
    const shown = call.from.withheld ? { number: 'anonymous', name: 'Anonymous' } : call.from
    try {
      sip.invite({
        leg: leg.id,
        target:
          'binding' in target
            ? { binding: target.binding }
            : {
                uri: target.uri,
                ...(target.via && { via: target.via }),
                ...(target.routes && { routes: target.routes }),
              },
        from: this.#o.as ?? { number: shown.number, name: shown.name },
        to: target.party.number,
        media: caller?.state === 'early' ? { kind: 'relay', with: caller.id } : { kind: 'box' },
        lane: call.emergency ? 'emergency' : 'new',
        ...(target.headers && { headers: target.headers }),
        ...(call.referredBy !== undefined && { referredBy: call.referredBy }),
        ...(target.diversions && { diversions: { by: call.diversions, ...target.diversions } }),
        ...('credentials' in target && target.credentials && { credentials: target.credentials }),
        ...('encryption' in target && target.encryption && { encryption: target.encryption }),
        ...('deadlines' in target && target.deadlines && { deadlines: target.deadlines }),
        ...('location' in target && target.location && { location: target.location }),
      })
    } catch (error) {
      log.error('the switch refused to ring a target', { call: call.id, to: target.party.number, error })
      call.exchange.detach(leg.id)
      leg.departed('failed', undefined)
      this.#failed(leg, 'failed')
    }
  }

  #take(leg: OwnedLeg, event: LegEvent): void {
    if (this.#over || !this.#ringing.has(leg)) return
    if (event.type === 'progress') this.#progress(leg, event)
    if (event.type === 'answered') this.#answered(leg)
    if (event.type === 'ended' && event.redirections) this.#elsewhere({ by: leg.party, to: event.redirections })
    if (event.type === 'ended') this.#failed(leg, event.cause)
  }

  /** Nobody is rung twice in a round: two who send to one another end there. */
  #elsewhere(it: Redirected): void {
    this.#redirected.push(it)
    for (const also of this.#o.redirected?.(it) ?? []) if (!this.#rung.has(phoneOf(also.party))) this.#invite(also)
  }

  #progress(leg: OwnedLeg, event: { status: number; media: boolean; passed?: true }): void {
    const caller = this.#caller
    this.#o.heard?.(event.status)
    if (caller?.state !== 'early' || event.status < 180) return
    // Early media of one of several would drown the others: only a lone target is heard before it answers.
    if (event.media && this.#o.targets.length === 1) {
      this.#call.exchange.parts.sip.ring(caller.id, { status: 183, media: { kind: 'relay', with: leg.id } })
    } else if (!event.passed) caller.ringing()
  }

  #answered(leg: OwnedLeg): void {
    this.#over = true
    this.#ringing.delete(leg)
    leg.dialog.watch = undefined
    this.#cancel('elsewhere-answered')
    this.#call.changed()
    const { emit, clock } = this.#call.exchange.parts
    emit('call.answered', { call: this.#call.id, by: leg.party, at: clock.now() })
    this.#settle(leg)
  }

  #failed(leg: OwnedLeg, cause: Cause): void {
    this.#ringing.delete(leg)
    this.#causes.push(cause)
    this.#unlessEmpty()
  }

  #unlessEmpty(): void {
    if (this.#ringing.size) return
    const cause = WEIGHT.find(one => this.#causes.includes(one)) ?? this.#causes[0] ?? 'failed'
    this.#settle({ cause, ...(this.#redirected.length && { redirected: this.#redirected }) })
  }

  #impatient(): void {
    this.#over = true
    this.#causes.push('no-answer')
    this.#cancel('no-answer')
    this.#unlessEmpty()
  }

  #cancel(cause: Cause): void {
    for (const leg of this.#ringing) void leg.release(cause, cause === 'elsewhere-answered' ? ELSEWHERE : {})
    this.#ringing.clear()
  }

  /** What a caller who is answered already hears meanwhile; that it cannot be played is no reason to stop ringing. */
  #comfort(): void {
    const caller = this.#caller
    if (caller?.state !== 'established') return
    const { parts, sounds } = this.#call.exchange
    const { sip, log } = parts
    const play = newIdentity('play')
    try {
      if (this.#o.meanwhile) sip.play(caller.id, play, this.#o.meanwhile)
      else sip.tone(caller.id, play, sounds.ringBack(caller.party))
    } catch (error) {
      log.warn('the caller hears nothing while it rings', { call: this.#call.id, error })
      return
    }
    this.#quiet = () => {
      if (caller.gone.aborted) return
      try {
        sip.stopPlay(caller.id, play)
      } catch (error) {
        log.warn('what the caller heard while it rang could not be stopped', { call: this.#call.id, error })
      }
    }
  }
}

const phoneOf = ({ number, line, source }: Party) => `${number} ${line} ${source?.host} ${source?.port}`
