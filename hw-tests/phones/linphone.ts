// linphonec (Debian's linphone-cli) as a foreign phone: a third opinion on SIP and RTP. It is told what to do line by line,
// says a WAV file into every call and writes down what it hears.

import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { durationMs, repeated, type Sound } from '../audio/sound.ts'
import { readWav, writeWav } from '../audio/wav.ts'
import { freeMediaPort, freePort } from '../lab/free-port.ts'
import { until } from '../lab/until.ts'
import { Program } from './process.ts'

export interface LinphoneOptions {
  user: string
  password: string
  /** Host and port of the registrar, such as `127.0.0.1:5060`. */
  registrar: string
  transport?: 'udp' | 'tcp' | 'tls'
  /** PEM file of whom it believes over TLS; without it the server is not verified. */
  caFile?: string
  host?: string
  /** What it says, again and again for two minutes. */
  says: string
  answers?: 'auto' | 'manual'
  codecs?: readonly ('PCMU' | 'PCMA' | 'G722' | 'opus')[]
  /** SDES: offers it and takes nothing else. */
  srtp?: boolean
}

const RATES = { PCMU: 8000, PCMA: 8000, G722: 8000, opus: 48_000 } as const
/** All that it knows: who is not asked for is switched off by name, else it adds them to its list again. */
const KNOWN = ['opus', 'speex', 'PCMU', 'PCMA', 'GSM', 'G722', 'G729', 'L16'] as const
const EMPTY_WAV = 44
const SAYS_MS = 120_000

export class Linphone {
  readonly options: LinphoneOptions
  readonly #program: Program
  readonly #folder: string
  /** Its calls are numbered from 1 on; this is the present one, or the next. */
  #call = 1

  private constructor(options: LinphoneOptions, started: { program: Program; folder: string }) {
    this.options = options
    this.#program = started.program
    this.#folder = started.folder
  }

