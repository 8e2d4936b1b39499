// A whole box for a test: launcher, board and supervisor in directories of their own, asked through its console.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Operation } from '../../firmware/kernel/store.ts'
import { type Console, openConsoleClient } from '../../firmware/platform/console/console-client.ts'
import { openBlackBox } from './black-box.ts'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

export interface BoxOptions {
  /** Address of SIP, RTP and web; default 127.0.0.1. */
  readonly host?: string
  /** Run it in this network namespace. */
  readonly namespace?: string
  /** More options for the launcher. */
  readonly more?: readonly string[]
  /** UDP ports of calls and pages; default 2,000 somewhere. */
  readonly rtp?: { readonly from: number; readonly to: number }
  /** Where sockets and memory files are; default: beside the data. */
  readonly run?: string
  /** Start on the directories of a former box. */
  readonly directory?: string
}

/** Somebody who can register: a device, a line and an extension. */
export interface Station {
  readonly number: string
  readonly secret: string
  readonly extension: string
  readonly device: string
  readonly line: string
}

/** How long a box may take until its console answers. */
const START_SECONDS = 60

export class TestBox {
  readonly host: string
  readonly directory: string
  readonly sipPort: number
  readonly sipTlsPort: number
  readonly webPort: number
  readonly rtp: { readonly from: number; readonly to: number }
  readonly #o: BoxOptions
  #launcher: ChildProcess | undefined
  #console: Console | undefined
  #output = ''
  readonly #keep: (chunk: string) => void

  private constructor(o: BoxOptions, ports: readonly [sip: number, web: number, rtp: number, tls: number]) {
    this.#o = o
    this.host = o.host ?? '127.0.0.1'
    this.directory = o.directory ?? mkdtempSync(join(tmpdir(), 'plant-pbx-box-'))
    this.#keep = openBlackBox(basename(this.directory))
    this.sipPort = ports[0]
    this.webPort = ports[1]
    this.sipTlsPort = ports[3]
    this.rtp = o.rtp ?? { from: ports[2], to: ports[2] + 1999 }
  }

  /** Starts board and supervisor; resolves when the box takes calls. */
  static async start(o: BoxOptions = {}): Promise<TestBox> {
    const rtp = 22_000 + 2000 * Math.floor(Math.random() * 8)
    const sip = await freePort()
    let web = sip
    while (web === sip) web = await freePort()
    let tls = sip
    while (tls === sip || tls === web) tls = await freePort()
    const box = new TestBox(o, [sip, web, rtp, tls])
    await box.launch()
    return box
  }

  get run(): string {
    return this.#o.run ?? join(this.directory, 'run')
  }

  get data(): string {
    return join(this.directory, 'data')
  }

  /** What launcher, board and supervisor printed. */
  get output(): string {
    return this.#output
  }

