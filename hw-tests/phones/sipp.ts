// SIPp (Debian's sip-tester): runs a scenario against the box, or as the box's peer, and counts what came of it.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { freeMediaPort, freePort } from '../lab/free-port.ts'
import { Program } from './process.ts'

export interface SippOptions {
  /** The scenario's XML. */
  scenario: string
  /** Host and port to call; without it SIPp waits for calls. */
  to?: string
  host?: string
  /** Local SIP port; default any free one, in a namespace 5060. */
  port?: number
  /** Ends after so many calls. */
  calls: number
  callsPerSecond?: number
  /** Most calls at a time; default 1000. */
  concurrent?: number
  /** Rows for `[field0]` and so on, handed out in turn. */
  rows?: readonly (readonly string[])[]
  /** What `[service]` stands for. */
  service?: string
  /** Values of the scenario's own `-key` words. */
  keys?: Readonly<Record<string, string>>
  /** Sends back the RTP it gets. */
  echo?: boolean
  transport?: 'udp' | 'tcp'
  /** Gives up after so long; default 60. */
  timeoutSeconds?: number
  /** Runs SIPp through another program, such as `ip netns exec NAME`. */
  within?: readonly string[]
  /** Where it works; it is left there for whoever wants to read what SIPp wrote. Default: a temporary one. */
  folder?: string
  /** Further arguments of SIPp itself. */
  more?: readonly string[]
}

export interface SippCounts {
  succeeded: number
  failed: number
  retransmissions: number
  unexpected: number
  /** Mean of the scenario's response time partition 1, when it has one. */
  meanResponseMs: number
}

export class Sipp {
  readonly port: number
  readonly #program: Program
  readonly #folder: string
  readonly #options: SippOptions

  private constructor(options: SippOptions, started: { program: Program; folder: string; port: number }) {
    this.#options = options
    this.#program = started.program
    this.#folder = started.folder
    this.port = started.port
  }

  static async start(options: SippOptions): Promise<Sipp> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'sipp-')))
    try {
      const port = options.port ?? (options.within ? 5060 : await freePort(options.host))
      await writeFile(join(folder, 'scenario.xml'), options.scenario)
      if (options.rows) {
        const lines = options.rows.map(row => row.join(';'))
        await writeFile(join(folder, 'rows.csv'), `SEQUENTIAL\n${lines.join('\n')}\n`)
      }
      // In a namespace of its own nobody else has them.
      const mediaPort = options.within ? 61_000 : await freeMediaPort(options.host)
      const program = await Program.start('sipp', sippArguments(options, { port, mediaPort }), {
        cwd: folder,
        ...(options.within ? { within: options.within } : {}),
      })
      return new Sipp(options, { program, folder, port })
    } catch (error) {
      if (options.folder === undefined) await rm(folder, { recursive: true })
      throw error
    }
  }

  /** Counts of the whole run. Rejects when SIPp refuses the scenario or the address, or nothing was called in time. */
  async whenDone(): Promise<SippCounts> {
    const { code, signal } = await this.#program.exit
    try {
      // 0 all calls went well, 1 some failed, 97 ended by a command: all of these have counts.
      const counts = code === null || ![0, 1, 97].includes(code) ? undefined : await this.#counts()
      if (!counts) throw new Error(await this.#complaint(signal ?? code))
      return counts
    } finally {
      await this.#tidy()
    }
  }

  /** Ends it early. */
  async stop(): Promise<void> {
    await this.#program.stop()
    await this.#tidy()
  }

  async #tidy(): Promise<void> {
    if (this.#options.folder === undefined) await rm(this.#folder, { recursive: true, force: true })
  }

  /** Undefined when SIPp ended before it counted anything, as with a scenario that it cannot read. */
  async #counts(): Promise<SippCounts | undefined> {
    const written = await readFile(join(this.#folder, 'counts.csv'), 'utf8').catch(() => '')
    const [names = '', ...rows] = written.trim().split('\n')
    if (rows.length === 0) return undefined
    const last = (rows.at(-1) ?? '').split(';')
    const at = new Map(names.split(';').map((name, i) => [name, last[i] ?? '']))
    const count = (name: string) => Number(at.get(name) ?? Number.NaN)
    return {
      succeeded: count('SuccessfulCall(C)'),
      failed: count('FailedCall(C)'),
      retransmissions: count('Retransmissions(C)'),
      unexpected: count('FailedUnexpectedMessage(C)'),
      meanResponseMs: milliseconds(at.get('ResponseTime1(C)')),
    }
  }

  async #complaint(end: string | number | null): Promise<string> {
    const errors = await readFile(join(this.#folder, 'errors.log'), 'utf8').catch(() => '')
    const said = stripVTControlCharacters(this.#program.said)
    const last = said.trim().split('\n').slice(-3).join(' | ')
    return `SIPp ended (${end}) with ${this.#options.to ?? 'nobody'} on port ${this.port}: ${errors.slice(-1500) || last}`
  }
}

/** Runs a scenario to its end. */
export async function runSipp(options: SippOptions): Promise<SippCounts> {
  return await (await Sipp.start(options)).whenDone()
}

function sippArguments(options: SippOptions, { port, mediaPort }: { port: number; mediaPort: number }): string[] {
  const { to, host = '127.0.0.1', rows, service, keys = {}, transport = 'udp' } = options
  return [
    ...(to === undefined ? [] : [to]),
    ...['-sf', 'scenario.xml', '-i', host, '-mi', host, '-p', String(port), '-m', String(options.calls)],
    ...['-r', String(options.callsPerSecond ?? 10), '-l', String(options.concurrent ?? 1000)],
    ...['-mp', String(mediaPort)],
    ...['-t', transport === 'udp' ? 'u1' : 't1', '-nostdin'],
    ...['-timeout', `${options.timeoutSeconds ?? 60}s`, '-timeout_error'],
    ...['-trace_stat', '-stf', 'counts.csv', '-fd', '1', '-trace_err', '-error_file', 'errors.log'],
    ...(rows ? ['-inf', 'rows.csv'] : []),
    ...(service === undefined ? [] : ['-s', service]),
    ...Object.entries(keys).flatMap(([key, value]) => ['-key', key, value]),
    ...(options.echo ? ['-rtp_echo'] : []),
    ...(options.more ?? []),
  ]
}

/** SIPp writes hours:minutes:seconds:microseconds. */
function milliseconds(text = ''): number {
  const [hours = 0, minutes = 0, seconds = 0, micros = 0] = text.split(':').map(Number)
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + micros / 1000
}
