// A bare socket to the switch: bytes out, answers in, and a way to know that all that was owed has come.
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { header, type Message, parse, status } from './message.ts'
import { until } from './phone.ts'

export interface Heard {
  readonly statuses: readonly number[]
  /** All answers, one after another. */
  readonly text: string
}

type Server = { readonly host: string; readonly port: number }

let asked = 0

/** A request that every switch answers 200: its answer comes after those to what was sent before it. */
function sentinel(o: { transport: string; host: string; port: number }): { callId: string; bytes: Buffer } {
  const callId = `sentinel-${++asked}`
  const host = o.host.includes(':') ? `[${o.host}]` : o.host
  const lines = [
    'OPTIONS sip:plant SIP/2.0',
    `Via: SIP/2.0/${o.transport} ${host}:${o.port};rport;branch=z9hG4bK${callId}`,
    `From: <sip:sentinel@plant>;tag=${callId}`,
    'To: <sip:plant>',
    `Call-ID: ${callId}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
  ]
  return { callId, bytes: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`) }
}

/** Splits what a connection brought into messages. */
function messagesOf(stream: string): Message[] {
  const out: Message[] = []
  let rest = stream.replace(/^(\r\n)+/, '')
  for (let head = rest.indexOf('\r\n\r\n'); head >= 0; head = rest.indexOf('\r\n\r\n')) {
    const length = Number(/^Content-Length:\s*(\d+)/im.exec(rest.slice(0, head))?.[1] ?? 0)
    out.push(parse(rest.slice(0, head + 4 + length)))
    rest = rest.slice(head + 4 + length).replace(/^(\r\n)+/, '')
  }
  return out
}

export class Wire {
  readonly datagrams: Buffer[] = []
  readonly #server: Server
  readonly #udp: Datagrams | undefined
  readonly #tcp: Socket | undefined
  #stream = ''
  #closed = false

  static async udp(server: Server): Promise<Wire> {
    const socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4')
    socket.bind(0, server.host)
    await once(socket, 'listening')
    return new Wire(server, { udp: socket })
  }

  static async tcp(server: Server): Promise<Wire> {
    const socket = connect(server.port, server.host)
    await once(socket, 'connect')
    return new Wire(server, { tcp: socket })
  }

  private constructor(server: Server, o: { udp?: Datagrams; tcp?: Socket }) {
    this.#server = server
    this.#udp = o.udp
    this.#tcp = o.tcp
    o.udp?.on('message', bytes => this.datagrams.push(bytes))
    o.tcp?.on('data', bytes => {
      this.#stream += bytes.toString('latin1')
    })
    o.tcp?.on('close', () => {
      this.#closed = true
    })
    // Being cut off is an answer.
    o.tcp?.on('error', () => undefined)
  }

  get port(): number {
    return this.#udp?.address().port ?? this.#tcp?.localPort ?? 0
  }

  get bytesHeard(): string {
    return this.#stream
  }

  send(bytes: Buffer): void {
    this.#udp?.send(bytes, this.#server.port, this.#server.host)
    this.#tcp?.write(bytes)
  }

  messages(): Message[] {
    return this.#udp ? this.datagrams.map(bytes => parse(bytes.toString('latin1'))) : messagesOf(this.#stream)
  }

  /** Sends, and returns what it was answered by the time that a later request has its answer. */
  async ask(bytes: Buffer): Promise<Heard> {
    const transport = this.#udp ? 'UDP' : 'TCP'
    const after = sentinel({ transport, host: this.#server.host, port: this.port })
    this.send(bytes)
    this.send(after.bytes)
    const isOurs = (message: Message) => header(message, 'Call-ID') === after.callId
    await until('the request behind it to be answered', () => this.messages().some(isOurs), 20_000)
    return this.#heard(message => !isOurs(message))
  }

  /** Sends, and returns what was said by the time that the connection is closed. */
  async askUntilClosed(bytes: Buffer): Promise<Heard> {
    this.send(bytes)
    await until('the connection to be closed', () => this.#closed, 20_000)
    return this.#heard(() => true)
  }

  async whenHeard(code: number): Promise<void> {
    await until(`a ${code}`, () => this.messages().some(message => status(message) === code), 20_000)
  }

  close(): void {
    this.#udp?.close()
    this.#tcp?.destroy()
  }

  #heard(counts: (message: Message) => boolean): Heard {
    const all = this.messages().filter(counts)
    return { statuses: all.map(status), text: all.map(message => message.text).join('') }
  }
}
