// One line gone mad: more INVITEs a second, each with the right password, than any box follows; and what it is answered.
import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { formatSdp } from './crowd/sdp.ts'
import { formatMessage, header, readMessage, type SipMessage } from './crowd/sip-message.ts'

export interface FloodOptions {
  readonly to: { readonly host: string; readonly port: number }
  readonly user: string
  readonly password: string
  readonly dials: string
  /** To begin with. */
  readonly perSecond: number
}

/** Sent in bursts of this many milliseconds. */
const BURST = 10
/** How soon a challenge is looked for again while there is none. */
const ASK_AGAIN = 200

interface Challenge {
  readonly realm: string
  readonly nonce: string
  uses: number
}

export class InviteFlood {
  /** Final answers to INVITEs, by status. */
  readonly answers = new Map<number, number>()
  sent = 0
  perSecond: number
  readonly #o: FloodOptions
  readonly #socket: Socket
  readonly #host: string
  readonly #port: number
  #challenge: Challenge | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  private constructor(o: FloodOptions, socket: Socket) {
    this.#o = o
    this.perSecond = o.perSecond
    this.#socket = socket
    const { address, port } = socket.address()
    this.#host = address
    this.#port = port
    socket.on('message', packet => this.#heard(packet))
  }

  static async start(o: FloodOptions): Promise<InviteFlood> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
    socket.bind(0, o.to.host)
    await once(socket, 'listening')
    const flood = new InviteFlood(o, socket)
    let last = performance.now()
    flood.#timer = setInterval(() => {
      const now = performance.now()
      // A late timer catches up, but not with a wave that its own socket would lose.
      const due = Math.min((now - last) / 1000, 0.1) * flood.perSecond
      last = now
      for (let n = 0; n < due; n++) flood.#invite()
    }, BURST)
    return flood
  }

  answered(status: number): number {
    return this.answers.get(status) ?? 0
  }

  /** Sends no more INVITEs, but still acknowledges what comes. */
  pause(): void {
    clearInterval(this.#timer)
  }

  async stop(): Promise<void> {
    this.pause()
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #invite(): void {
    const challenge = this.#challenge
    const now = performance.now()
    if (challenge === undefined && now - this.#askedAt < ASK_AGAIN) return
    if (challenge === undefined) this.#askedAt = now
    const id = ++this.sent
    const { user, dials } = this.#o
    const uri = `sip:${dials}@${this.#domain}`
    const proof = challenge === undefined ? [] : [['Authorization', this.#proof(challenge, uri)] as const]
    const { host, port } = { host: this.#host, port: this.#port }
    this.#send(
      formatMessage(
        `INVITE ${uri} SIP/2.0`,
        [
          ['Via', `SIP/2.0/UDP ${host}:${port};rport;branch=z9hG4bKflood${id}`],
          ['From', `<sip:${user}@${this.#domain}>;tag=f${id}`],
          ['To', `<${uri}>`],
          ['Call-ID', `flood-${id}@${host}:${port}`],
          ['CSeq', '1 INVITE'],
          ['Contact', `<sip:${user}@${host}:${port}>`],
          ['Max-Forwards', '70'],
          ...proof,
          ['Content-Type', 'application/sdp'],
        ],
        formatSdp(host, 9, undefined),
      ),
    )
  }

  #heard(packet: Uint8Array): void {
    const response = readMessage(packet)
    if (response?.status === undefined || response.status < 200) return
    if (!header(response, 'cseq').endsWith('INVITE')) return
    this.#acknowledge(response)
    if (response.status === 401) {
      const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(header(response, 'www-authenticate'))?.[1]
      this.#challenge = { realm: field('realm') ?? '', nonce: field('nonce') ?? '', uses: 0 }
    }
    this.answers.set(response.status, this.answered(response.status) + 1)
  }

  /** RFC 3261 17.1.1.3: of the same transaction as the INVITE. */
  #acknowledge(response: SipMessage): void {
    const kept = ['via', 'from', 'to', 'call-id'].map(name => [name, header(response, name)] as const)
    const uri = `sip:${this.#o.dials}@${this.#domain}`
    this.#send(
      formatMessage(`ACK ${uri} SIP/2.0`, [...kept, ['CSeq', `${Number.parseInt(header(response, 'cseq'), 10)} ACK`]]),
    )
  }

  #proof(challenge: Challenge, uri: string): string {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex')
    const { user, password } = this.#o
    const { realm, nonce } = challenge
    const count = (++challenge.uses).toString(16).padStart(8, '0')
    const response = md5(`${md5(`${user}:${realm}:${password}`)}:${nonce}:${count}:flood:auth:${md5(`INVITE:${uri}`)}`)
    return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=${count}, cnonce="flood"`
  }

  get #domain(): string {
    return `${this.#o.to.host}:${this.#o.to.port}`
  }

  #send(packet: Uint8Array): void {
    this.#socket.send(packet, this.#o.to.port, this.#o.to.host)
  }
}
