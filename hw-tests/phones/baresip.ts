// baresip (Debian's) as a foreign phone: a second opinion on SIP and RTP, with audio from a WAV file and its
// play-out recorded.

import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { EventQueue } from '../../native/pjsip-binding/softphone/event-queue.ts'
import { durationMs, repeated, type Sound } from '../audio/sound.ts'
import { readWav, writeWav } from '../audio/wav.ts'
import { freePort } from '../lab/free-port.ts'
import { BaresipControl, type BaresipEvent } from './baresip-control.ts'
import { Program } from './process.ts'

export interface BaresipOptions {
  user: string
  password?: string
  /** Host and port of the registrar, such as `127.0.0.1:5060`; without it the phone is called by its address. */
  registrar?: string
  transport?: 'udp' | 'tcp' | 'tls'
  /** PEM file of whom it believes over TLS. */
  caFile?: string
  host?: string
  /** What it says, again and again for two minutes: a WAV of the codec's own rate (8, 16 or 48 kHz). Without it, silence. */
  says?: string
  answers?: 'auto' | 'manual'
  codecs?: readonly ('PCMU' | 'PCMA' | 'G722' | 'opus')[]
  ptimeMs?: number
  /** Numbers of the registrar whose presence it watches, as a buddy list does. */
  watches?: readonly string[]
  /** SDES: `srtp` offers it in RTP/AVP, `srtp-mand` insists on RTP/SAVP. `dtls_srtp`: by a handshake in the media stream. */
  encryption?: 'srtp' | 'srtp-mand' | 'dtls_srtp'
  /** Opus: asks not to be sent silence (usedtx=1, RFC 7587), and sends none. */
  pauses?: boolean
  /** Makes connectivity checks (ICE), and has RTCP on RTP's port. */
  checks?: boolean
}

const codecs = { PCMU: 'PCMU/8000/1', PCMA: 'PCMA/8000/1', G722: 'G722/16000/1', opus: 'opus/48000/2' } as const
const modules = [
  'account',
  'srtp',
  'dtls_srtp',
  'ice',
  'g711',
  'g722',
  'opus',
  'aufile',
  'aubridge',
  'sndfile',
  'menu',
  'ctrl_tcp',
]

/** 1.0.0 does not loop a file, and hangs up where it ends. */
const SAYS_MS = 120_000

export class Baresip {
  readonly options: BaresipOptions
  readonly uri: string
  readonly #program: Program
  readonly #folder: string
  readonly #events: EventQueue<BaresipEvent>
  #control: BaresipControl | undefined

  private constructor(options: BaresipOptions, started: { program: Program; folder: string; port: number }) {
    this.options = options
    this.#program = started.program
    this.#folder = started.folder
    this.#events = new EventQueue()
    const { transport = 'udp' } = options
    const suffix = transport === 'udp' ? '' : `;transport=${transport}`
    this.uri = `sip:${options.user}@${bracketed(options.host)}:${started.port}${suffix}`
    void started.program.exit.then(({ code, signal }) => {
      this.#events.close(new Error(`baresip ${options.user} ended (${signal ?? code}): ${started.program.said.trim()}`))
    })
  }

  /** Starts baresip headless in a folder of its own; rejects when it does not come up within 10 seconds. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const folder = await mkdtemp(join(tmpdir(), 'baresip-'))
    const [port, controlPort] = [await freePort(options.host), await freePort()]
    await writeFile(join(folder, 'config'), config(options, { folder, port, controlPort }))
    await writeFile(join(folder, 'accounts'), '')
    await writeFile(join(folder, 'contacts'), buddies(options))
    if (options.says !== undefined)
      await writeWav(join(folder, 'says.wav'), repeated(await readWav(options.says), SAYS_MS), channelsOf(options))
    try {
      const program = await Program.start('baresip', ['-f', folder])
      const phone = new Baresip(options, { program, folder, port })
      await phone.#connect(controlPort)
      // Not from its file of accounts: what it says about the registration would be over before anyone listens.
      await phone.#command('uanew', account(options, port))
      return phone
    } catch (error) {
      await rm(folder, { recursive: true })
      throw error
    }
  }

  /** What baresip printed lately. */
  get said(): string {
    return this.#program.said
  }

  /** Resolves when the registrar accepted, rejects when it refused. baresip registers by itself. */
  async whenRegistered(withinSeconds = 30): Promise<void> {
    const { type, param } = await this.next(['REGISTER_OK', 'REGISTER_FAIL'], withinSeconds)
    if (type === 'REGISTER_FAIL') throw new Error(`registration of ${this.options.user} failed: ${param ?? ''}`)
  }

  async dial(to: string): Promise<void> {
    await this.#command('dial', to)
  }

  async accept(): Promise<void> {
    await this.#command('accept')
  }

  async hangup(): Promise<void> {
    await this.#command('hangup')
  }

  /** Hands its call on to an address (REFER). */
  async transfer(to: string): Promise<void> {
    await this.#command('transfer', to)
  }

  async sendDigits(digits: string): Promise<void> {
    for (const digit of digits) await this.#command('sndcode', digit)
  }

