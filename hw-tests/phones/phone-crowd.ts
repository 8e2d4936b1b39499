// Many phones for benchmarks and drills: register, answer by themselves, tell when the first sound reached each. They
// speak plain SIP and RTP from a process of their own and cost next to nothing; for sound that is judged, take the
// softphone.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { EventQueue } from '../../native/pjsip-binding/softphone/event-queue.ts'
import type { CrowdCallReport } from './crowd/crowd-call.ts'
import type { Registration } from './crowd/crowd-line.ts'
import type { CrowdCommand, CrowdCommands, CrowdEvent, CrowdLineOut, CrowdOptions } from './crowd/crowd-protocol.ts'

export type { CrowdCallReport } from './crowd/crowd-call.ts'
export { monotonicMs } from './crowd/crowd-call.ts'
export type { CrowdOptions } from './crowd/crowd-protocol.ts'

export class PhoneCrowd {
  /** SIP addresses of the phones, in the order of their lines. */
  addresses: readonly string[] = []
  readonly #child: ChildProcess
  readonly #pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  readonly #events = new EventQueue<CrowdEvent>()
  readonly #exit: Promise<void>
  #lastId = 0
  #stderr = ''

  private constructor() {
    const program = fileURLToPath(new URL('./crowd/crowd-child.ts', import.meta.url))
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child.stderr?.on('data', chunk => {
      this.#stderr = (this.#stderr + chunk).slice(-2000)
    })
    // Its exit tells whoever waits; the refused line adds nothing.
    this.#child.stdin?.on('error', () => undefined)
    if (this.#child.stdout) createInterface({ input: this.#child.stdout }).on('line', line => this.#hear(line))
    this.#exit = new Promise(done => {
      this.#child.once('close', (code, signal) => {
        const error = new Error(`the crowd ended (${signal ?? code}): ${this.#stderr.trim()}`)
        for (const { reject } of this.#pending.values()) reject(error)
        this.#pending.clear()
        this.#events.close(error)
        done()
      })
    })
  }

  /** Opens every phone's sockets. Rejects when an address cannot be bound. */
  static async start(options: CrowdOptions): Promise<PhoneCrowd> {
    const crowd = new PhoneCrowd()
    try {
      crowd.addresses = (await crowd.#command('open', options)).addresses
      return crowd
    } catch (error) {
      await crowd.kill()
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Registers all lines; each answer with its status and time. Never rejects for a refusal. */
  async register({ expiresSeconds = 300, perSecond = 200 } = {}): Promise<readonly Registration[]> {
    return await this.#command('register', { expiresSeconds, perSecond })
  }

  /** Places a call from a line; with `talks` it speaks a melody once answered. Returns while it is being placed. */
  async place(line: string, to: string, { talks = false } = {}): Promise<CrowdCallReport> {
    return await this.#command('place', { line, to, talks })
  }

  /** Ends the call of one line, or of all. */
  async hangup(line?: string): Promise<void> {
    await this.#command('hangup', line === undefined ? {} : { line })
  }

  /** Every call since the start or the last `forget`, with its times. */
  async calls(): Promise<readonly CrowdCallReport[]> {
    return await this.#command('calls', {})
  }

  /** Forgets calls and events that are over, before the next round of a benchmark. */
  async forget(): Promise<void> {
    await this.#command('forget', {})
    this.#events.clear()
  }

  /** Requests that the phones had to send again. */
  async retransmissions(): Promise<number> {
    return (await this.#command('retransmissions', {})).count
  }

  /** Waits for so many events of a kind, past ones included, and gives their calls as they were then. */
  async next(event: CrowdEvent['event'], count = 1, withinSeconds = 30): Promise<CrowdCallReport[]> {
    const deadline = performance.now() + withinSeconds * 1000
    const calls: CrowdCallReport[] = []
    while (calls.length < count) {
      const left = Math.max(0.001, (deadline - performance.now()) / 1000)
      const what = `${event} ${calls.length + 1} of ${count} in the crowd`
      calls.push((await this.#events.take(what, each => each.event === event, left)).call)
    }
    return calls
  }

  /** Closes the phones without a word to the box, as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  #command<C extends CrowdCommand>(command: C, args: CrowdCommands[C]['args']): Promise<CrowdCommands[C]['result']> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        return reject(new Error('the crowd is gone'))
      const id = ++this.#lastId
      this.#pending.set(id, { resolve: result => resolve(result as CrowdCommands[C]['result']), reject })
      this.#child.stdin?.write(`${JSON.stringify({ id, command, args })}\n`)
    })
  }

  #hear(text: string): void {
    const line = JSON.parse(text) as CrowdLineOut
    if ('event' in line) {
      this.#events.push(line)
      return
    }
    const pending = this.#pending.get(line.id)
    this.#pending.delete(line.id)
    if ('result' in line) pending?.resolve(line.result)
    else pending?.reject(new Error(`crowd: ${line.fault}`))
  }
}
