// The control line of baresip's ctrl_tcp module: JSON in netstrings, commands out, answers and events in.

import { connect, type Socket } from 'node:net'

export interface BaresipEvent {
  /** baresip's own word, such as REGISTER_OK, CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED. */
  type: string
  direction?: 'incoming' | 'outgoing'
  peeruri?: string
  id?: string
  /** Of CALL_CLOSED the reason, of REGISTER_FAIL the status line. */
  param?: string
}

interface Answer {
  response: boolean
  ok: boolean
  data?: string
  token?: string
}

type Line = Answer | ({ event: boolean } & BaresipEvent)

export class BaresipControl {
  readonly #socket: Socket
  readonly #waiting = new Map<string, (answer: Answer) => void>()
  readonly #hear: (event: BaresipEvent) => void
  #unread = Buffer.alloc(0)
  #lastToken = 0

  private constructor(socket: Socket, hear: (event: BaresipEvent) => void) {
    this.#socket = socket
    this.#hear = hear
    socket.on('data', chunk => {
      this.#unread = Buffer.concat([this.#unread, chunk])
      this.#read()
    })
    // baresip resets the connection when it quits; its process says what happened.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      for (const [token, settle] of this.#waiting) settle({ response: true, ok: false, data: 'baresip is gone', token })
      this.#waiting.clear()
    })
  }

  /** One attempt; rejects while baresip does not listen yet. */
  static connect(port: number, host: string, hear: (event: BaresipEvent) => void): Promise<BaresipControl> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new BaresipControl(socket, hear))
      })
    })
  }

  /** Runs one of baresip's commands and resolves with what it printed; rejects when it refused. */
  async command(command: string, params = ''): Promise<string> {
    const token = String(++this.#lastToken)
    const answer = await new Promise<Answer>(resolve => {
      this.#waiting.set(token, resolve)
      const text = JSON.stringify({ command, params, token })
      this.#socket.write(`${Buffer.byteLength(text)}:${text},`)
    })
    if (!answer.ok) throw new Error(`baresip refused ${command} ${params}: ${answer.data ?? ''}`)
    return answer.data ?? ''
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(): void {
    for (;;) {
      const colon = this.#unread.indexOf(':')
      if (colon < 0) return
      const length = Number(this.#unread.toString('latin1', 0, colon))
      if (!Number.isInteger(length)) throw new Error('baresip does not speak netstrings on its control port')
      if (this.#unread.length < colon + 1 + length + 1) return
      const text = this.#unread.toString('utf8', colon + 1, colon + 1 + length)
      this.#unread = this.#unread.subarray(colon + length + 2)
      this.#take(JSON.parse(text) as Line)
    }
  }

  #take(line: Line): void {
    if ('event' in line) {
      this.#hear(line)
      return
    }
    this.#waiting.get(line.token ?? '')?.(line)
    this.#waiting.delete(line.token ?? '')
  }
}
