// A carrier that speaks SIP over TLS, or a proxy over TCP: what the box sends it arrives as text, and every byte of its answers is the test's own.
import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Peer } from '../../../firmware/kernel/call/sip-port.ts'
import { freePort } from '../../../hw-tests/lab/free-port.ts'
import { header, type Message, method, parse, status } from './message.ts'
import { until } from './phone.ts'

export class Carrier {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly connections: TLSSocket[] = []
  /** Names that the box asked for in its handshakes. */
  readonly asked: string[] = []
  readonly messages: Message[] = []
  pings = 0
  /** Answers to its own pings. */
  pongs = 0
  /** Whether it answers pings (RFC 5626). */
  answersPings = true
  readonly #server: Server
  readonly #transport: 'tls' | 'tcp'
  readonly #by = new WeakMap<Message, TLSSocket>()

  private constructor(port: number, options: TlsOptions | undefined) {
    this.port = port
    this.#transport = options ? 'tls' : 'tcp'
    const accept = (socket: Socket): void => this.#accept(socket as TLSSocket)
    this.#server = options ? createServer(options, accept) : createPlainServer(accept)
    this.#server.on('tlsClientError', () => {})
  }

  /** Without `options` over TCP. */
  static async open(options?: TlsOptions, port?: number): Promise<Carrier> {
    const carrier = new Carrier(port ?? (await freePort()), options)
    await new Promise<void>(resolve => carrier.#server.listen(carrier.port, carrier.host, resolve))
    return carrier
  }

  /** As the switch is told of it. */
  peer(o: Partial<Peer> = {}): Peer {
    const address = { family: 4, host: this.host, port: this.port, transport: 'tls' } as const
    return { address, names: ['carrier.example'], fingerprints: [], showsCertificate: false, ...o }
  }

  #accept(socket: TLSSocket): void {
    this.connections.push(socket)
    this.asked.push(String(socket.servername))
    let pending = ''
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1')
      while (pending.startsWith('\r\n\r\n')) {
        pending = pending.slice(4)
        this.pings += 1
        if (this.answersPings) socket.write('\r\n')
      }
      while (pending.startsWith('\r\n') && !pending.startsWith('\r\n\r')) {
        pending = pending.slice(2)
        this.pongs += 1
      }
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const length = end + 4 + Number(/^Content-Length:\s*(\d+)/im.exec(pending.slice(0, end))?.[1] ?? 0)
        if (pending.length < length) return
        const message = parse(pending.slice(0, length))
        this.#by.set(message, socket)
        this.messages.push(message)
        pending = pending.slice(length)
      }
    })
  }

  get connection(): TLSSocket {
    const last = this.connections.at(-1)
    if (last === undefined) throw new Error('nobody has connected to the carrier')
    return last
  }

  /** The name that the connection was asked for by which it came. */
  nameFor(request: Message): string {
    return String(this.#by.get(request)?.servername)
  }

  request(name: string): Promise<Message> {
    return until(`a ${name} at the carrier`, () => {
      const at = this.messages.findIndex(one => status(one) === 0 && method(one) === name)
      return at < 0 ? undefined : this.messages.splice(at, 1)[0]
    })
  }

  reply(
    request: Message,
    code: number,
    o: { headers?: readonly string[]; body?: string; trailing?: string } = {},
  ): void {
    const copied = ['Via', 'From', 'Call-ID', 'CSeq', 'Record-Route']
      .flatMap(name => request.headers.filter(([key]) => key === name))
      .map(([key, value]) => `${key}: ${value}`)
    const body = o.body ?? ''
    const lines = [
      `SIP/2.0 ${code} Answer`,
      ...copied,
      `To: ${header(request, 'To')}${header(request, 'To').includes('tag=') ? '' : ';tag=carrier'}`,
      `Contact: <sip:${this.host}:${this.port};transport=${this.#transport}>`,
      ...(o.headers ?? []),
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ]
    const connection = this.#by.get(request) ?? this.connection
    connection.write(`${lines.join('\r\n')}\r\n\r\n${body}${o.trailing ?? ''}`)
  }

  async close(): Promise<void> {
    for (const socket of this.connections) socket.destroy()
    await new Promise<void>(resolve => this.#server.close(() => resolve()))
  }
}
