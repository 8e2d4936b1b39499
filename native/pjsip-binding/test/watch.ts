// A lamp of a test phone: one subscription (RFC 6665), answered NOTIFY by NOTIFY, byte for byte the test's own.
import { randomBytes } from 'node:crypto'
import { header, type Message, method, status, tagOf, uriOf } from './message.ts'
import type { Phone } from './phone.ts'

/** A SUBSCRIBE without an answer is sent again, and one that was put off is made again, after so many milliseconds. */
const AGAIN = 1000

const token = () => randomBytes(6).toString('hex')

export class Watch {
  readonly phone: Phone
  readonly package: string
  readonly target: string
  readonly callId = token()
  readonly localTag = token()
  remoteTag = ''
  remoteTarget: string
  cseq = 0
  /** NOTIFYs as they came. */
  readonly notified: Message[] = []
  /** Final answers to its SUBSCRIBEs. */
  readonly answers: Message[] = []
  /** How it answers a NOTIFY; 0: not at all. */
  answersWith = 200
  readonly #headers: readonly string[]
  #asked = ''

  constructor(phone: Phone, o: { package: string; target: string; headers?: readonly string[] }) {
    this.phone = phone
    this.package = o.package
    this.target = o.target
    this.remoteTarget = phone.uri(o.target)
    this.#headers = o.headers ?? []
  }

  /** Bodies told. */
  get told(): readonly string[] {
    return this.notified.map(message => message.body)
  }
  /** Numbers of the NOTIFYs. */
  get numbers(): readonly number[] {
    return this.notified.map(message => Number.parseInt(header(message, 'CSeq'), 10))
  }
  get state(): string {
    const last = this.notified.at(-1)
    return last ? header(last, 'Subscription-State') : ''
  }

  /** Sends SUBSCRIBE; `takes` answers the challenge. */
  subscribes(expires = 600, headers: readonly string[] = []): void {
    this.cseq += 1
    const remoteTag = this.remoteTag === '' ? '' : `;tag=${this.remoteTag}`
    const lines = [
      `SUBSCRIBE ${this.remoteTarget} SIP/2.0`,
      this.phone.via(),
      `From: <sip:${this.phone.account.user}@plant>;tag=${this.localTag}`,
      `To: <${this.phone.uri(this.target)}>${remoteTag}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${this.cseq} SUBSCRIBE`,
      `Contact: ${this.phone.contact}`,
      'Max-Forwards: 70',
      `Event: ${this.package}`,
      `Expires: ${expires}`,
      ...this.#headers,
      ...headers,
    ]
    this.#expires = expires
    this.#since = performance.now()
    this.#waits = 'answer'
    this.#asked = `${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`
    this.phone.sendRaw(this.#asked)
  }
  #expires = 600
  #since = 0
  #waits: 'answer' | 'turn' | 'nothing' = 'nothing'

  /** As any phone: packets get lost, and a busy box says later. Called as often as somebody waits. */
  goesOn(): void {
    if (this.#waits === 'nothing' || performance.now() < this.#since + AGAIN) return
    this.#since = performance.now()
    if (this.#waits === 'answer') this.repeats()
    else this.subscribes(this.#expires)
  }

  /** The last SUBSCRIBE once more, as if its answer had been lost. */
  repeats(): void {
    this.phone.sendRaw(this.#asked)
  }

  /** Whether the message was this lamp's; if so it was dealt with. */
  takes(message: Message): boolean {
    if (header(message, 'Call-ID') !== this.callId) return false
    if (method(message) === 'SUBSCRIBE') this.#answered(message)
    else if (method(message) === 'NOTIFY') this.#told(message)
    return true
  }

  #answered(message: Message): void {
    if (header(message, 'CSeq') !== `${this.cseq} SUBSCRIBE`) return
    if (status(message) === 401 && this.#asked.includes('\r\nAuthorization:')) {
      this.#waits = 'nothing'
      this.answers.push(message)
      return
    }
    if (status(message) === 401) {
      const proof = this.phone.authorize(message, { method: 'SUBSCRIBE', uri: this.remoteTarget })
      this.subscribes(this.#expires, [proof])
      return
    }
    if (status(message) < 200) return
    this.#waits = status(message) === 503 ? 'turn' : 'nothing'
    if (status(message) === 503) return
    this.answers.push(message)
    if (status(message) >= 300) return
    this.remoteTag = tagOf(header(message, 'To'))
    this.remoteTarget = uriOf(header(message, 'Contact'))
  }

  #told(message: Message): void {
    // A copy is answered and not counted: its first may have lost its answer.
    if (header(message, 'CSeq') !== header(this.notified.at(-1) ?? message, 'CSeq') || this.notified.length === 0)
      this.notified.push(message)
    if (this.answersWith > 0) this.phone.reply(message, this.answersWith)
  }
}
