// Whole SIP messages of every kind, as phones send them: what damage begins with.

export interface SeedOptions {
  /** Host and port of the box. */
  readonly box: string
  /** Host and port of the sender. */
  readonly own: string
  readonly transport: 'UDP' | 'TCP'
  /** Makes branch and Call-ID its own. */
  readonly serial: number
}

const kinds = [
  'REGISTER',
  'INVITE',
  'OPTIONS',
  'MESSAGE',
  'SUBSCRIBE',
  'CANCEL',
  'ACK',
  'BYE',
  'REFER',
  'UPDATE',
] as const

/** One message of each method, and two responses. */
export function seedMessages(o: SeedOptions): string[] {
  return [
    ...kinds.map(method => request(method, o)),
    response('200 OK', o, sdp(o.own)),
    response('401 Unauthorized', o, ''),
  ]
}

function request(method: string, o: SeedOptions): string {
  const body = method === 'INVITE' || method === 'UPDATE' ? sdp(o.own) : method === 'MESSAGE' ? 'hello' : ''
  const type = method === 'MESSAGE' ? 'text/plain' : 'application/sdp'
  return [
    `${method} sip:202@${o.box} SIP/2.0`,
    ...heads(method, o),
    `Contact: <sip:201@${o.own}>;expires=60;+sip.instance="<urn:uuid:1>"`,
    'Max-Forwards: 70',
    'Authorization: Digest username="201", realm="plant", nonce="0123456789abcdef", uri="sip:plant", response="00112233445566778899aabbccddeeff", algorithm=MD5, qop=auth, nc=00000001, cnonce="a"',
    ...(method === 'REFER' ? ['Refer-To: <sip:203@plant?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>'] : []),
    ...(method === 'SUBSCRIBE' ? ['Event: dialog'] : []),
    ...(body === '' ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

function response(status: string, o: SeedOptions, body: string): string {
  const lines = [`SIP/2.0 ${status}`, ...heads('INVITE', o), 'Record-Route: <sip:10.0.0.1;lr>']
  return [...lines, 'Content-Type: application/sdp', `Content-Length: ${body.length}`, '', body].join('\r\n')
}

const heads = (method: string, { own, transport, serial }: SeedOptions) => [
  `Via: SIP/2.0/${transport} ${own};rport;branch=z9hG4bKbad${serial}`,
  `From: "Some One" <sip:201@plant>;tag=f${serial}`,
  'To: <sip:202@plant>',
  `Call-ID: bad-${serial}`,
  `CSeq: 1 ${method}`,
]

const sdp = (own: string) => {
  const host = own.slice(0, own.lastIndexOf(':'))
  const lines = ['v=0', `o=- 1 1 IN IP4 ${host}`, 's=-', `c=IN IP4 ${host}`, 't=0 0', 'm=audio 40000 RTP/AVP 0 8 101']
  return `${[...lines, 'a=rtpmap:101 telephone-event/8000'].join('\r\n')}\r\n`
}
