// A telephone with real audio for tests, the demo and benchmarks: registers, calls, answers, holds, transfers, sends
// digits, plays and records WAV files. Each runs as a process of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { EventQueue } from './event-queue.ts'
import { type NextOptions, SoftphoneCall } from './softphone-call.ts'
import type {
  ChildLine,
  SoftphoneEvent,
  SoftphoneEventName,
  SoftphoneEvents,
  SoftphoneOptions,
} from './softphone-events.ts'

export { SoftphoneCall } from './softphone-call.ts'
export type { Codec, SoftphoneEvent, SoftphoneEvents, SoftphoneOptions } from './softphone-events.ts'

type Heard = { event: SoftphoneEvent; call: SoftphoneCall | undefined }
type Pending = { settle: (result: unknown) => void; reject: (error: Error) => void; command: string }

/** Milliseconds after which a registrar that had too much to do is asked again. */
const ASK_AGAIN = 2000

export class Softphone {
  readonly options: SoftphoneOptions
  readonly calls = new Map<number, SoftphoneCall>()
  /** The address by which this phone can be called directly. */
  uri = ''
  port = 0
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #events = new EventQueue<Heard>()
  readonly #listeners = new Set<(event: SoftphoneEvent, call: SoftphoneCall | undefined) => void>()
  readonly #exit: Promise<void>
  #lastId = 0
  #stderr = ''

