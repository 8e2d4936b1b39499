// The SIP socket of one phone of the crowd: sends requests and waits for their answers, proves its password when
// asked, answers requests and repeats an answer when the request is repeated.

import { randomBytes } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { ClientTransactions } from './client-transactions.ts'
import { answerChallenge } from './digest.ts'
import { allHeaders, formatMessage, header, parameter, readMessage, type SipMessage } from './sip-message.ts'

export interface WireOptions {
  user: string
  password?: string
  /** Local address. */
  host: string
  /** Where every request of this phone goes: the box. */
  proxy: { host: string; port: number }
}

export interface OutgoingRequest {
  method: string
  uri: string
  from: string
  to: string
  callId: string
  /** The number to use next; called again when the request is repeated with a password. */
  nextCseq: () => number
  headers?: readonly (readonly [string, string])[]
  body?: string
  provisional?: (response: SipMessage) => void
  /** Told the branch of what was sent last, for CANCEL. */
  sent?: (branch: string, cseq: number) => void
}

export interface Reply {
  status: number
  reason: string
  toTag?: string
  headers?: readonly (readonly [string, string])[]
  body?: string
}

export interface Asked {
  request: SipMessage
  from: RemoteInfo
}

export const methods = 'INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, NOTIFY, INFO, UPDATE'

export class Wire {
  readonly options: WireOptions
  readonly #socket: Socket
  readonly #transactions = new ClientTransactions()
  /** Last answers by branch and method; few are under way at one phone. */
  readonly #answers = new Map<string, Buffer>()
  #hearRequest: (asked: Asked) => void = () => undefined
  #hearStray: (response: SipMessage) => void = () => undefined

  constructor(options: WireOptions) {
    this.options = options
    const ipv6 = options.host.includes(':')
    this.#socket = createSocket({ type: ipv6 ? 'udp6' : 'udp4', recvBufferSize: 1 << 18 })
  }

