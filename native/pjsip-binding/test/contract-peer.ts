// A phone that goes by itself, for the contract of the switch: it answers what it must, keeps what it was told, sings a tone
// of its own while it talks, and knows by frequency whom it hears.
import { randomBytes } from 'node:crypto'
import type { Binding } from '../../../firmware/kernel/call/sip-port.ts'
import type { SipPeer } from '../../../firmware/testkit/sip-port-stage.ts'
import { decodeG711, encodeG711 } from '../../../hw-tests/audio/g711.ts'
import { header, type Message, mediaPort, method, status, tagOf } from './message.ts'
import { Dialog, type Phone } from './phone.ts'
import { Watch } from './watch.ts'

const NOTHING: Message = { start: 'SIP/2.0 0 Nothing', headers: [], body: '', text: '' }
const RATE = 8000
const PACKET = 160
const ALAW = 8
/** What is heard is judged on the last packets, a fifth of a second. */
const EAR = 10 * PACKET
/** Of a tone of 0.2, so much must arrive at its frequency: mixing and late packets take some. */
const LOUD = 0.02
/** Packets sent at most in one go after the machine was away. */
const MOST_AT_ONCE = 10

export class ContractPeer implements SipPeer {
  readonly binding: Binding
  readonly phone: Phone
  readonly #hertz: (name: string) => number
  readonly #told: string[] = []
  readonly #outcomes: number[] = []
  #dialog: Dialog | undefined
  #ringing: Message | undefined
  #state: ReturnType<SipPeer['state']> = 'idle'
  #hearsRinging = false
  #early = false
  #refusedWith = 0
  #port = 0
  #body = ''
  #extra: readonly string[] = []
  #sung = 0
  #since = 0
  #version = 1
  #watch: Watch | undefined
  #asks: (challenge: Message) => void = () => {}

  constructor(phone: Phone, o: { binding: Binding; hertz(name: string): number }) {
    this.phone = phone
    this.binding = o.binding
    this.#hertz = o.hertz
  }

  state = () => this.#state
  hearsRinging = () => this.#hearsRinging
  hasEarlyMedia = () => this.#early
  refusedWith = () => this.#refusedWith
  told = () => this.#told
  outcomes = () => this.#outcomes

  dials(number: string): void {
    this.#call(number, [])
  }

  dialsToReplace(number: string, other: SipPeer): void {
    const taken = (other as ContractPeer).#dialog
    if (taken === undefined) throw new Error('there is nothing to replace')
    this.#call(number, [`Replaces: ${taken.callId};to-tag=${taken.remoteTag};from-tag=${taken.localTag}`])
  }

