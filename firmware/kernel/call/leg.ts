// A leg: one SIP dialog with one party, in the hands of exactly one call at a time.
import { CallGone, type Cause, LegMoved, PbxError } from '../errors.ts'
import { newIdentity } from '../identity.ts'
import type { LiveCall } from './call.ts'
import type { Leg, Party, Playlist, RecordOptions } from './call.types.ts'
import type { Exchange, Farewell, LegEvent, LegSink } from './exchange.ts'
import { orGone } from './gone.ts'
import type { LegQuality, Media } from './sip-port.ts'

/** The dialog behind the handles: what stays the same when a leg changes owner. */
export class Dialog implements LegSink {
  readonly id: string
  readonly party: Party
  readonly direction: 'in' | 'out'
  readonly exchange: Exchange
  state: Leg['state'] = 'early'
  owner: OwnedLeg | undefined
  peer: Dialog | undefined
  held = false
  rings = false
  /** Rung for a call for help before the supervisor died: it rings on, or talks already, until a round claims it. */
  unclaimed = false
  /** Who rings this leg and wants to know how that goes. */
  watch: ((event: LegEvent) => void) | undefined
  readonly #finished = new Map<string, (seconds: number) => void>()
  #typed = ''
  #onDigit = () => {}

  constructor(exchange: Exchange, o: { id: string; party: Party; direction: 'in' | 'out' }) {
    this.exchange = exchange
    this.id = o.id
    this.party = o.party
    this.direction = o.direction
    exchange.attach(o.id, this)
  }

  take(event: LegEvent): void {
    if (event.type === 'answered') this.state = 'established'
    if (event.type === 'progress' && event.status >= 180) this.#rang()
    if (event.type === 'digit') this.#take(event.digit)
    if (event.type === 'hold-changed') this.holds(event.held)
    if (event.type === 'played') this.#finished.get(event.play)?.(0)
    if (event.type === 'recorded') this.#finished.get(event.file)?.(event.seconds)
    if (event.type === 'ended') this.state = 'ended'
    this.watch?.(event)
    if (event.type === 'ended') this.owner?.departed(event.cause, event.quality)
  }

  #rang(): void {
    if (this.rings) return
    this.rings = true
    this.owner?.call.changed()
  }

  #take(digit: string): void {
    if (this.#typed.length < 64) this.#typed += digit
    const call = this.owner?.call.id
    if (call) this.exchange.parts.emit('leg.digit', { call, leg: this.id, digit })
    this.#onDigit()
  }

  /** The far side put the call on hold or took it back. */
  holds(held: boolean): void {
    this.held = held
    const call = this.owner?.call.id
    if (call) this.exchange.parts.emit('leg.held', { call, leg: this.id, held })
  }

  /** The next digit typed, or undefined after so many seconds. */
  nextDigit(seconds: number, gone: AbortSignal): Promise<string | undefined> {
    return new Promise(resolve => {
      const settle = (digit: string | undefined) => {
        forget()
        gone.removeEventListener('abort', leave)
        this.#onDigit = () => {}
        resolve(digit)
      }
      const leave = () => settle(undefined)
      const forget = this.exchange.parts.clock.after(seconds * 1000, leave)
      gone.addEventListener('abort', leave, { once: true })
      this.#onDigit = () => {
        const digit = this.#typed[0]
        if (digit === undefined) return
        this.#typed = this.#typed.slice(1)
        settle(digit)
      }
      this.#onDigit()
    })
  }

  /** Resolves when the switch says that this player or recording is at its end. */
  finished(what: string): Promise<number> {
    return new Promise(resolve => {
      this.#finished.set(what, seconds => {
        this.#finished.delete(what)
        resolve(seconds)
      })
    })
  }
}

/** A call's hand on a dialog. After `moveTo` this handle is dead and the new owner has another. */
export class OwnedLeg implements Leg {
  readonly dialog: Dialog
  readonly call: LiveCall
  readonly #gone = new AbortController()
  /** Ends what this call plays to the leg or records of it. */
  readonly #underway = new Set<() => void>()

  constructor(dialog: Dialog, call: LiveCall) {
    this.dialog = dialog
    this.call = call
    dialog.owner = this
  }

  get id(): string {
    return this.dialog.id
  }

  get party(): Party {
    return this.dialog.party
  }

  get direction(): 'in' | 'out' {
    return this.dialog.direction
  }

  get state(): Leg['state'] {
    return this.gone.aborted ? 'ended' : this.dialog.state
  }

  get gone(): AbortSignal {
    return this.#gone.signal
  }

  get peer(): Leg | undefined {
    return this.dialog.peer?.owner
  }

  get rings(): boolean {
    return this.dialog.rings
  }

  get held(): boolean {
    return this.dialog.held
  }

