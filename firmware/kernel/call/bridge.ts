// A bridge: two legs relayed, until either goes.
import { type Cause, PbxError } from '../errors.ts'
import type { LiveCall } from './call.ts'
import type { Bridge, Ear, Leg, Next, Overhearing } from './call.types.ts'
import { earAt } from './ear.ts'
import { atFirst, causeOf } from './gone.ts'
import type { OwnedLeg } from './leg.ts'
import { connecting } from './phases.ts'

/** Lets features prepare, then relays; in an emergency audio flows first and they are told afterwards. */
export async function connect(call: LiveCall, o: { a: OwnedLeg; b: OwnedLeg; afterwards: Next }): Promise<Bridge> {
  const bridge = new LiveBridge(call, o)
  if (!call.emergency) await connecting(call.exchange, bridge)
  o.a.gone.throwIfAborted()
  o.b.gone.throwIfAborted()
  bridge.flow()
  // Never rejects: a feature that fails here is passed over and shown.
  if (call.emergency) void connecting(call.exchange, bridge)
  return bridge
}

/**
 * After a crash of the supervisor: the switch relays already, or was about to; resolves with what follows the bridge's
 * end.
 */
export async function resumeBridge(call: LiveCall, o: { a: OwnedLeg; b: OwnedLeg; afterwards: Next }): Promise<Next> {
  const bridge = new LiveBridge(call, o)
  if (o.a.state === 'early' || o.b.state === 'early') bridge.flow()
  await bridge.resume().ended
  return o.afterwards
}

class LiveBridge implements Bridge {
  readonly a: OwnedLeg
  readonly b: OwnedLeg
  readonly ended: Promise<Cause>
  readonly #call: LiveCall
  readonly #afterwards: Next
  readonly #files: string[] = []
  #flows = false
  #recorded = false

  constructor(call: LiveCall, o: { a: OwnedLeg; b: OwnedLeg; afterwards: Next }) {
    this.#call = call
    this.a = o.a
    this.b = o.b
    this.#afterwards = o.afterwards
    this.ended = new Promise(resolve => {
      atFirst([o.a.gone, o.b.gone], reason => {
        this.#stopRecording()
        if (call.bridged?.a === o.a.id && call.bridged.b === o.b.id) call.bridged = undefined
        call.changed()
        resolve(causeOf(reason))
      })
    })
  }

  flow(): void {
    const { sip } = this.#call.exchange.parts
    // Two callers who both wait have only offers: the box answers each, then joins them.
    const bothWait = this.a.state === 'early' && this.b.state === 'early'
    if (this.a.state === 'early') this.a.answerWith(bothWait ? { kind: 'box' } : { kind: 'relay', with: this.b.id })
    if (this.b.state === 'early') this.b.answerWith(bothWait ? { kind: 'box' } : { kind: 'relay', with: this.a.id })
    sip.bridge(this.a.id, this.b.id)
    this.resume()
    for (const file of this.#files) this.#record(file)
  }

  /** That it cannot be recorded is no reason to harm a call. */
  #record(file: string): void {
    const { sip, log } = this.#call.exchange.parts
    try {
      sip.record(this.a.id, file, this.a.direction === 'in' ? 'left' : 'right')
      this.#recorded = true
    } catch (error) {
      log.error('the switch refused to record a call', { call: this.#call.id, file, error })
    }
  }

  /** What was recorded of two is not recorded of the one who stays, or goes on to somebody else. */
  #stopRecording(): void {
    if (!this.#recorded || this.a.dialog.state === 'ended') return
    const { exchange } = this.#call
    exchange.insist('end a recording', () => exchange.parts.sip.stopRecord(this.a.id))
  }

  /** Takes note that audio flows. */
  resume(): this {
    this.#flows = true
    this.a.dialog.peer = this.b.dialog
    this.b.dialog.peer = this.a.dialog
    this.#call.bridged = { a: this.a.id, b: this.b.id, afterwards: this.#afterwards }
    this.#call.changed()
    // Who held the call before it was bridged anew holds it still.
    for (const { dialog } of [this.a, this.b]) if (dialog.held) dialog.holds(true)
    return this
  }

  async join(leg: Leg, manner: Overhearing, o: { to?: Leg } = {}): Promise<Ear> {
    if (!this.#flows) throw new PbxError('calls.not-connected', 'these two do not talk yet', { status: 409 })
    await leg.answer()
    for (const one of [this.a, this.b, leg]) one.gone.throwIfAborted()
    const ear = earAt(this.#call.exchange, this, leg)
    ear.change(manner, o)
    return ear
  }

  record(file: string): void {
    if (this.#flows) this.#record(file)
    else this.#files.push(file)
  }
}
