// A telephone as scenarios speak of it: it dials, rings, answers, hears, and can misbehave.

import type { Address, Binding, Redirection, SipHeader, SipPort } from '../kernel/call/sip-port.ts'
import type { Dialling } from './fake-callers.ts'
import type { FakeSip } from './fake-sip.ts'
import type { Watching } from './fake-watchers.ts'

/** What a phone does when it is called. */
export type Manner =
  | 'rings'
  | 'answers'
  | 'busy'
  | 'declines'
  | 'silent'
  | 'not-available'
  /** Understands no INVITE in which a place stands beside the description: 415. */
  | 'placeless'
  /** By a key of its own: it answers 302 with `sendsTo`. */
  | 'forwards'
  /** Of a carrier: takes no call just now (503); says 100 and nothing more. */
  | 'overloaded'
  | 'dies'

/** A leg as the far side sees it. */
export interface PhoneLeg {
  readonly leg: string
  readonly direction: 'calls' | 'is called'
  state: 'ringing' | 'talking' | 'over'
  /** For the one who calls: it hears ring-back. */
  ringBack: boolean
  earlyMedia: boolean
  /** How it ended, in SIP's number; 0 while it lasts. */
  status: number
  cause: string
  headers: readonly SipHeader[]
  readonly from: string
}

/** One station, or with `line` undefined someone outside. */
export class VirtualPhone {
  readonly sip: FakeSip
  readonly name: string
  readonly line: string | undefined
  readonly source: Address
  manner: Manner = 'rings'
  sendsTo: readonly Redirection[] = []
  /** Phones answer by themselves when the INVITE says so (Alert-Info, Call-Info answer-after=0). */
  answersPages = true
  readonly legs: PhoneLeg[] = []
  readonly texts: string[] = []
  /** Bodies of INFO from the box. */
  readonly told: string[] = []
  /** How its own INFOs were answered, and what it was told of its transfers. */
  readonly outcomes: number[] = []
  readonly heard: string[] = []

  constructor(sip: FakeSip, o: { name: string; line?: string; source: Address }) {
    this.sip = sip
    this.name = o.name
    this.line = o.line
    this.source = o.source
  }

  binding(now: number): Binding {
    return {
      line: this.line ?? this.name,
      contact: `sip:${this.name}@${this.source.host}:${this.source.port}`,
      source: this.source,
      expiresAt: now + 3_600_000,
      userAgent: 'Virtual/1.0',
      callId: `reg-${this.name}`,
      cseq: 1,
    }
  }

  /** What a carrier says to a REGISTER. */
  registrar: (o: Parameters<SipPort['outOfDialog']>[0]) => { status: number; headers?: readonly SipHeader[] } = () => ({
    status: 404,
  })

  /** The latest leg, in whatever state. */
  get call(): PhoneLeg | undefined {
    return this.legs.at(-1)
  }

  /** Calls, in the name of somebody else where it is a carrier; what becomes of it is `call`. */
  dials(number: string, o: Dialling = {}): PhoneLeg {
    return this.sip.dialled(this, number, o)
  }

  #ringing(): PhoneLeg | undefined {
    const leg = this.legs.find(one => one.direction === 'is called' && one.state === 'ringing')
    if (!leg && !this.sip.lenient) throw new Error(`${this.name} does not ring`)
    return leg
  }

  #current(): PhoneLeg | undefined {
    const leg = this.legs.findLast(one => one.state !== 'over')
    if (!leg && !this.sip.lenient) throw new Error(`${this.name} is in no call`)
    return leg
  }

  get rings(): boolean {
    return this.legs.some(one => one.direction === 'is called' && one.state === 'ringing')
  }

  get talks(): boolean {
    return this.legs.some(one => one.state === 'talking')
  }

  answers(): void {
    this.sip.farAnswered(this.#ringing()?.leg ?? '')
  }

  declines(): void {
    this.sip.farEnded(this.#ringing()?.leg ?? '', 603)
  }

  /** From now on it sends its callers there, numbers of the box or other addresses. */
  forwardsTo(...places: readonly string[]): void {
    this.manner = 'forwards'
    this.sendsTo = places.map(place => {
      const [, user = '', host = ''] = /^sips?:(?:([^@]*)@)?(.*)$/.exec(place) ?? ['', place, 'box']
      return { uri: `sip:${user}@${host}`, number: user, here: host === 'box' }
    })
  }

  /** It rang, and its owner sends this call elsewhere. */
  deflects(...places: readonly string[]): void {
    this.forwardsTo(...places)
    this.manner = 'rings'
    this.sip.farEnded(this.#ringing()?.leg ?? '', 302, this.sendsTo)
  }

  isBusy(): void {
    this.sip.farEnded(this.#ringing()?.leg ?? '', 486)
  }

  hangsUp(): void {
    const leg = this.#current()
    if (leg) this.sip.farEnded(leg.leg, leg.state === 'talking' ? 200 : 487)
  }

  presses(digits: string): void {
    const leg = this.#current()?.leg
    if (leg === undefined) return
    for (const digit of digits) this.sip.emit({ type: 'digit', leg, digit, by: 'rfc4733' })
  }

  holds(held = true): void {
    this.sip.held(this.#current()?.leg ?? '', held)
  }

  refers(to: string, o: { replaces?: string } = {}): void {
    const leg = this.#current()?.leg
    if (leg === undefined) return
    const replaces = o.replaces === undefined ? {} : { replaces: { leg: o.replaces } }
    const request = this.sip.requests.open('refer', status => this.outcomes.push(status))
    this.sip.emit({ type: 'refer', leg, to, request, ...replaces })
  }

  /** Asks the box to call for it, in its own name or in that of somebody else. */
  asksFor(number: string, of = this.name): void {
    const request = this.sip.requests.open('refer', status => this.outcomes.push(status))
    const [line, to] = [this.line ?? '', `sip:${number}@box`]
    this.sip.emit({ type: 'asked-to-call', request, line, of, to, source: this.source })
  }

  /** An INFO in its call. */
  tells(body: string, contentType = 'text/plain'): void {
    const leg = this.#current()?.leg
    if (leg === undefined) return
    const request = this.sip.requests.open('message', status => this.outcomes.push(status))
    const line = this.line === undefined ? {} : { line: this.line }
    this.sip.emit({ type: 'message', request, leg, ...line, to: '', contentType, body, source: this.source })
  }

  /** The sounds playing to it now, and the names of those who are heard by it. */
  hears(what: string): boolean {
    return this.sip.audible(this).includes(what)
  }

  /** Every sound that began to play to it, ever. */
  hasHeard(sound: string): boolean {
    return this.heard.includes(sound)
  }

  /** Its lamp for somebody; what it is told is in the answer. */
  watches(target: string, o: { package?: string; accept?: readonly string[] } = {}): Watching {
    return this.sip.watchers.subscribes(this, { package: 'dialog', ...o, target })
  }

  registers(): void {
    this.sip.registered(this)
  }

  unregisters(why: 'asked' | 'expired' = 'asked'): void {
    this.sip.unregistered(this, why)
  }
}