  /** How it shows a number that it watches: its own word, such as Online, Busy, Offline. */
  async presenceOf(number: string): Promise<string> {
    const list = (await this.#control?.command('contacts')) ?? ''
    const line = list.split('\n').find(one => one.includes(`sip:${number}@`))
    return line?.trim() ?? ''
  }

  /** The next event of one of these types, past ones included; each is given once. */
  async next(types: string | readonly string[], withinSeconds = 30): Promise<BaresipEvent> {
    const wanted = typeof types === 'string' ? [types] : types
    const what = `${wanted.join(' or ')} at baresip ${this.options.user}`
    try {
      return await this.#events.take(what, event => wanted.includes(event.type), withinSeconds)
    } catch (error) {
      throw new Error(`${(error as Error).message}\nit said: ${this.said.slice(-800)}`)
    }
  }

  /** What it heard in its last call. The file is complete when the call has ended. */
  async heard(): Promise<Sound> {
    const last = (await this.#recordings()).at(-1)
    if (last === undefined) throw new Error(`baresip ${this.options.user} has recorded no call`)
    return await readWav(last)
  }

  /** Resolves with what it heard so far when that is at least so much; rejects after `withinSeconds`. */
  async heardAtLeast(ms: number, withinSeconds = 30): Promise<Sound> {
    const deadline = performance.now() + withinSeconds * 1000
    while (performance.now() < deadline) {
      const recording = (await this.#recordings()).at(-1)
      // sndfile writes the header with the first sound.
      const sound = recording && (await stat(recording)).size > 44 ? await readWav(recording) : undefined
      if (sound && durationMs(sound) >= ms) return sound
      await pause(100)
    }
    throw new Error(`baresip ${this.options.user} did not hear ${ms} ms within ${withinSeconds} s`)
  }

  /** RTP packets that its last call brought it, and how long that was: printed with the end of the program, so after `stop`. */
  arrived(): { readonly packets: number; readonly seconds: number } {
    const [, seconds, packets] = /duration: (\d+) secs.*?packets:\s+\d+\s+(\d+)/s.exec(this.said) ?? []
    if (seconds === undefined) throw new Error(`baresip ${this.options.user} counted nothing: ${this.said.slice(-800)}`)
    return { packets: Number(packets), seconds: Number(seconds) }
  }

  /** Hangs up, unregisters and ends; its folder is removed. */
  async stop(): Promise<void> {
    this.#control?.close()
    await this.#program.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #recordings(): Promise<string[]> {
    const files = (await readdir(this.#folder)).filter(file => /^dump-.*dec\.wav$/.test(file))
    return files.sort().map(file => join(this.#folder, file))
  }

  async #command(name: string, params = ''): Promise<void> {
    if (!this.#control) throw new Error('baresip is not connected')
    await this.#control.command(name, params)
  }

  async #connect(port: number): Promise<void> {
    const deadline = performance.now() + 10_000
    while (!this.#program.ended && performance.now() < deadline) {
      try {
        this.#control = await BaresipControl.connect(port, '127.0.0.1', event => this.#events.push(event))
        return
      } catch {
        // Not listening yet.
        await pause(50)
      }
    }
    await this.#program.stop()
    throw new Error(`baresip ${this.options.user} did not start: ${this.#program.said.trim()}`)
  }
}

function account(
  { user, password, registrar, transport = 'udp', answers = 'manual', ...options }: BaresipOptions,
  port: number,
): string {
  const host = registrar ?? `${bracketed(options.host)}:${port}`
  const login = password === undefined ? [] : [`auth_user=${user}`, `auth_pass=${password}`]
  const list = (options.codecs ?? ['PCMU', 'PCMA']).map(codec => codecs[codec]).join(',')
  const parameters = [
    ...login,
    `regint=${registrar === undefined ? 0 : 60}`,
    `answermode=${answers}`,
    `audio_codecs=${list}`,
    `ptime=${options.ptimeMs ?? 20}`,
    ...(options.encryption === undefined ? [] : [`mediaenc=${options.encryption}`]),
    ...(options.checks ? ['medianat=ice', 'rtcp_mux=yes'] : []),
  ]
  return `<sip:${user}@${host};transport=${transport}>;${parameters.join(';')}`
}

/** Opus is stereo to it, and it takes no file that has one channel less. */
const channelsOf = ({ codecs }: BaresipOptions): number => (codecs?.[0] === 'opus' ? 2 : 1)

const bracketed = (host = '127.0.0.1'): string => (host.includes(':') ? `[${host}]` : host)

function buddies({ registrar = '', watches = [] }: BaresipOptions): string {
  return watches.map(number => `"${number}" <sip:${number}@${registrar}>;presence=p2p\n`).join('')
}

function config(options: BaresipOptions, at: { folder: string; port: number; controlPort: number }): string {
  // 1.0.0 has no file player: the bridge takes the play-out, and sndfile writes it down on its way there.
  const source = options.says === undefined ? 'aubridge,silence' : `aufile,${join(at.folder, 'says.wav')}`
  const rtp = 30000 + 2 * Math.floor(Math.random() * 10000)
  return [
    `sip_listen ${bracketed(options.host)}:${at.port}`,
    ...(options.caFile === undefined ? [] : [`sip_cafile ${options.caFile}`, 'sip_verify_server yes']),
    `audio_source ${source}`,
    'audio_player aubridge,ear',
    'audio_alert aubridge,bell',
    `rtp_ports ${rtp}-${rtp + 400}`,
    'audio_buffer 20-160',
    'jitter_buffer_delay 2-6',
    'rtp_stats yes',
    `opus_dtx ${options.pauses ? 'yes' : 'no'}`,
    `ctrl_tcp_listen 127.0.0.1:${at.controlPort}`,
    `snd_path ${at.folder}`,
    'module_path /usr/lib/baresip/modules',
    ...modules.map(module => `module ${module}.so`),
    ...(options.watches ? ['module contact.so', 'module presence.so'] : []),
    '',
  ].join('\n')
}