  /** Where phones register. */
  get registrar(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.sipPort}`
  }

  /** What a phone is told that encrypts: where it registers, and whom it believes. */
  get encrypted(): { readonly transport: 'tls'; readonly registrar: string; readonly caFile: string } {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host
    const registrar = `${host}:${this.sipTlsPort}`
    return { transport: 'tls', registrar, caFile: join(this.data, 'box', 'authority.crt') }
  }

  async launch(): Promise<void> {
    const { host, sipPort, sipTlsPort, webPort, rtp } = this
    const own = ['--data', this.data, '--run', this.run, '--host', host, '--sip-port', `${sipPort}`]
    const ports = ['--rtp', `${rtp.from}-${rtp.to}`, '--http-port', `${webPort}`, '--sip-tls-port', `${sipTlsPort}`]
    const program = [
      join(import.meta.dirname, '..', '..', 'systemd', 'launcher.ts'),
      ...own,
      ...ports,
      ...(this.#o.more ?? []),
    ]
    const { namespace } = this.#o
    const command = namespace === undefined ? process.execPath : 'ip'
    const args = namespace === undefined ? program : ['netns', 'exec', namespace, process.execPath, ...program]
    this.#launcher = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#launcher.stdout, this.#launcher.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-40_000)
        this.#keep(chunk.toString())
      })
    await this.ready()
  }

  /** Waits until the supervisor answers, as after a restart. */
  async ready(): Promise<void> {
    this.#console?.close()
    this.#console = undefined
    await until(
      'the box answers at its console',
      async () => {
        if (this.#launcher?.exitCode != null) throw new Error(`the launcher ended: ${this.#output}`)
        const client = await openConsoleClient(join(this.run, 'console.sock')).catch(() => undefined)
        if (client === undefined || !/is ready/.test(this.#output)) {
          client?.close()
          return false
        }
        this.#console = client
        return true
      },
      { seconds: START_SECONDS, everyMilliseconds: 50 },
    ).catch(error => {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#output}`)
    })
  }

  /** The console; it is opened again when the supervisor was restarted meanwhile. */
  async console(): Promise<Console> {
    if (this.#console === undefined) await this.ready()
    if (this.#console === undefined) throw new Error('the box has no console')
    return this.#console
  }

  async ask<T = unknown>(path: string, input: object = {}): Promise<T> {
    return (await this.console()).ask<T>({ ask: 'route', path, input })
  }

  async resources<T = Record<string, unknown> & { id: string; rev: number }>(kind: string): Promise<T[]> {
    return (await this.console()).ask<T[]>({ ask: 'resources', kind })
  }

  async newId(kind: string): Promise<string> {
    return (await this.console()).ask<string>({ ask: 'new-id', kind })
  }

  async change(why: string, ops: readonly Operation[]): Promise<void> {
    await (await this.console()).ask({ ask: 'change', why, ops })
  }

  /** Puts one resource; returns its id. */
  async put(kind: string, value: object, id?: string): Promise<string> {
    const own = id ?? (await this.newId(kind))
    await this.change('the test', [{ op: 'put', kind, id: own, value }])
    return own
  }

  /** Numbers with a device and a line each, in one change. */
  async stations(numbers: readonly string[]): Promise<Station[]> {
    const ops: Operation[] = []
    const stations: Station[] = []
    for (const number of numbers) {
      const [extension, device, line] = [
        await this.newId('extension'),
        await this.newId('device'),
        await this.newId('line'),
      ]
      const secret = `secret-of-${number}`
      ops.push({ op: 'put', kind: 'extension', id: extension, value: { number, name: `Post ${number}` } })
      ops.push({ op: 'put', kind: 'device', id: device, value: { name: `Phone ${number}`, kind: 'phone' } })
      ops.push({
        op: 'put',
        kind: 'line',
        id: line,
        value: { authName: number, device, index: 1, extension },
        secrets: { secret },
      })
      stations.push({ number, secret, extension, device, line })
    }
    await this.change('stations of the test', ops)
    return stations
  }

  pidOf(name: 'board' | 'supervisor'): number {
    return Number(readFileSync(join(this.run, `${name}.pid`), 'utf8'))
  }

  /** Sends a signal to one of the two; the launcher starts again what ends. */
  signal(name: 'board' | 'supervisor', signal: NodeJS.Signals): void {
    process.kill(this.pidOf(name), signal)
  }

  /** Ends everything; `keep` leaves the directories for a successor. */
  async stop(o: { keep?: boolean } = {}): Promise<void> {
    this.#console?.close()
    this.#console = undefined
    const launcher = this.#launcher
    if (launcher !== undefined && launcher.exitCode === null && launcher.signalCode === null) {
      const gone = new Promise(resolve => launcher.once('close', resolve))
      launcher.kill('SIGTERM')
      const last = setTimeout(() => launcher.kill('SIGKILL'), 40_000)
      await gone
      clearTimeout(last)
    }
    if (o.keep !== true) rmSync(this.directory, { recursive: true, force: true })
  }
}
