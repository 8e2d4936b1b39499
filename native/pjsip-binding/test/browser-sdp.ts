// Session descriptions as browsers write them, and what tests read of them.
import type { Phone } from './phone.ts'

/** The fingerprint of a certificate that nobody has. */
export const PRINT = `sha-256 ${Array.from({ length: 32 }, (_, i) => (i * 7).toString(16).padStart(2, '0').toUpperCase()).join(':')}`
/** What of a description fits. */
export const lines = (sdp: string, pattern: RegExp): string[] => [...sdp.matchAll(pattern)].map(([whole]) => whole)
/** The value of its first attribute of that name; empty for none. */
export const value = (sdp: string, name: string): string => new RegExp(`^a=${name}:(.*)\\r$`, 'm').exec(sdp)?.[1] ?? ''

export interface BrowserOffer {
  readonly version?: number
  readonly setup?: string
  readonly fingerprint?: string
  readonly password?: string
  readonly proto?: string
}

/** As a browser writes it, shortened. */
export function browserSdp(phone: Phone, o: BrowserOffer = {}): string {
  const proto = o.proto ?? 'UDP/TLS/RTP/SAVPF'
  return [
    'v=0',
    `o=- 4711 ${o.version ?? 1} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1',
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS stream',
    `m=audio 9 ${proto} 111 8 126`,
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    `a=candidate:1 1 udp 2122260223 ${phone.host} ${phone.rtpPort} typ host generation 0`,
    'a=ice-ufrag:them',
    `a=ice-pwd:${o.password ?? 'a-password-of-the-browser'}`,
    'a=ice-options:trickle',
    `a=fingerprint:${o.fingerprint ?? PRINT}`,
    `a=setup:${o.setup ?? 'actpass'}`,
    'a=mid:0',
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'a=sendrecv',
    'a=msid:stream track',
    'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2',
    'a=rtcp-fb:111 transport-cc',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:126 telephone-event/8000',
    'a=ssrc:1001 cname:browser',
    `m=video 9 ${proto} 96`,
    'c=IN IP4 0.0.0.0',
    'a=mid:1',
    'a=rtpmap:96 VP8/90000',
    'a=bundle-only',
    '',
  ].join('\r\n')
}
