// A call: owns every leg, bridge, mix, player and recorder made on its way, and ends them all when it is over.
import { within } from '../clock.ts'
import { CallGone, type Cause } from '../errors.ts'
import { newIdentity } from '../identity.ts'
import type { Destination } from '../schema.ts'
import { standing } from '../things.ts'
import type { KeptCall } from './bookmark.ts'
import { connect } from './bridge.ts'
import type {
  Bookmark,
  Bridge,
  Call,
  Diverted,
  Leg,
  Look,
  Mix,
  Next,
  Party,
  RingFailure,
  RingOptions,
} from './call.types.ts'
import { follow } from './destination.ts'
import type { Exchange } from './exchange.ts'
import { isDeparture, orGone } from './gone.ts'
import { type Dialog, OwnedLeg } from './leg.ts'
import { mix } from './mix.ts'
import { ring } from './ring.ts'
import type { LegQuality } from './sip-port.ts'

/** How long the switch is given to report the quality of the last legs, before the call's end is told without it. */
const LAST_WORDS_MILLISECONDS = 3000
/** How long somebody may be told why his call ends. */
const PARTING_MILLISECONDS = 10_000

/** What a call begins with. */
export interface CallOrder {
  readonly from: Party
  readonly dialled: string
  readonly emergency: boolean
  /** Calls that transfer made from one another share it. */
  readonly correlation?: string
}

/** What is relayed in a call now, and what follows when it ends. */
export interface Bridged {
  readonly a: string
  readonly b: string
  readonly afterwards: Next
}

export class LiveCall implements Call {
  readonly id: string
  readonly correlation: string
  readonly from: Party
  readonly dialled: string
  readonly emergency: boolean
  readonly startedAt: number
  readonly exchange: Exchange
  readonly hands = new Set<OwnedLeg>()
  /** The leg that walks from destination to destination. */
  principal: OwnedLeg | undefined
  bookmark: Bookmark | undefined
  bridged: Bridged | undefined
  hops = 0
  diversions: readonly Diverted[] = []
  referredBy?: string
  readonly #over = new AbortController()
  /** Without a prototype: as every leg has a name of its own, the engine would make a shape of each. */
  readonly #quality: Record<string, LegQuality> = Object.create(null)
  readonly #closers = new Set<() => void>()

  constructor(exchange: Exchange, o: CallOrder | KeptCall) {
    this.exchange = exchange
    this.id = 'id' in o ? o.id : newIdentity('call')
    this.correlation = o.correlation ?? this.id
    this.from = o.from
    this.dialled = o.dialled
    this.emergency = o.emergency
    this.startedAt = 'id' in o ? o.startedAt : exchange.parts.clock.now()
    exchange.calls.set(this.id, this)
  }

  get legs(): readonly Leg[] {
    return [...this.hands]
  }

  /** Aborts with CallGone when the call is over. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  get look(): Look {
    const { from, dialled, emergency, hops } = this
    return Object.freeze({ from, dialled, emergency, hops, ...(from.source && { source: from.source }) })
  }

  /** Takes a new dialog into this call's hands. */
  adopt(dialog: Dialog): OwnedLeg {
    const leg = new OwnedLeg(dialog, this)
    this.hands.add(leg)
    this.changed()
    return leg
  }

  async ring(o: RingOptions): Promise<Leg | RingFailure> {
    this.#over.signal.throwIfAborted()
    return ring(this, o)
  }

  async connect(a: Leg, b: Leg, o: { afterwards?: Next } = {}): Promise<Bridge> {
    this.#over.signal.throwIfAborted()
    return connect(this, { a: this.own(a), b: this.own(b), afterwards: o.afterwards ?? { end: 'answered' } })
  }

  async mix(legs: readonly Leg[]): Promise<Mix> {
    this.#over.signal.throwIfAborted()
    return mix(
      this,
      legs.map(leg => this.own(leg)),
    )
  }

  async follow(leg: Leg, next: Next): Promise<Cause> {
    this.#over.signal.throwIfAborted()
    return follow(this.own(leg), next)
  }

  /** This call's hand on a leg; throws CallGone or LegMoved when it has none any more. */
  own(leg: Leg): OwnedLeg {
    leg.gone.throwIfAborted()
    const own = [...this.hands].find(hand => hand === leg)
    if (!own) throw new TypeError(`leg ${leg.id} belongs to call ${leg.call.id}, not to ${this.id}: use moveTo first`)
    return own
  }

  mark(step: string, values: Readonly<Record<string, unknown>> = {}): void {
    if (!this.bookmark) return
    this.bookmark = { ...this.bookmark, step, data: values }
    this.changed()
  }

  /** The call has come to a destination: the first step of its bookmark, and a fact. */
  arrive(destination: Destination): void {
    this.bookmark = { destination, step: 'entered', since: this.exchange.parts.clock.now(), data: {} }
    this.changed()
    this.exchange.parts.emit('call.went', { call: this.id, to: destination })
  }

  divert(by: Diverted): void {
    this.diversions = [...this.diversions, by]
    this.note({ forwards: this.diversions.map(({ number, why }) => `${number}: ${why}`) })
    this.changed()
  }

  note(what: Readonly<Record<string, unknown>>): void {
    this.exchange.parts.emit('call.noted', { call: this.id, what })
  }

  began(): void {
    const { id, correlation, from, dialled, emergency, startedAt } = this
    this.exchange.parts.emit('call.began', { call: id, correlation, from, dialled, emergency, at: startedAt })
  }

  /** Something to be undone when the call ends, before its legs do; the returned function forgets it. */
  onClose(closer: () => void): () => void {
    this.#closers.add(closer)
    return () => void this.#closers.delete(closer)
  }

  /** Ends the call once an answered principal has heard why; never rejects. */
  async part(cause: Cause): Promise<void> {
    const { principal, exchange } = this
    if (principal?.state === 'established' && !this.emergency) {
      const { clock, log } = exchange.parts
      const heard = async () => within(clock, PARTING_MILLISECONDS, exchange.sounds.parting(principal, cause))
      await orGone(principal.gone, heard()).catch(error => {
        if (!isDeparture(error)) log.warn('a caller is hung up without a tone', { call: this.id, error })
      })
    }
    this.end(cause)
  }

  /** Ends everything the call still owns, downward; what is closed this way says nothing back. Does nothing twice. */
  end(cause: Cause): void {
    if (this.#over.signal.aborted) return
    this.#over.abort(CallGone.by(cause))
    const { clock, emit, log } = this.exchange.parts
    for (const closer of this.#closers) {
      try {
        closer()
      } catch (error) {
        log.error('part of a call would not close; its legs are ended all the same', { call: this.id, error })
      }
    }
    const among = [this.from, ...[...this.hands].map(({ party }) => party)].flatMap(standing)
    const released = Promise.all([...this.hands].map(leg => leg.release(cause)))
    this.exchange.calls.delete(this.id)
    this.exchange.forget(this.id)
    emit('call.changed', { call: this.id })
    const at = clock.now()
    const last = within(clock, LAST_WORDS_MILLISECONDS, released)
    void last.then(() => emit('call.ended', { call: this.id, cause, at, quality: this.#quality, among }))
  }

  /** Remembers how a leg's audio was. */
  measured(leg: string, quality: LegQuality | undefined): void {
    if (quality) this.#quality[leg] = quality
  }

  /** Writes what a successor needs to go on with this call; memory, kept behind. */
  changed(): void {
    if (this.#over.signal.aborted) return
    this.exchange.keep(this)
    this.exchange.parts.emit('call.changed', { call: this.id })
  }
}