  /** Starts linphonec in a folder of its own; it registers by itself. */
  static async start(options: LinphoneOptions): Promise<Linphone> {
    const folder = await mkdtemp(join(tmpdir(), 'linphone-'))
    try {
      const ports = { sip: await freePort(options.host), media: await freeMediaPort(options.host) }
      await writeFile(join(folder, 'rc'), config(options, ports))
      await writeWav(join(folder, 'says.wav'), repeated(await readWav(options.says), SAYS_MS))
      const args = ['-c', join(folder, 'rc'), ...(options.answers === 'auto' ? ['-a'] : [])]
      // It does not begin to work where there is no place for its data base.
      await mkdir(join(folder, '.local', 'share', 'linphone'), { recursive: true })
      const program = await Program.start('env', [`HOME=${folder}`, 'linphonec', ...args])
      const phone = new Linphone(options, { program, folder })
      phone.#tell('soundcard use files')
      phone.#tell(`play ${join(folder, 'says.wav')}`)
      phone.#tell(`record ${phone.#heardFile}`)
      return phone
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** What it printed lately. */
  get said(): string {
    return this.#program.said
  }

  async whenRegistered(withinSeconds = 30): Promise<void> {
    await this.#says(/registered, identity=/, withinSeconds, () => this.#tell('status register'))
  }

  /** Dials a SIP address. */
  dial(to: string): void {
    this.#tell(`call ${to}`)
  }

  async whenTalking(withinSeconds = 30): Promise<void> {
    await this.#says(new RegExp(`Call ${this.#call} with .* connected`), withinSeconds)
  }

  hangup(): void {
    this.#tell('terminate')
  }

  async whenEnded(withinSeconds = 30): Promise<void> {
    await this.#says(new RegExp(`Call ${this.#call} with .* ended`), withinSeconds)
  }

  /** Resolves when it has heard at least so much. */
  async heardAtLeast(ms: number, withinSeconds = 30): Promise<void> {
    const long = async () => {
      const size = await stat(this.#heardFile).then(
        ({ size }) => size,
        () => 0,
      )
      // Its rate is written at the end: the lowest that a codec has is taken for it, 16 bits each.
      return size > EMPTY_WAV && (size - EMPTY_WAV) / 2 / this.#rate >= ms / 1000
    }
    await until(`linphone ${this.options.user} hears ${ms} ms`, long, {
      seconds: withinSeconds,
      everyMilliseconds: 100,
    })
  }

  /** What it heard in its call, once it has ended. The next call is written down anew: it would go on behind this one. */
  async heard(): Promise<Sound> {
    const sound = await readWav(this.#heardFile)
    this.#call += 1
    this.#tell(`record ${this.#heardFile}`)
    if (durationMs(sound) === 0) throw new Error(`linphone ${this.options.user} heard nothing`)
    return sound
  }

  /** Ends it; its folder is removed. */
  async stop(): Promise<void> {
    this.#tell('quit')
    await this.#program.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #heardFile(): string {
    return join(this.#folder, `heard-${this.#call}.wav`)
  }

  get #rate(): number {
    const [codec = 'PCMU'] = this.options.codecs ?? []
    return codec === 'G722' ? 16_000 : RATES[codec]
  }

  #tell(command: string): void {
    if (!this.#program.ended) this.#program.write(`${command}\n`)
  }

  async #says(wanted: RegExp, seconds: number, ask = () => {}): Promise<void> {
    const what = `linphone ${this.options.user} says ${wanted}`
    const heard = () => {
      if (this.#program.ended) throw new Error(`linphone ${this.options.user} ended: ${this.said.slice(-800)}`)
      ask()
      return wanted.test(this.said)
    }
    await until(what, heard, { seconds, everyMilliseconds: 100 }).catch((error: Error) => {
      throw new Error(`${error.message}\nit said: ${this.said.slice(-800)}`)
    })
  }
}

/** Its settings: one account, no video, no names looked up, no sound card. */
function config(options: LinphoneOptions, ports: { sip: number; media: number }): string {
  const { user, password, registrar, transport = 'udp', host = '127.0.0.1', codecs = ['PCMU', 'PCMA'] } = options
  const port = (which: string) => (which === transport ? ports.sip : 0)
  const wanted = codecs.map(codec => ({ mime: codec, rate: RATES[codec], enabled: 1 }))
  const others = KNOWN.filter(mime => !codecs.some(codec => codec === mime)).map(mime => {
    return { mime, rate: mime === 'opus' ? 48_000 : mime === 'L16' ? 44_100 : 8000, enabled: 0 }
  })
  const account = {
    reg_proxy: `<sip:${registrar};transport=${transport}>`,
    reg_identity: `sip:${user}@${registrar}`,
    reg_expires: 600,
    reg_sendregister: 1,
    publish: 0,
  }
  const sections: Record<string, Readonly<Record<string, string | number>>> = {
    sip: {
      sip_port: port('udp'),
      sip_tcp_port: port('tcp'),
      sip_tls_port: port('tls'),
      bind_address: host,
      use_ipv6: host.includes(':') ? 1 : 0,
      guess_hostname: 0,
      contact: `sip:${user}@${host.includes(':') ? `[${host}]` : host}`,
      default_proxy: 0,
      media_encryption: options.srtp ? 'srtp' : 'none',
      media_encryption_mandatory: options.srtp ? 1 : 0,
      verify_server_certs: options.caFile === undefined ? 0 : 1,
      // Debian's (mbed TLS 2) knows no address as a name: who signed the certificate is all that it looks at.
      verify_server_cn: 0,
      ...(options.caFile !== undefined && { root_ca: options.caFile }),
    },
    net: { dns_srv_enabled: 0, dns_search_enabled: 0 },
    rtp: { audio_rtp_port: ports.media },
    sound: { echocancellation: 0, remote_ring: '', local_ring: '' },
    video: { capture: 0, display: 0 },
    proxy_0: account,
    auth_info_0: { username: user, passwd: password },
  }
  for (const [at, codec] of [...wanted, ...others].entries())
    sections[`audio_codec_${at}`] = { ...codec, channels: codec.mime === 'opus' ? 2 : 1 }
  return Object.entries(sections)
    .map(
      ([name, values]) =>
        `[${name}]\n${Object.entries(values)
          .map(([key, value]) => `${key}=${value}\n`)
          .join('')}`,
    )
    .join('\n')
}
