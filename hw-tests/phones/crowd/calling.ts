// How a phone of the crowd places a call: INVITE to its end, CANCEL when it changes its mind (RFC 3261 section 13).

import type { CrowdCall } from './crowd-call.ts'
import type { CrowdLine } from './crowd-line.ts'
import { formatSdp, readSdp } from './sdp.ts'
import type { SipMessage } from './sip-message.ts'
import { methods } from './wire.ts'

/** Resolves when the call is up or over; the call's report says which. */
export async function placeInvite(line: CrowdLine, call: CrowdCall, uri: string): Promise<void> {
  const dialog = { uri, from: call.local, to: call.remote, callId: call.callId }
  let sent = { branch: '', cseq: 0 }
  let heardFrom = false
  let cancelled = false
  const cancel = async () => {
    cancelled = true
    // RFC 3261 9.1: not before the first provisional answer.
    if (heardFrom) await line.wire.cancel({ method: 'CANCEL', ...dialog, nextCseq: () => sent.cseq }, sent.branch)
  }
  call.cancel = cancel
  const response = await line.wire.request({
    method: 'INVITE',
    ...dialog,
    nextCseq: () => ++call.cseq,
    headers: [
      ['Allow', methods],
      ['Content-Type', 'application/sdp'],
    ],
    body: formatSdp(line.options.host, line.rtpPort),
    sent: (branch, cseq) => {
      sent = { branch, cseq }
    },
    provisional: ({ status }) => {
      if (status !== 100) call.report.state = 'ringing'
      const first = !heardFrom
      heardFrom = true
      if (first && cancelled) void cancel()
    },
  })
  if ((response.status ?? 0) >= 300) {
    line.end(call, response.status)
    return
  }
  connect(line, call, { response, cseq: sent.cseq })
  // The 200 crossed our CANCEL.
  if (cancelled) await line.hangup()
}

function connect(line: CrowdLine, call: CrowdCall, { response, cseq }: { response: SipMessage; cseq: number }): void {
  call.learn(response)
  call.media = readSdp(response.body)
  call.acknowledge = () => line.wire.sendAck({ method: 'ACK', ...line.inDialog(call), cseq })
  call.acknowledge()
  line.up(call)
}
