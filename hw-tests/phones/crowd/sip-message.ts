// SIP messages as text (RFC 3261 section 7), as little of them as a cheap phone needs.

export interface SipMessage {
  /** Of a request. */
  method?: string
  uri?: string
  /** Of a response. */
  status?: number
  reason?: string
  /** In order, names in long form and lower case. */
  headers: readonly (readonly [name: string, value: string])[]
  body: string
}

const longNames: Readonly<Record<string, string>> = {
  c: 'content-type',
  f: 'from',
  i: 'call-id',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  r: 'refer-to',
  t: 'to',
  v: 'via',
}

/** Undefined for keep-alives and for what is not SIP. */
export function readMessage(packet: Uint8Array): SipMessage | undefined {
  const text = Buffer.from(packet).toString('utf8')
  const cut = text.indexOf('\r\n\r\n')
  if (cut < 0) return undefined
  const [start = '', ...lines] = text
    .slice(0, cut)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = lines.flatMap((line): (readonly [string, string])[] => {
    const colon = line.indexOf(':')
    if (colon < 1) return []
    const name = line.slice(0, colon).trim().toLowerCase()
    return [[longNames[name] ?? name, line.slice(colon + 1).trim()]]
  })
  const body = text.slice(cut + 4)
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start)
  if (response) return { status: Number(response[1]), reason: response[2] ?? '', headers, body }
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start)
  return request ? { method: request[1] ?? '', uri: request[2] ?? '', headers, body } : undefined
}

/** The first header of that name, or an empty text. */
export function header({ headers }: SipMessage, name: string): string {
  return headers.find(([each]) => each === name)?.[1] ?? ''
}

export function allHeaders({ headers }: SipMessage, name: string): string[] {
  return headers.filter(([each]) => each === name).map(([, value]) => value)
}

/** A parameter such as `tag` or `branch` of a header's value. */
export function parameter(value: string, name: string): string | undefined {
  return new RegExp(`[;?&]\\s*${name}=([^;,>\\s]+)`, 'i').exec(value)?.[1]
}

/** The URI inside a From, To, Contact or Route header. */
export function uriIn(value: string): string {
  return /<([^>]+)>/.exec(value)?.[1] ?? value.replace(/;.*$/, '').trim()
}

export function formatMessage(start: string, headers: readonly (readonly [string, string])[], body = ''): Buffer {
  const length = Buffer.byteLength(body)
  const lines = [start, ...headers.map(([name, value]) => `${name}: ${value}`), `Content-Length: ${length}`, '', body]
  return Buffer.from(lines.join('\r\n'))
}