  get #sip() {
    this.gone.throwIfAborted()
    return this.dialog.exchange.parts.sip
  }

  ringing(): void {
    if (this.state === 'early' && this.direction === 'in') this.#sip.ring(this.id, { status: 180 })
  }

  async answer(): Promise<void> {
    this.answerWith({ kind: 'box' })
  }

  /** Answers an incoming leg with this media; nothing to do when it is answered. */
  answerWith(media: Media): void {
    const sip = this.#sip
    if (this.dialog.state !== 'early') return
    if (this.direction === 'out') throw new PbxError('calls.not-answered', 'this leg still rings', { status: 409 })
    sip.answer(this.id, media)
    // A caller that never sends ACK is ended by the switch: waiting for it would only delay the first sound.
    this.dialog.state = 'established'
    this.call.changed()
  }

  async play(what: Playlist | string, o: { signal?: AbortSignal } = {}): Promise<void> {
    await this.answer()
    const list = typeof what === 'string' ? { sounds: [what], repeats: 1, gapMilliseconds: 0 } : what
    await this.#runUntil(newIdentity('play'), o.signal, {
      start: (sip, id) => sip.play(this.id, id, list),
      stop: (sip, id) => sip.stopPlay(this.id, id),
    })
  }

  async record(file: string, o: RecordOptions = {}): Promise<{ readonly seconds: number }> {
    await this.answer()
    const seconds = await this.#runUntil(file, o.signal, {
      start: sip => sip.record(this.id, file, o.own),
      stop: sip => sip.stopRecord(this.id),
    })
    return { seconds }
  }

  /** Starts something in the switch and waits for its end, which a signal may bring about. */
  async #runUntil(id: string, signal: AbortSignal | undefined, o: { start: Control; stop: Control }): Promise<number> {
    const sip = this.#sip
    if (signal?.aborted) return 0
    const end = this.dialog.finished(id)
    o.start(sip, id)
    const stop = () => this.dialog.exchange.insist('end a player or recorder', () => o.stop(sip, id))
    this.#underway.add(stop)
    try {
      return await this.#untilEnd(end, signal, () => o.stop(sip, id))
    } finally {
      this.#underway.delete(stop)
    }
  }

  async #untilEnd(end: Promise<number>, signal: AbortSignal | undefined, halt: () => void): Promise<number> {
    if (!signal) return orGone(this.gone, end)
    const stopped = new Promise<number>((resolve, reject) => {
      const stop = () => {
        if (this.gone.aborted) return
        // Thrown inside a listener of AbortSignal an error would end the process.
        try {
          halt()
        } catch (error) {
          reject(error)
        }
        // The switch still says how long it was; a player that says nothing must not hold the call up.
        this.dialog.exchange.parts.clock.after(1000, () => resolve(0))
      }
      signal.addEventListener('abort', stop, { once: true })
    })
    return orGone(this.gone, Promise.race([end, stopped]))
  }

  async digits(o: { count: number; patienceSeconds: number; terminator?: string }): Promise<string> {
    this.gone.throwIfAborted()
    let typed = ''
    while (typed.length < o.count) {
      const digit = await orGone(this.gone, this.dialog.nextDigit(o.patienceSeconds, this.gone))
      if (digit === undefined || digit === o.terminator) return typed
      typed += digit
    }
    return typed
  }

  sendDigits(digits: string): void {
    this.#sip.sendDigits(this.id, digits)
  }

  moveTo(call: LiveCall): OwnedLeg {
    this.gone.throwIfAborted()
    if (call.over.aborted)
      throw new PbxError('calls.over', 'the call that should take the leg is over', { status: 410 })
    this.unbridge()
    for (const stop of this.#underway) stop()
    this.call.hands.delete(this)
    const moved = new OwnedLeg(this.dialog, call)
    call.hands.add(moved)
    this.#gone.abort(new LegMoved())
    this.call.changed()
    call.changed()
    return moved
  }

  /** Takes the leg out of its bridge; the other side hears nothing until it is connected anew. */
  unbridge(): void {
    const { peer } = this.dialog
    if (!peer) return
    this.dialog.peer = undefined
    peer.peer = undefined
    if (this.dialog.state === 'established') this.dialog.exchange.parts.sip.unbridge(this.id)
  }

  hangup(cause: Cause): void {
    void this.release(cause)
  }

  /** Ends the leg and lets go of it; the quality of its audio comes with the switch's last word. Does nothing twice. */
  async release(cause: Cause, o: Farewell = {}): Promise<void> {
    if (this.gone.aborted) return
    this.#letGo(cause)
    const quality = await this.dialog.exchange.release(this.id, cause, o)
    this.call.measured(this.id, quality)
  }

  /** The far side is gone. */
  departed(cause: Cause, quality: LegQuality | undefined): void {
    if (this.gone.aborted) return
    this.call.measured(this.id, quality)
    this.#letGo(cause)
  }

  #letGo(cause: Cause): void {
    this.dialog.state = 'ended'
    if (this.dialog.peer) this.dialog.peer.peer = undefined
    this.dialog.peer = undefined
    this.call.hands.delete(this)
    this.#gone.abort(CallGone.by(cause))
    this.call.changed()
  }
}

type Control = (sip: Exchange['parts']['sip'], id: string) => void
