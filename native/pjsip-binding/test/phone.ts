// A phone made of two UDP sockets: SIP written by hand on one, RTP on the other.
import { createHash, randomBytes } from 'node:crypto'
import type { Socket } from 'node:dgram'
import type { ConnectionOptions } from 'node:tls'
import { bound, type Link, type Server, tcpLink, tlsLink, udpLink } from './link.ts'
import { header, headersOf, type Message, method, parse, sdpOf, status, tagOf, uriOf } from './message.ts'

export interface Packet {
  readonly type: number
  readonly sequence: number
  readonly ssrc: number
  readonly payload: Buffer
  /** The whole packet as it came. */
  readonly raw: Buffer
  readonly from: { readonly address: string; readonly port: number }
}

export interface Account {
  readonly user: string
  readonly secret: string
}

/** How long after a 503 a phone tries again, milliseconds. */
const LATER = 500

const token = (): string => randomBytes(6).toString('hex')
const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex')

/** Polls until `found` gives something, at most `patience` milliseconds. */
export async function until<T>(what: string, found: () => T | undefined | false, patience = 20_000): Promise<T> {
  const deadline = performance.now() + patience
  for (;;) {
    const value = found()
    if (value !== undefined && value !== false) return value
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

export class Phone {
  readonly host: string
  readonly server: { readonly host: string; readonly port: number }
  readonly account: Account
  readonly #rtp: Socket
  readonly inbox: Message[] = []
  readonly heard: Packet[] = []
  #link: Link | undefined
  #sequence = 1

  /** `trust`: whom a phone on TLS believes, and the certificate that it shows. */
  static async open(o: {
    server: Server
    account: Account
    host?: string
    transport?: 'udp' | 'tcp' | 'tls'
    trust?: ConnectionOptions
  }): Promise<Phone> {
    const host = o.host ?? o.server.host
    const phone = new Phone({ ...o, host, rtp: await bound(host) })
    phone.#trust = o.trust ?? {}
    await phone.connect(o.transport ?? 'udp').catch(error => {
      phone.#rtp.close()
      throw error
    })
    return phone
  }

  constructor(o: { server: Server; account: Account; host: string; rtp: Socket }) {
    this.server = o.server
    this.account = o.account
    this.host = o.host
    this.#rtp = o.rtp
    this.#rtp.on('message', (data, from) => {
      if (data.length < 12) return
      this.heard.push({
        type: (data[1] ?? 0) & 127,
        sequence: data.readUInt16BE(2),
        ssrc: data.readUInt32BE(8),
        payload: data.subarray(12),
        raw: data,
        from,
      })
    })
  }

  #trust: ConnectionOptions = {}

  /** Also a second time, as a phone does whose connection broke. */
  async connect(transport: 'udp' | 'tcp' | 'tls'): Promise<void> {
    const arrived = (text: string): void => void this.inbox.push(parse(text))
    if (transport === 'udp') this.#link = await udpLink(this.host, this.server, arrived)
    else if (transport === 'tcp') this.#link = await tcpLink(this.server, arrived)
    else this.#link = await tlsLink(this.server, this.#trust, arrived)
  }

  /** The network cable: nothing is said. */
  disconnect(): void {
    this.#wire.close()
  }

  get #wire(): Link {
    if (!this.#link) throw new Error('the phone is not connected')
    return this.#link
  }
  get sipPort(): number {
    return this.#wire.port
  }
  get rtpPort(): number {
    return this.#rtp.address().port
  }
  get contact(): string {
    const transport = this.#wire.transport === 'UDP' ? '' : `;transport=${this.#wire.transport.toLowerCase()}`
    return `<sip:${this.account.user}@${this.#bracketed(this.host)}:${this.sipPort}${transport}>`
  }
  #bracketed(host: string): string {
    return host.includes(':') ? `[${host}]` : host
  }
  uri(user: string): string {
    return `sip:${user}@${this.#bracketed(this.server.host)}:${this.server.port}`
  }
  sdp(o: { formats?: string; lines?: readonly string[]; direction?: string; version?: number } = {}): string {
    return sdpOf({ host: this.host, port: this.rtpPort, ...o })
  }

  close(): void {
    this.#wire.close()
    this.#rtp.close()
  }

  /** Sees what is sent; false keeps it back. */
  onSend: ((text: string) => boolean) | undefined

  sendRaw(text: string | Buffer): void {
    if (this.onSend && !this.onSend(text.toString('latin1'))) return
    this.#wire.send(text)
  }

  /** `sequence`: a number of the test's own, also for the time that it stands for. */
  speak(o: { port: number; type?: number; payload?: Buffer; host?: string; sequence?: number }): void {
    const sequence = o.sequence ?? this.#sequence
    const packet = Buffer.alloc(12 + (o.payload?.length ?? 160))
    packet[0] = 0x80
    packet[1] = o.type ?? 0
    packet.writeUInt16BE(sequence & 0xffff, 2)
    packet.writeUInt32BE((sequence * 160) >>> 0, 4)
    packet.writeUInt32BE(0x11223344, 8)
    this.#sequence = sequence + 1
    ;(o.payload ?? Buffer.alloc(160, 0x55)).copy(packet, 12)
    this.#rtp.send(packet, o.port, o.host ?? this.server.host)
  }

  /** Something that is no speech, from where the phone speaks: RTCP on the same port (RFC 5761). */
  sendMedia(packet: Buffer, port: number): void {
    this.#rtp.send(packet, port, this.server.host)
  }

  /** The next message that fits, taken out of the inbox. */
  next(what: string, fits: (message: Message) => boolean, patience?: number): Promise<Message> {
    return until(
      `${this.account.user}: ${what}`,
      () => {
        const at = this.inbox.findIndex(fits)
        return at < 0 ? undefined : this.inbox.splice(at, 1)[0]
      },
      patience,
    )
  }
  response(code: number, to: string, patience?: number): Promise<Message> {
    return this.next(`${code} to ${to}`, m => status(m) === code && method(m) === to, patience)
  }
  request(name: string, patience?: number): Promise<Message> {
    return this.next(name, m => status(m) === 0 && method(m) === name, patience)
  }

  via(branch = `z9hG4bK${token()}`): string {
    return `Via: SIP/2.0/${this.#wire.transport} ${this.#bracketed(this.host)}:${this.sipPort};rport;branch=${branch}`
  }

  /** An Authorization line for a 401; `algorithm` picks one of the challenges. */
  authorize(
    challenge: Message,
    o: { method: string; uri: string; algorithm?: string; secret?: string; nc?: number; user?: string },
  ): string {
    const wanted = o.algorithm ?? 'MD5'
    const line = headersOf(challenge, 'WWW-Authenticate').find(value => value.includes(`algorithm=${wanted}`)) ?? ''
    const part = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(line)?.[1] ?? ''
    const digest = (text: string): string => hash(wanted === 'MD5' ? 'md5' : 'sha256', text)
    const user = o.user ?? this.account.user
    const nc = (o.nc ?? 1).toString(16).padStart(8, '0')
    const cnonce = 'abcdef01'
    const ha1 = digest(`${user}:${part('realm')}:${o.secret ?? this.account.secret}`)
    const response = digest(`${ha1}:${part('nonce')}:${nc}:${cnonce}:auth:${digest(`${o.method}:${o.uri}`)}`)
    return (
      `Authorization: Digest username="${user}", realm="${part('realm')}", nonce="${part('nonce')}", uri="${o.uri}", ` +
      `response="${response}", algorithm=${wanted}, qop=auth, nc=${nc}, cnonce="${cnonce}"`
    )
  }

  async register(
    o: {
      expires?: number
      algorithm?: string
      callId?: string
      outcome?: number
      patience?: number
      contact?: string
      headers?: readonly string[]
    } = {},
  ): Promise<Message> {
    const callId = o.callId ?? token()
    const uri = `sip:${this.#bracketed(this.server.host)}`
    const send = (cseq: number, extra: string[]): void => {
      this.send({
        start: `REGISTER ${uri} SIP/2.0`,
        headers: [
          this.via(),
          `From: <sip:${this.account.user}@plant>;tag=r${callId}`,
          `To: <sip:${this.account.user}@plant>`,
          `Call-ID: ${callId}`,
          `CSeq: ${cseq} REGISTER`,
          'Max-Forwards: 70',
          `Contact: ${o.contact ?? this.contact}`,
          `Expires: ${o.expires ?? 300}`,
          'User-Agent: test phone',
          ...(o.headers ?? []),
          ...extra,
        ],
      })
    }
    // A busy box says later (503), as to any phone.
    const answered = (code: number) =>
      this.next(
        `${code} to REGISTER`,
        message => method(message) === 'REGISTER' && [code, 503].includes(status(message)),
        o.patience,
      )
    for (let cseq = 1; ; cseq += 2) {
      send(cseq, [])
      const challenge = await answered(401)
      if (status(challenge) === 401) {
        const algorithm = o.algorithm === undefined ? {} : { algorithm: o.algorithm }
        send(cseq + 1, [this.authorize(challenge, { method: 'REGISTER', uri, ...algorithm })])
        const final = await answered(o.outcome ?? 200)
        if (status(final) === (o.outcome ?? 200)) return final
      }
      await new Promise(resolve => setTimeout(resolve, LATER))
    }
  }

  send(o: { start: string; headers: readonly string[]; body?: string; type?: string }): void {
    const body = o.body ?? ''
    const type = body === '' ? [] : [`Content-Type: ${o.type ?? 'application/sdp'}`]
    this.sendRaw([o.start, ...o.headers, ...type, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'))
  }

  /** Answers a request. The To tag makes the dialog; `dialog` keeps it for requests of our own. */
  reply(
    request: Message,
    code: number,
    o: { body?: string; tag?: string; headers?: readonly string[]; contact?: false } = {},
  ): void {
    const to = header(request, 'To')
    this.send({
      start: `SIP/2.0 ${code} Test`,
      headers: [
        ...headersOf(request, 'Via').map(value => `Via: ${value}`),
        ...headersOf(request, 'Record-Route').map(value => `Record-Route: ${value}`),
        `From: ${header(request, 'From')}`,
        `To: ${to}${tagOf(to) === '' && o.tag !== undefined ? `;tag=${o.tag}` : ''}`,
        `Call-ID: ${header(request, 'Call-ID')}`,
        `CSeq: ${header(request, 'CSeq')}`,
        ...(o.contact === false ? [] : [`Contact: ${this.contact}`]),
        ...(o.headers ?? []),
      ],
      ...(o.body === undefined ? {} : { body: o.body }),
    })
  }

  /** Calls somebody; with `secret` it answers the challenge. Returns once the final INVITE is out. */
  async invite(
    number: string,
    o: { body?: string; headers?: readonly string[]; challenged?: boolean; from?: string } = {},
  ): Promise<Dialog> {
    const dialog = new Dialog(this, {
      callId: token(),
      localTag: token(),
      remoteUri: this.uri(number),
      localUri: `sip:${this.account.user}@plant`,
      cseq: 0,
    })
    const body = o.body ?? this.sdp()
    dialog.invite({ body, ...(o.headers ? { headers: o.headers } : {}) })
    if (o.challenged === false) return dialog
    const challenge = await this.response(401, 'INVITE')
    dialog.ackOf(challenge)
    const authorization = this.authorize(challenge, { method: 'INVITE', uri: this.uri(number) })
    dialog.invite({ body, headers: [...(o.headers ?? []), authorization] })
    return dialog
  }

  /** The dialog of an INVITE that was received. */
  dialogOf(request: Message, tag: string): Dialog {
    const dialog = new Dialog(this, {
      callId: header(request, 'Call-ID'),
      localTag: tag,
      remoteUri: uriOf(header(request, 'From')),
      localUri: uriOf(header(request, 'To')),
      cseq: 100,
    })
    dialog.target = uriOf(header(request, 'Contact'))
    dialog.remoteTag = tagOf(header(request, 'From'))
    return dialog
  }
}

/** One side of a call, as the phone keeps it. */
export class Dialog {
  readonly phone: Phone
  readonly callId: string
  readonly localTag: string
  readonly #remoteUri: string
  readonly #localUri: string
  remoteTag = ''
  target: string
  cseq: number
  #branch = ''

  constructor(
    phone: Phone,
    o: { callId: string; localTag: string; remoteUri: string; localUri: string; cseq: number },
  ) {
    this.phone = phone
    this.callId = o.callId
    this.localTag = o.localTag
    this.#remoteUri = o.remoteUri
    this.#localUri = o.localUri
    this.target = o.remoteUri
    this.cseq = o.cseq
  }

  request(
    name: string,
    o: {
      cseq?: number
      branch?: string
      body?: string
      type?: string
      headers?: readonly string[]
      callId?: string
    } = {},
  ): void {
    const remoteTag = this.remoteTag === '' ? '' : `;tag=${this.remoteTag}`
    this.phone.send({
      start: `${name} ${this.target} SIP/2.0`,
      headers: [
        this.phone.via(o.branch),
        `From: "Test" <${this.#localUri}>;tag=${this.localTag}`,
        `To: <${this.#remoteUri}>${remoteTag}`,
        `Call-ID: ${o.callId ?? this.callId}`,
        `CSeq: ${o.cseq ?? ++this.cseq} ${name}`,
        `Contact: ${this.phone.contact}`,
        'Max-Forwards: 70',
        ...(o.headers ?? []),
      ],
      ...(o.body === undefined ? {} : { body: o.body }),
      ...(o.type === undefined ? {} : { type: o.type }),
    })
  }

  invite(o: { body: string; headers?: readonly string[] }): void {
    this.#branch = `z9hG4bK${token()}`
    this.cseq += 1
    this.request('INVITE', { cseq: this.cseq, branch: this.#branch, ...o })
  }

  /** ACK to a refusal: same branch as the INVITE. */
  ackOf(final: Message): void {
    this.remoteTag = tagOf(header(final, 'To'))
    this.request('ACK', { cseq: this.cseq, branch: this.#branch })
    this.remoteTag = ''
  }

  cancel(): void {
    this.request('CANCEL', { cseq: this.cseq, branch: this.#branch })
  }

  /** Takes an answer: remembers tag and target, acknowledges. */
  acknowledge(answer: Message, o: { body?: string } = {}): void {
    this.remoteTag = tagOf(header(answer, 'To'))
    const contact = header(answer, 'Contact')
    if (contact !== '') this.target = uriOf(contact)
    this.request('ACK', { cseq: Number.parseInt(header(answer, 'CSeq'), 10), ...o })
  }

  async bye(): Promise<Message> {
    this.request('BYE')
    return this.phone.response(200, 'BYE')
  }
}
