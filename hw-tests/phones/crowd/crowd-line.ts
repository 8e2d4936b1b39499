// One phone of the crowd: a registered line with one call at a time, its own SIP and RTP sockets.

import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AnswerRule, answerInvite } from './answering.ts'
import { placeInvite } from './calling.ts'
import { CrowdCall, type CrowdCallReport, monotonicMs } from './crowd-call.ts'
import { formatSdp, readSdp } from './sdp.ts'
import { header, parameter, type SipMessage } from './sip-message.ts'
import { type Asked, methods, Wire } from './wire.ts'

export interface LineOptions {
  user: string
  password?: string
  host: string
  registrar: { host: string; port: number }
  rule: AnswerRule
}

export interface Registration {
  line: string
  /** 408 when nobody answered. */
  status: number
  tookMs: number
}

export type Tell = (
  what: 'incoming' | 'answered' | 'first-rtp' | 'first-sound' | 'ended',
  call: CrowdCallReport,
) => void

export class CrowdLine {
  readonly options: LineOptions
  readonly wire: Wire
  readonly past: CrowdCallReport[] = []
  call: CrowdCall | undefined
  readonly #rtp: Socket
  readonly #tell: Tell
  readonly #nextCallId: () => number
  readonly #registration = {
    callId: `${randomBytes(8).toString('hex')}@crowd`,
    tag: randomBytes(4).toString('hex'),
    cseq: 0,
  }
  #refresh: NodeJS.Timeout | undefined

  constructor(options: LineOptions, tell: Tell, nextCallId: () => number) {
    this.options = options
    this.#tell = tell
    this.#nextCallId = nextCallId
    const { host, registrar, user, password } = options
    this.wire = new Wire({ user, host, proxy: registrar, ...(password === undefined ? {} : { password }) })
    this.#rtp = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1 << 18 })
  }

  get rtpPort(): number {
    return this.#rtp.address().port
  }

  get domain(): string {
    const { host, port } = this.options.registrar
    return `${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  get address(): string {
    return `<sip:${this.options.user}@${this.domain}>`
  }

  async open(): Promise<void> {
    await this.wire.open(
      asked => this.#hearRequest(asked),
      response => this.#hearStray(response),
    )
    this.#rtp.bind(0, this.options.host)
    await once(this.#rtp, 'listening')
    this.#rtp.on('message', packet => {
      const { call } = this
      if (call?.report.state === 'up') for (const first of call.hear(packet)) this.#tell(first, call.report)
    })
  }

  /** Registers, and again before it runs out until the line is closed. 0 seconds unregisters. */
  async register(expiresSeconds: number): Promise<Registration> {
    const begun = monotonicMs()
    const { callId, tag } = this.#registration
    const response = await this.wire.request({
      method: 'REGISTER',
      uri: `sip:${this.domain}`,
      from: `${this.address};tag=${tag}`,
      to: this.address,
      callId,
      nextCseq: () => ++this.#registration.cseq,
      headers: [['Expires', String(expiresSeconds)]],
    })
    clearTimeout(this.#refresh)
    const granted = Number(
      parameter(header(response, 'contact'), 'expires') ?? (header(response, 'expires') || expiresSeconds),
    )
    if (response.status === 200 && expiresSeconds > 0) {
      this.#refresh = setTimeout(() => void this.register(expiresSeconds), Math.max(1, granted * 0.8) * 1000)
    }
    return { line: this.options.user, status: response.status ?? 0, tookMs: monotonicMs() - begun }
  }

  /** Calls a number at the registrar; the report tells what becomes of it. Throws when the line has a call. */
  place(to: string, talks: boolean): CrowdCallReport {
    if (this.call) throw new Error(`line ${this.options.user} has a call already`)
    const uri = to.startsWith('sip:') ? to : `sip:${to}@${this.domain}`
    const tag = randomBytes(4).toString('hex')
    const call = this.#begin('out', uri, {
      callId: `${randomBytes(8).toString('hex')}@crowd`,
      localTag: tag,
      local: `${this.address};tag=${tag}`,
      remote: `<${uri}>`,
    })
    call.talks = talks
    call.target = uri
    void placeInvite(this, call, uri)
    return call.report
  }

  /** Ends the call of this line: CANCEL, BYE or 603, whichever fits. Resolves when the far side knows. */
  async hangup(): Promise<void> {
    const { call } = this
    if (!call) return
    if (call.report.state === 'up') {
      await this.wire.request({ method: 'BYE', ...this.inDialog(call), nextCseq: () => ++call.cseq })
      this.end(call)
      return
    }
    if (call.report.direction === 'in') call.refuse?.(603)
    else await call.cancel?.()
  }

  /** Begins a call; for the answering side. */
  #begin(
    direction: 'in' | 'out',
    party: string,
    dialog: { callId: string; localTag: string; local: string; remote: string },
    asked: readonly string[] = [],
  ): CrowdCall {
    const report: CrowdCallReport = {
      id: this.#nextCallId(),
      line: this.options.user,
      direction,
      state: 'trying',
      party,
      begunAt: monotonicMs(),
      rtpPackets: 0,
      longestRtpGapMs: 0,
      asked,
    }
    this.call = new CrowdCall(report, dialog)
    return this.call
  }

  inDialog(call: CrowdCall): {
    uri: string
    from: string
    to: string
    callId: string
    headers: (readonly [string, string])[]
  } {
    const remote =
      parameter(call.remote, 'tag') === undefined && call.remoteTag
        ? `${call.remote};tag=${call.remoteTag}`
        : call.remote
    const headers = call.routes.map((route): readonly [string, string] => ['Route', route])
    return { uri: call.target, from: call.local, to: remote, callId: call.callId, headers }
  }

  up(call: CrowdCall): void {
    if (call.report.state === 'ended' || call.report.state === 'up') return
    call.report.state = 'up'
    call.report.status = 200
    call.report.answeredAt = monotonicMs()
    this.#tell('answered', call.report)
  }

  end(call: CrowdCall, status?: number): void {
    if (call.report.state === 'ended') return
    call.report.state = 'ended'
    call.report.endedAt = monotonicMs()
    if (status !== undefined) call.report.status = status
    call.stopWaiting()
    this.past.push(call.report)
    if (this.call === call) this.call = undefined
    this.#tell('ended', call.report)
  }

  /** Speaks one packet, if there is someone to speak to. */
  speak(packet: Uint8Array): void {
    const { call } = this
    const media = call?.media
    if (!call?.talks || call.report.state !== 'up' || !media || media.direction === 'sendonly') return
    this.#rtp.send(packet, media.port, media.host)
  }

  async close(): Promise<void> {
    clearTimeout(this.#refresh)
    if (this.call) this.end(this.call)
    const closed = once(this.#rtp, 'close')
    this.#rtp.close()
    await Promise.all([this.wire.close(), closed])
  }

  /** A repeated 2xx says that our ACK was lost. */
  #hearStray(response: SipMessage): void {
    const repeated = response.status === 200 && header(response, 'cseq').endsWith('INVITE')
    if (repeated && header(response, 'call-id') === this.call?.callId) this.call.acknowledge?.()
  }

  #hearRequest(asked: Asked): void {
    const { request } = asked
    const ours = this.call && header(request, 'call-id') === this.call.callId ? this.call : undefined
    const tagged = parameter(header(request, 'to'), 'tag') !== undefined
    switch (request.method) {
      case 'ACK':
        ours?.acknowledged(request)
        return
      case 'INVITE':
        if (tagged) this.#renegotiate(asked, ours)
        else this.#ring(asked)
        return
      case 'CANCEL':
        this.wire.reply(asked, ours ? { status: 200, reason: 'OK' } : { status: 481, reason: 'No Such Call' })
        ours?.refuse?.(487)
        return
      case 'BYE':
        this.wire.reply(asked, ours ? { status: 200, reason: 'OK' } : { status: 481, reason: 'No Such Call' })
        if (ours) this.end(ours)
        return
      case 'UPDATE':
        if (ours) this.#renegotiate(asked, ours)
        else this.wire.reply(asked, { status: 481, reason: 'No Such Call' })
        return
      default:
        this.wire.reply(asked, known(request.method))
    }
  }

  #ring(asked: Asked): void {
    const { request } = asked
    if (this.call) {
      this.wire.reply(asked, { status: 486, reason: 'Busy Here', toTag: randomBytes(4).toString('hex') })
      return
    }
    const tag = randomBytes(4).toString('hex')
    const asks = request.headers
      .filter(([name]) => name === 'call-info' || name === 'alert-info')
      .map(([, value]) => value)
    const dialog = {
      callId: header(request, 'call-id'),
      localTag: tag,
      local: `${header(request, 'to')};tag=${tag}`,
      remote: header(request, 'from'),
    }
    const call = this.#begin('in', header(request, 'from'), dialog, asks)
    call.learn(request)
    this.#tell('incoming', call.report)
    answerInvite(this, call, asked)
  }

  #renegotiate(asked: Asked, call: CrowdCall | undefined): void {
    if (!call) {
      this.wire.reply(asked, { status: 481, reason: 'No Such Call' })
      return
    }
    const offer = readSdp(asked.request.body)
    if (offer) call.media = offer
    const bare = asked.request.method === 'UPDATE' && asked.request.body === ''
    this.wire.reply(asked, {
      status: 200,
      reason: 'OK',
      ...(bare
        ? {}
        : { headers: [['Content-Type', 'application/sdp']], body: formatSdp(this.options.host, this.rtpPort, offer) }),
    })
  }
}

function known(method = ''): { status: number; reason: string; headers: (readonly [string, string])[] } {
  const headers: (readonly [string, string])[] = [['Allow', methods]]
  const answered = ['OPTIONS', 'MESSAGE', 'NOTIFY', 'INFO'].includes(method)
  return answered ? { status: 200, reason: 'OK', headers } : { status: 405, reason: 'Method Not Allowed', headers }
}