  #call(number: string, headers: readonly string[]): void {
    const { user } = this.phone.account
    const token = () => randomBytes(6).toString('hex')
    const [remoteUri, localUri] = [this.phone.uri(number), `sip:${user}@plant`]
    this.#dialog = new Dialog(this.phone, { callId: token(), localTag: token(), remoteUri, localUri, cseq: 0 })
    this.#body = this.phone.sdp({ formats: '8 101' })
    this.#extra = headers
    this.#state = 'calling'
    this.#dialog.invite({ body: this.#body, headers })
  }

  answers(): void {
    const offered = this.#ringing
    if (offered === undefined) throw new Error('it does not ring')
    this.phone.reply(offered, 200, { tag: this.#tag, body: this.phone.sdp({ formats: '8 101' }) })
    this.#dialog = this.phone.dialogOf(offered, this.#tag)
    this.#talks(offered)
  }

  refuses(code: 486 | 603): void {
    if (this.#ringing) this.phone.reply(this.#ringing, code, { tag: this.#tag })
    this.#state = 'over'
  }

  sendsTo(...numbers: readonly string[]): void {
    const contact = (number: string, at: number) => `<${this.phone.uri(number)}>;q=0.${at + 1}`
    const headers = [`Contact: ${numbers.map(contact).join(', ')}`]
    if (this.#ringing) this.phone.reply(this.#ringing, 302, { tag: this.#tag, headers, contact: false })
    this.#state = 'over'
  }

  cancels(): void {
    this.#dialog?.cancel()
  }

  hangsUp(): void {
    this.#dialog?.request('BYE')
    this.#state = 'over'
  }

  holds(held: boolean): void {
    this.#version += 1
    const direction = held ? 'sendonly' : 'sendrecv'
    this.#dialog?.request('INVITE', { body: this.phone.sdp({ formats: '8 101', direction, version: this.#version }) })
  }

  tells(text: string): void {
    this.#dialog?.request('INFO', { body: text, type: 'text/plain' })
  }

  transfersTo(number: string): void {
    this.#dialog?.request('REFER', { headers: [`Refer-To: <sip:${number}@plant>`] })
  }

  asksFor(number: string): void {
    const { user } = this.phone.account
    const [remoteUri, localUri] = [this.phone.uri(user), `sip:${user}@plant`]
    const asking = new Dialog(this.phone, { callId: 'asks', localTag: 'asks', remoteUri, localUri, cseq: 0 })
    const headers = [`Refer-To: <sip:${number}@plant>`]
    asking.request('REFER', { headers })
    this.#asks = challenge => {
      const proof = this.phone.authorize(challenge, { method: 'REFER', uri: remoteUri })
      asking.request('REFER', { headers: [...headers, proof] })
    }
  }

  watches(what: string, target: string): void {
    this.#watch = new Watch(this.phone, { package: what, target })
    this.#watch.subscribes()
  }

  refreshesWatch(): void {
    this.#watch?.subscribes()
  }

  endsWatch(): void {
    this.#watch?.subscribes(0)
  }

  watched = () => this.#watch?.told ?? []
  watchRefusedWith = () => status(this.#watch?.answers.at(-1) ?? NOTHING)

  watchState(): 'asked' | 'active' | 'over' {
    if (this.watchRefusedWith() >= 300 || this.#watch?.state.startsWith('terminated')) return 'over'
    return this.#watch?.notified.length ? 'active' : 'asked'
  }

  listens(): void {
    this.phone.heard.length = 0
  }

  hears(what: string): boolean {
    const packets = this.phone.heard.filter(packet => packet.type === ALAW).slice(-EAR / PACKET)
    const samples = decodeG711('PCMA', Buffer.concat(packets.map(packet => packet.payload)))
    return samples.length === EAR && amplitude(samples, this.#hertz(what)) > LOUD
  }

  get #tag(): string {
    return `peer-${this.phone.account.user}`
  }

  #talks(described: Message): void {
    this.#state = 'talking'
    this.#port = mediaPort(described.body)
    this.#since = performance.now()
    this.#sung = 0
  }

  /** Deals with what came in and sings on; called as often as somebody waits. */
  goOn(): void {
    this.#watch?.goesOn()
    for (const message of this.phone.inbox.splice(0)) {
      if (this.#watch?.takes(message)) continue
      if (status(message) > 0) this.#answered(message)
      else this.#asked(message)
    }
    const due = Math.floor((performance.now() - this.#since) / 20)
    if (this.#state !== 'talking') return
    this.#sung = Math.max(this.#sung, due - MOST_AT_ONCE)
    for (; this.#sung < due; this.#sung += 1)
      this.phone.speak({
        port: this.#port,
        type: ALAW,
        payload: tone(this.#hertz(this.phone.account.user), this.#sung),
      })
  }

  #answered(message: Message): void {
    const [code, what] = [status(message), method(message)]
    if (what === 'INFO' && code >= 200) this.#outcomes.push(code)
    if (what === 'REFER' && code === 401) this.#asks(message)
    if (what !== 'INVITE' || this.#dialog === undefined) return
    const dialog = this.#dialog
    if (code === 180) this.#hearsRinging = true
    if (code > 100 && code < 200 && message.body !== '') this.#early = true
    if (code === 401 && this.#state === 'calling') {
      dialog.ackOf(message)
      const uri = dialog.target
      const proof = this.phone.authorize(message, { method: 'INVITE', uri })
      dialog.invite({ body: this.#body, headers: [...this.#extra, proof] })
    } else if (code >= 200 && code < 300) {
      dialog.acknowledge(message)
      if (this.#state === 'calling') this.#talks(message)
    } else if (code >= 300 && this.#state === 'calling') {
      dialog.ackOf(message)
      this.#refusedWith = code
      this.#state = 'over'
    }
  }

  #asked(message: Message): void {
    const what = method(message)
    const body = this.phone.sdp({ formats: '8 101' })
    if (what === 'ACK') return
    if (what === 'INVITE' && tagOf(header(message, 'To')) === '') {
      this.#ringing = message
      this.#state = 'ringing'
      this.phone.reply(message, 180, { tag: this.#tag })
      return
    }
    if (what === 'CANCEL' && this.#ringing !== undefined && this.#state === 'ringing') {
      this.phone.reply(message, 200, { tag: this.#tag })
      this.#state = 'over'
      this.phone.reply(this.#ringing, 487, { tag: this.#tag })
      return
    }
    if (what === 'BYE') this.#state = 'over'
    if (what === 'INFO') this.#told.push(message.body)
    const outcome = /SIP\/2.0 (\d{3})/.exec(message.body)
    if (what === 'NOTIFY' && outcome) this.#outcomes.push(Number(outcome[1]))
    this.phone.reply(message, 200, { tag: this.#tag, ...(what === 'INVITE' || what === 'UPDATE' ? { body } : {}) })
  }
}

/** The nth packet of a tone that goes on from packet to packet. */
function tone(hertz: number, nth: number): Buffer {
  const sample = (_: unknown, n: number) => 0.2 * Math.sin((2 * Math.PI * hertz * (nth * PACKET + n)) / RATE)
  return Buffer.from(encodeG711('PCMA', Float32Array.from({ length: PACKET }, sample)))
}

/** How loud one frequency is among the samples (Goertzel): packets that come late put steps in, not other tones. */
function amplitude(samples: Float32Array, hertz: number): number {
  let [re, im] = [0, 0]
  samples.forEach((sample, n) => {
    re += sample * Math.cos((2 * Math.PI * hertz * n) / RATE)
    im += sample * Math.sin((2 * Math.PI * hertz * n) / RATE)
  })
  return (2 * Math.hypot(re, im)) / samples.length
}
