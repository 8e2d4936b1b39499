// What a softphone tells: the vocabulary between its child process and whoever uses it.

import type { SipHeaders } from './sip-text.ts'

export type Codec = 'PCMU' | 'PCMA' | 'G722' | 'opus'

export interface SoftphoneOptions {
  /** User part of the address of record; also the digest user unless `authUser` says another. */
  user: string
  password?: string
  authUser?: string
  displayName?: string
  /** Where to register, such as `sip:127.0.0.1:5060`. Without it the phone is called by its address. */
  registrar?: string
  /** Local address of signalling and media; default 127.0.0.1. */
  host?: string
  transport?: 'udp' | 'tcp' | 'tls'
  /** Local SIP port; default any free one. */
  port?: number
  /** Codecs by preference, others are refused; default PCMU, PCMA. */
  codecs?: readonly Codec[]
  srtp?: 'off' | 'optional' | 'mandatory'
  /** Certificates a TLS server must chain to; without it the server is not verified. */
  caFile?: string
  expiresSeconds?: number
  /** `when-asked` (default) obeys Call-Info and Alert-Info; `never` rings whatever they say. */
  autoAnswer?: 'when-asked' | 'always' | 'never'
  /** Subscribe to message-summary (RFC 3842). */
  messageWaiting?: boolean
  /** Runs the phone through another program, such as `ip netns exec NAME`. */
  within?: readonly string[]
  /** Writes the library's log with all SIP messages there. */
  logFile?: string
}

interface FromMessage {
  /** Of the SIP message that caused the event; empty when a timer or this phone's own side did. */
  headers: SipHeaders
  body: string
}

/** Every event by name; `call` is the library's number of the call, used again after it ended. */
export interface SoftphoneEvents {
  registration: FromMessage & { status: number; reason: string; active: boolean; expiresSeconds: number }
  incoming: FromMessage & { call: number; autoAnswerSeconds?: number }
  ringing: FromMessage & { call: number; status: number }
  answered: FromMessage & { call: number; remote: string }
  media: { call: number; status: 'active' | 'held-here' | 'held-there' | 'error' | 'none'; direction: string }
  digit: { call: number; digit: string; method: 'rfc4733' | 'info' }
  info: FromMessage & { call: number }
  message: FromMessage & { call?: number; from: string; mime: string }
  'message-sent': { to: string; status: number; reason: string }
  'message-waiting': FromMessage
  'transfer-asked': { call: number; to: string }
  'transfer-status': { call: number; status: number; reason: string; final: boolean }
  replaced: { call: number; by: number }
  ended: FromMessage & { call: number; status: number; reason: string }
  played: object
  fault: { reason: string }
}

export type SoftphoneEventName = keyof SoftphoneEvents
export type SoftphoneEvent = { [N in SoftphoneEventName]: { event: N } & SoftphoneEvents[N] }[SoftphoneEventName]

/** State of a call's audio. Packets are RTP packets as RTCP counts them. */
export interface CallStats {
  codec: string
  clockRate?: number
  remoteRtp?: string
  srtp?: boolean
  packetsSent?: number
  packetsReceived?: number
  packetsLost?: number
  jitterMeanMs?: number
}

export type ChildLine = { id: number; result: unknown } | { id: number; fault: string } | SoftphoneEvent
export interface ChildRequest {
  id: number
  command: string
  args: object
}