  private constructor(options: SoftphoneOptions) {
    this.options = options
    const program = fileURLToPath(new URL('./child.ts', import.meta.url))
    const [command = process.execPath, ...rest] = [...(options.within ?? []), process.execPath, ...nodeOptions, program]
    this.#child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr?.on('data', chunk => {
      this.#stderr = (this.#stderr + chunk).slice(-2000)
    })
    // A phone that just died refuses the line: its exit says so to whoever waits.
    this.#child.stdin?.on('error', () => undefined)
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on('line', line => this.#hear(line))
    this.#exit = new Promise(done => {
      this.#child.once('close', (code, signal) => {
        this.#fail(new Error(`the softphone ${options.user} ended (${signal ?? code}): ${this.#stderr.trim()}`))
        done()
      })
    })
  }

  /** Starts the process and opens its SIP port; does not register yet. Rejects when the address cannot be bound. */
  static async start(options: SoftphoneOptions): Promise<Softphone> {
    const phone = new Softphone(options)
    const rtpPort = 20000 + 2 * Math.floor(Math.random() * 10000)
    try {
      const { port, uri } = (await phone.command('start', { rtpPort, ...options })) as { port: number; uri: string }
      phone.port = port
      phone.uri = uri
      return phone
    } catch (error) {
      await phone.kill()
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The youngest call that has not ended; throws when there is none. */
  get current(): SoftphoneCall {
    const call = [...this.calls.values()].at(-1)
    if (!call) throw new Error(`the softphone ${this.options.user} has no call`)
    return call
  }

  /**
   * Registers and resolves when the registrar accepted; rejects with its status when it did not. A registrar that has
   * too much to do (503) is asked again, as any phone does.
   */
  async register(withinSeconds = 30): Promise<void> {
    const deadline = performance.now() + withinSeconds * 1000
    for (;;) {
      await this.command('register', { active: true })
      const { status, reason, active } = await this.next('registration', { withinSeconds })
      if (active) return
      if (status !== 503 || performance.now() > deadline)
        throw new Error(`registration of ${this.options.user} failed: ${status} ${reason}`)
      await new Promise(resolve => setTimeout(resolve, ASK_AGAIN))
    }
  }

  async unregister(): Promise<void> {
    await this.command('register', { active: false })
    await this.next('registration')
  }

  /** Dials a number at the registrar, or an address, and returns at once with the call. */
  async call(to: string, options: { headers?: Record<string, string> } = {}): Promise<SoftphoneCall> {
    // The call's own events may stand right behind the answer: its object must be there before they are read.
    const read = (result: unknown) => this.#callOf((result as { call: number }).call)
    return await this.#ask('call', { to: this.uriOf(to), ...options }, read)
  }

  /** The next incoming call, whether it already rings or not. */
  async nextCall(withinSeconds = 30): Promise<SoftphoneCall> {
    const heard = await this.#events.take('an incoming call', ({ event }) => event.event === 'incoming', withinSeconds)
    if (!heard.call) throw new Error('an incoming call without a number')
    return heard.call
  }

  async answer(status = 200): Promise<void> {
    await this.current.answer(status)
  }

  async hangup(): Promise<void> {
    await this.current.hangup()
  }

  async hold(): Promise<void> {
    await this.current.hold()
  }

  async resume(): Promise<void> {
    await this.current.resume()
  }

  async transfer(to: string | SoftphoneCall): Promise<void> {
    await this.current.transfer(to)
  }

  async dtmf(digits: string, method: 'rfc4733' | 'info' = 'rfc4733'): Promise<void> {
    await this.current.dtmf(digits, method)
  }

  /** Speaks a WAV file (16 bit PCM, mono) into every call, from the first call that listens; `played` tells its end. */
  async play(wav: string, { loop = false }: { loop?: boolean } = {}): Promise<void> {
    await this.command('play', { file: resolve(wav), loop })
  }

  async stopPlaying(): Promise<void> {
    await this.command('stopPlaying')
  }

  /** Writes what the phone hears to a WAV file (16 kHz) until `stopRecording`, which completes the file. */
  async record(wav: string): Promise<void> {
    await this.command('record', { file: resolve(wav) })
  }

  async stopRecording(): Promise<void> {
    await this.command('stopRecording')
  }

  /** Sends a MESSAGE outside a call (RFC 3428) and resolves with the status that the far side gave. */
  async message(to: string, body: string, mime = 'text/plain'): Promise<number> {
    await this.command('message', { to: this.uriOf(to), body, mime })
    return (await this.next('message-sent')).status
  }

  /** The next event with that name that nobody has taken yet, past ones included. */
  async next<N extends SoftphoneEventName>(name: N, options: NextOptions<N> = {}): Promise<SoftphoneEvents[N]> {
    return await this.take(name, options)
  }

  /** Hears every event, without taking it. Returns how to stop. */
  on(listener: (event: SoftphoneEvent, call: SoftphoneCall | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Ends calls and registration in good order, then the process. */
  async stop(): Promise<void> {
    this.#child.stdin?.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await this.#exit
    clearTimeout(timer)
  }

  /** The phone's plug is pulled: no BYE, no un-REGISTER. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  /** A full SIP URI for what a person would dial at this phone. */
  uriOf(to: string): string {
    const { registrar, transport = 'udp' } = this.options
    const suffix = transport === 'udp' ? '' : `;transport=${transport}`
    if (/^sips?:/.test(to)) return to.includes(';transport=') ? to : to + suffix
    if (to.includes('@')) return `sip:${to}${suffix}`
    if (!registrar) throw new Error(`${to}: a phone without registrar can only call addresses`)
    return `sip:${to.replaceAll('#', '%23')}@${registrar.replace(/^sips?:/, '').replace(/;.*$/, '')}${suffix}`
  }

  /** For SoftphoneCall. */
  async take<N extends SoftphoneEventName>(
    name: N,
    { where, withinSeconds = 30, call }: NextOptions<N> & { call?: SoftphoneCall },
  ): Promise<SoftphoneEvents[N]> {
    const matches = (heard: Heard): boolean => {
      if (heard.event.event !== name || (call && heard.call !== call)) return false
      return where?.(heard.event as unknown as SoftphoneEvents[N]) ?? true
    }
    const heard = await this.#events.take(`${name} at ${this.options.user}`, matches, withinSeconds)
    return heard.event as unknown as SoftphoneEvents[N]
  }

  /** For SoftphoneCall: one command to the child; rejects with what the library says. */
  command(command: string, args: object = {}): Promise<unknown> {
    return this.#ask(command, args, result => result)
  }

  #ask<T>(command: string, args: object, read: (result: unknown) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        return reject(new Error(`the softphone ${this.options.user} is gone: ${this.#stderr.trim()}`))
      }
      const id = ++this.#lastId
      this.#pending.set(id, { settle: result => resolve(read(result)), reject, command })
      this.#child.stdin?.write(`${JSON.stringify({ id, command, args })}\n`)
    })
  }

  #hear(text: string): void {
    const line = JSON.parse(text) as ChildLine
    if ('event' in line) {
      this.#tell(line)
      return
    }
    const pending = this.#pending.get(line.id)
    this.#pending.delete(line.id)
    if ('result' in line) pending?.settle(line.result)
    else pending?.reject(new Error(`softphone ${this.options.user}, ${pending.command}: ${line.fault}`))
  }

  #tell(event: SoftphoneEvent): void {
    const id = 'call' in event ? event.call : undefined
    const call = id === undefined ? undefined : this.#callOf(id, event.event === 'incoming' ? event.headers : {})
    if (call && event.event === 'ended') {
      call.ended = event
      this.calls.delete(call.id)
    }
    this.#events.push({ event, call })
    for (const listener of this.#listeners) listener(event, call)
  }

  #callOf(id: number, headers = {}): SoftphoneCall {
    const call = this.calls.get(id) ?? new SoftphoneCall(this, id, headers)
    this.calls.set(id, call)
    return call
  }

  #fail(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error)
    this.#pending.clear()
    this.#events.close(error)
  }
}

/** Several phones run side by side: each gets a small heap. */
const nodeOptions = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=1', '--max-old-space-size=32']
