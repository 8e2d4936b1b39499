// SIP messages as a test phone writes and reads them: every byte is the test's own.

export interface Message {
  readonly start: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly text: string
}

export function parse(text: string): Message {
  const end = text.indexOf('\r\n\r\n')
  const lines = text.slice(0, end < 0 ? text.length : end).split('\r\n')
  const headers = lines.slice(1).map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
  })
  return { start: lines[0] ?? '', headers, body: end < 0 ? '' : text.slice(end + 4), text }
}

export function header(message: Message, name: string): string {
  return message.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? ''
}

export function headersOf(message: Message, name: string): string[] {
  return message.headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value)
}

/** Status of a response, 0 for a request. */
export function status(message: Message): number {
  return message.start.startsWith('SIP/2.0 ') ? Number(message.start.slice(8, 11)) : 0
}

/** Method of a request, or the one that a response's CSeq names. */
export function method(message: Message): string {
  return status(message) === 0 ? (message.start.split(' ')[0] ?? '') : (header(message, 'CSeq').split(' ')[1] ?? '')
}

export function tagOf(value: string): string {
  return /;tag=([^;>\s]+)/.exec(value)?.[1] ?? ''
}

export function uriOf(value: string): string {
  return /<([^>]+)>/.exec(value)?.[1] ?? value.split(';')[0] ?? ''
}

/** The port of the first m= line. */
export function mediaPort(sdp: string): number {
  return Number(/^m=\w+ (\d+)/m.exec(sdp)?.[1] ?? 0)
}

export function sdpOf(o: {
  host: string
  port: number
  formats?: string
  lines?: readonly string[]
  direction?: string
  version?: number
}): string {
  const family = o.host.includes(':') ? 'IP6' : 'IP4'
  const maps = o.lines ?? [
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
  ]
  return [
    'v=0',
    `o=phone 7 ${o.version ?? 1} IN ${family} ${o.host}`,
    's=call',
    `c=IN ${family} ${o.host}`,
    't=0 0',
    `m=audio ${o.port} RTP/AVP ${o.formats ?? '0 8 101'}`,
    ...maps,
    `a=${o.direction ?? 'sendrecv'}`,
    '',
  ].join('\r\n')
}
