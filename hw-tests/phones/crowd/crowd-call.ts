// One call of one phone in the crowd: its dialog, and what was heard in it.

import { carriesSound } from '../../audio/g711.ts'
import { readRtp } from '../../audio/rtp.ts'
import type { RemoteMedia } from './sdp.ts'
import { allHeaders, header, parameter, type SipMessage, uriIn } from './sip-message.ts'

/** Milliseconds on the machine's monotonic clock: the same in every process, unlike `performance.now()`. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** What the crowd tells about a call. Times are `monotonicMs`. */
export interface CrowdCallReport {
  id: number
  line: string
  direction: 'in' | 'out'
  state: 'trying' | 'ringing' | 'up' | 'ended'
  /** Of the far side's From (in) or as dialled (out). */
  party: string
  /** Final status of the INVITE, once there is one. */
  status?: number
  /** INVITE received, or sent. */
  begunAt: number
  /** 200 sent, or received. */
  answeredAt?: number
  firstRtpAt?: number
  /** First packet that carries more than silence. */
  firstSoundAt?: number
  lastRtpAt?: number
  endedAt?: number
  rtpPackets: number
  longestRtpGapMs: number
  /** Call-Info and Alert-Info of the INVITE. */
  asked: readonly string[]
}

export class CrowdCall {
  readonly report: CrowdCallReport
  readonly callId: string
  readonly localTag: string
  remoteTag = ''
  /** Request-URI of what is sent in the dialog. */
  target = ''
  routes: readonly string[] = []
  /** From and To as they stand in the messages of this phone; the far side's without its tag. */
  readonly local: string
  readonly remote: string
  cseq = 1
  media: RemoteMedia | undefined
  /** Whether it speaks into this call. */
  talks = false
  /** As long as the INVITE to this phone is not answered: answers it with this status. */
  refuse?: (status: number) => void
  /** As long as the INVITE from this phone is not answered. */
  cancel?: () => Promise<void>
  /** Sends the ACK, again when it was lost. */
  acknowledge?: () => void
  /** Told the ACK of this phone's 2xx. */
  acknowledged: (ack: SipMessage) => void = () => undefined
  #timer: NodeJS.Timeout | undefined

  constructor(report: CrowdCallReport, dialog: { callId: string; localTag: string; local: string; remote: string }) {
    this.report = report
    this.callId = dialog.callId
    this.localTag = dialog.localTag
    this.local = dialog.local
    this.remote = dialog.remote
  }

  /** Takes tag, target and routes from the INVITE (called side) or from its 2xx (calling side). RFC 3261 12.1. */
  learn(message: SipMessage): void {
    const far = message.method === undefined ? header(message, 'to') : header(message, 'from')
    this.remoteTag = parameter(far, 'tag') ?? ''
    this.target = uriIn(header(message, 'contact')) || this.target
    const routes = allHeaders(message, 'record-route').flatMap(value =>
      value.split(/,(?=\s*<)/).map(each => each.trim()),
    )
    this.routes = message.method === undefined ? routes.reverse() : routes
  }

  /** Does something later; a call waits for one thing at a time. */
  wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(then, ms)
  }

  stopWaiting(): void {
    clearTimeout(this.#timer)
  }

  /** Counts a packet; says what it is the first of. */
  hear(packet: Uint8Array): readonly ('first-rtp' | 'first-sound')[] {
    const rtp = readRtp(packet)
    if (!rtp) return []
    const now = monotonicMs()
    const { report } = this
    const first = report.firstRtpAt === undefined
    const sound = report.firstSoundAt === undefined && carriesSound(rtp.payloadType, rtp.payload)
    report.firstRtpAt ??= now
    if (sound) report.firstSoundAt = now
    report.longestRtpGapMs = Math.max(report.longestRtpGapMs, now - (report.lastRtpAt ?? now))
    report.lastRtpAt = now
    report.rtpPackets++
    return [...(first ? (['first-rtp'] as const) : []), ...(sound ? (['first-sound'] as const) : [])]
  }
}