  /** `request` hears each new request, `stray` the responses that nobody waits for, such as a repeated 2xx. */
  async open(request: (asked: Asked) => void, stray: (response: SipMessage) => void): Promise<void> {
    this.#hearRequest = request
    this.#hearStray = stray
    this.#socket.bind(0, this.options.host)
    await once(this.#socket, 'listening')
    this.#socket.on('message', (packet, from) => this.#hear(packet, from))
  }

  get port(): number {
    return this.#socket.address().port
  }

  get retransmissions(): number {
    return this.#transactions.retransmissions
  }

  get authority(): string {
    const { host } = this.options
    return `${host.includes(':') ? `[${host}]` : host}:${this.port}`
  }

  get contact(): string {
    return `<sip:${this.options.user}@${this.authority}>`
  }

  /** Resolves with the final response; with 408 when none came. A challenge is answered once. */
  async request(request: OutgoingRequest): Promise<SipMessage> {
    const first = await this.#once(request, [])
    if (first.status !== 401 && first.status !== 407) return first
    const [asks, answers] =
      first.status === 401 ? ['www-authenticate', 'Authorization'] : ['proxy-authenticate', 'Proxy-Authorization']
    const { user, password = '' } = this.options
    const proof = answerChallenge(allHeaders(first, asks), { user, password }, request)
    return proof === undefined ? first : await this.#once(request, [[answers, proof]])
  }

  /** Sends what is never answered: ACK. */
  sendAck(request: Omit<OutgoingRequest, 'nextCseq'> & { cseq: number; branch?: string }): void {
    this.#send(this.#format({ ...request, method: 'ACK' }, request.cseq, request.branch ?? newBranch()))
  }

  /** Sends a CANCEL for the INVITE with that branch (RFC 3261 9.1) and resolves with its answer. */
  async cancel(request: OutgoingRequest, branch: string): Promise<SipMessage> {
    return await this.#transact({ ...request, method: 'CANCEL' }, request.nextCseq(), branch)
  }

  reply({ request, from }: Asked, reply: Reply): Buffer {
    const copied = ['via', 'from', 'to', 'call-id', 'cseq', 'record-route'].flatMap(name =>
      allHeaders(request, name).map((value): readonly [string, string] => {
        const tagged = name === 'to' && reply.toTag !== undefined && parameter(value, 'tag') === undefined
        return [name, tagged ? `${value};tag=${reply.toTag}` : value]
      }),
    )
    const headers = [...copied, ['Contact', this.contact] as const, ...(reply.headers ?? [])]
    const packet = formatMessage(`SIP/2.0 ${reply.status} ${reply.reason}`, headers, reply.body)
    this.#remember(transactionOf(request), packet)
    this.#socket.send(packet, from.port, from.address)
    return packet
  }

  resend(packet: Buffer, { from }: Asked): void {
    this.#socket.send(packet, from.port, from.address)
  }

  async close(): Promise<void> {
    this.#transactions.closeAll()
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  async #once(request: OutgoingRequest, extra: readonly (readonly [string, string])[]): Promise<SipMessage> {
    const [cseq, branch] = [request.nextCseq(), newBranch()]
    request.sent?.(branch, cseq)
    const headers = [...(request.headers ?? []), ...extra]
    const response = await this.#transact({ ...request, headers }, cseq, branch)
    // RFC 3261 17.1.1.3: the ACK of a refusal belongs to the INVITE's transaction.
    if (request.method === 'INVITE' && (response.status ?? 0) >= 300) {
      const { uri, from, callId } = request
      this.sendAck({ method: 'ACK', uri, from, callId, to: header(response, 'to') || request.to, cseq, branch })
    }
    return response
  }

  #transact(request: OutgoingRequest, cseq: number, branch: string): Promise<SipMessage> {
    return new Promise(resolve => {
      this.#transactions.start({
        branch: `${branch} ${request.method}`,
        packet: this.#format(request, cseq, branch),
        invite: request.method === 'INVITE',
        send: packet => this.#send(packet),
        hear: response => {
          if ((response.status ?? 0) >= 200) resolve(response)
          else request.provisional?.(response)
        },
        lost: () => resolve({ status: 408, reason: 'Request Timeout', headers: [], body: '' }),
      })
    })
  }

  #format(request: Omit<OutgoingRequest, 'nextCseq'>, cseq: number, branch: string): Buffer {
    const headers: (readonly [string, string])[] = [
      ['Via', `SIP/2.0/UDP ${this.authority};rport;branch=${branch}`],
      ['Max-Forwards', '70'],
      ['From', request.from],
      ['To', request.to],
      ['Call-ID', request.callId],
      ['CSeq', `${cseq} ${request.method}`],
      ['Contact', this.contact],
      ['User-Agent', 'plant-pbx crowd'],
      ...(request.headers ?? []),
    ]
    return formatMessage(`${request.method} ${request.uri} SIP/2.0`, headers, request.body)
  }

  #send(packet: Buffer): void {
    this.#socket.send(packet, this.options.proxy.port, this.options.proxy.host)
  }

  #hear(packet: Buffer, from: RemoteInfo): void {
    const message = readMessage(packet)
    if (!message) return
    if (message.method === undefined) {
      const method = header(message, 'cseq').split(' ')[1] ?? ''
      const branch = parameter(header(message, 'via'), 'branch') ?? ''
      if (!this.#transactions.hear(`${branch} ${method}`, message)) this.#hearStray(message)
      return
    }
    const answered = this.#answers.get(transactionOf(message))
    if (answered) this.#socket.send(answered, from.port, from.address)
    else this.#hearRequest({ request: message, from })
  }

  #remember(transaction: string, packet: Buffer): void {
    this.#answers.set(transaction, packet)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > 32 && oldest !== undefined) this.#answers.delete(oldest)
  }
}

export function newBranch(): string {
  return `z9hG4bK${randomBytes(8).toString('hex')}`
}

function transactionOf(request: SipMessage): string {
  return `${parameter(header(request, 'via'), 'branch')} ${request.method}`
}
