// How a phone of the crowd answers an INVITE: at once, after a while, only when asked to, or never.

import { autoAnswerDelay } from '../../../native/pjsip-binding/softphone/sip-text.ts'
import type { CrowdCall } from './crowd-call.ts'
import type { CrowdLine } from './crowd-line.ts'
import { formatSdp, readSdp } from './sdp.ts'
import { allHeaders, type SipMessage } from './sip-message.ts'
import type { Asked } from './wire.ts'

export interface AnswerRule {
  /** `when-asked` obeys Call-Info and Alert-Info and rings otherwise. */
  answers: 'always' | 'when-asked' | 'busy' | 'never'
  /** Rings so long before answering; 0 answers without ringing. */
  afterMs: number
}

const t1 = 500
const t2 = 4000

/** Rings, and answers by the line's rule. */
export function answerInvite(line: CrowdLine, call: CrowdCall, asked: Asked): void {
  const offered = asked.request.body !== ''
  const offer = readSdp(asked.request.body)
  const refuse = (status: number) => {
    line.wire.reply(asked, { status, reason: reasons[status] ?? 'Refused', toTag: call.localTag })
    line.end(call, status)
  }
  if (offered && !offer) {
    refuse(488)
    return
  }
  const { answers, afterMs } = line.options.rule
  if (answers === 'busy') {
    refuse(486)
    return
  }
  call.refuse = refuse
  call.media = offer
  const delay = answers === 'always' ? afterMs : answers === 'when-asked' ? askedDelay(asked.request) : undefined
  if (delay === 0) {
    accept(line, call, asked)
    return
  }
  line.wire.reply(asked, { status: 180, reason: 'Ringing', toTag: call.localTag })
  call.report.state = 'ringing'
  if (delay !== undefined) call.wait(delay, () => accept(line, call, asked))
}

const reasons: Readonly<Record<number, string>> = {
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  603: 'Decline',
}

function askedDelay(request: SipMessage): number | undefined {
  const all = (name: string) => allHeaders(request, name).join(', ')
  const seconds = autoAnswerDelay({ 'call-info': all('call-info'), 'alert-info': all('alert-info') })
  return seconds === undefined ? undefined : seconds * 1000
}

function accept(line: CrowdLine, call: CrowdCall, asked: Asked): void {
  delete call.refuse
  const packet = line.wire.reply(asked, {
    status: 200,
    reason: 'OK',
    toTag: call.localTag,
    headers: [['Content-Type', 'application/sdp']],
    body: formatSdp(line.options.host, line.rtpPort, call.media),
  })
  line.up(call)
  // RFC 3261 13.3.1.4: until the ACK comes the 200 is sent again, whatever the transport.
  const again = (waitMs: number, spentMs: number) => {
    call.wait(waitMs, () => {
      if (spentMs >= 64 * t1) {
        line.end(call, 408)
        return
      }
      line.wire.resend(packet, asked)
      again(Math.min(waitMs * 2, t2), spentMs + waitMs)
    })
  }
  again(t1, 0)
  call.acknowledged = ack => {
    call.stopWaiting()
    // An INVITE without an offer brings the answer to ours in its ACK.
    call.media ??= readSdp(ack.body)
  }
}
