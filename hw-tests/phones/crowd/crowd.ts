// Many cheap phones in one process: lines, one clock for what they speak, and what became of their calls.

import { rtpPackets } from '../../audio/rtp-sender.ts'
import { toneSequence, toneSound } from '../../audio/tone-sequence.ts'
import type { CrowdCallReport } from './crowd-call.ts'
import { CrowdLine, type Registration, type Tell } from './crowd-line.ts'
import type { CrowdCommands, CrowdOptions } from './crowd-protocol.ts'

type Runs = { [C in keyof CrowdCommands]: (args: CrowdCommands[C]['args']) => Promise<CrowdCommands[C]['result']> }

const packetMs = 20

export class Crowd implements Runs {
  readonly #lines = new Map<string, CrowdLine>()
  readonly #tell: Tell
  /** A looped melody of 100 packets, the same for every phone: they are many, not clever. */
  readonly #speech = rtpPackets(toneSound(toneSequence(1, { count: 10 })), 'PCMU', 0x70627800)
  #clock: NodeJS.Timeout | undefined
  #lastCallId = 0

  constructor(tell: Tell) {
    this.#tell = tell
  }

  async open(options: CrowdOptions): Promise<{ addresses: string[] }> {
    const rule = { answers: 'always', afterMs: 0, ...options.rule } as const
    const { registrar, host = '127.0.0.1' } = options
    for (const { user, password } of options.lines) {
      const login = password === undefined ? {} : { password }
      const line = new CrowdLine({ user, ...login, host, registrar, rule }, this.#tell, () => ++this.#lastCallId)
      await line.open()
      this.#lines.set(user, line)
    }
    this.#speak()
    return { addresses: [...this.#lines.values()].map(line => line.wire.contact.slice(1, -1)) }
  }

  /** Registers every line, so many per second, and resolves when all have an answer. */
  async register({
    expiresSeconds,
    perSecond,
  }: {
    expiresSeconds: number
    perSecond: number
  }): Promise<Registration[]> {
    const lines = [...this.#lines.values()]
    return await Promise.all(
      lines.map(async (line, i) => {
        await new Promise(resume => setTimeout(resume, (i * 1000) / perSecond))
        return await line.register(expiresSeconds)
      }),
    )
  }

  async place({ line, to, talks }: { line: string; to: string; talks: boolean }): Promise<CrowdCallReport> {
    return this.#line(line).place(to, talks)
  }

  async hangup({ line }: { line?: string }): Promise<object> {
    const lines = line === undefined ? [...this.#lines.values()] : [this.#line(line)]
    await Promise.all(lines.map(each => each.hangup()))
    return {}
  }

  async calls(): Promise<CrowdCallReport[]> {
    const all = [...this.#lines.values()].flatMap(line => [...line.past, ...(line.call ? [line.call.report] : [])])
    return all.sort((a, b) => a.id - b.id)
  }

  /** Forgets calls that are over. */
  async forget(): Promise<object> {
    for (const line of this.#lines.values()) line.past.length = 0
    return {}
  }

  async retransmissions(): Promise<{ count: number }> {
    return { count: [...this.#lines.values()].reduce((sum, line) => sum + line.wire.retransmissions, 0) }
  }

  async close(): Promise<void> {
    clearTimeout(this.#clock)
    await Promise.all([...this.#lines.values()].map(line => line.close()))
  }

  #line(user: string): CrowdLine {
    const line = this.#lines.get(user)
    if (!line) throw new Error(`the crowd has no line ${user}`)
    return line
  }

  /** One clock for all: late turns are caught up, so that the speed stays 50 packets a second. */
  #speak(): void {
    const begun = performance.now()
    let spoken = 0
    const turn = () => {
      for (const due = Math.floor((performance.now() - begun) / packetMs); spoken <= due; spoken++) {
        const packet = numbered(this.#speech[spoken % this.#speech.length] ?? new Uint8Array(12), spoken)
        for (const line of this.#lines.values()) line.speak(packet)
      }
      this.#clock = setTimeout(turn, Math.max(0, begun + spoken * packetMs - performance.now()))
    }
    turn()
  }
}

function numbered(packet: Uint8Array, count: number): Uint8Array {
  const copy = Uint8Array.from(packet)
  const view = new DataView(copy.buffer)
  view.setUint8(1, 0)
  view.setUint16(2, count & 0xffff)
  view.setUint32(4, (count * 160) >>> 0)
  return copy
}
