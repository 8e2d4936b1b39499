// Whole SIP messages of every kind, as phones send them: what damage begins with.

export interface SeedOptions {
  /** Host and port of the box. */
  readonly box: string
  /** Host and port of the sender. */
  readonly own: string
  readonly transport: 'UDP' | 'TCP' | 'TLS'
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

/** What else a request of a kind carries: all that the box reads of it. */
const more: Partial<Record<(typeof kinds)[number], readonly string[]>> = {
  REGISTER: ['Path: <sip:p1.plant;lr>, "x" <sip:192.0.2.9:5070;lr;ob>', 'Supported: path, outbound'],
  INVITE: [
    'Replaces: bad;to-tag=b;from-tag=c;early-only',
    'Session-Expires: 90;refresher=uac',
    'Min-SE: 90',
    'Privacy: id;header',
    'P-Asserted-Identity: "Some One" <sip:201@plant>, <tel:+1810>',
    'Alert-Info: <urn:alert:x>',
    'Diversion: <sip:203@plant>;reason=unconditional',
    'Supported: 100rel, timer, replaces',
  ],
  SUBSCRIBE: ['Event: dialog;id=7', 'Accept: application/dialog-info+xml', 'Record-Route: <sip:p1.plant;lr>'],
  CANCEL: ['Reason: SIP;cause=200;text="answered elsewhere"'],
  BYE: ['Reason: Q.850;cause=16'],
  REFER: [
    'Refer-To: <sip:203@plant?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>',
    'Referred-By: <sip:201@plant>',
    'Refer-Sub: false',
  ],
  UPDATE: ['Session-Expires: 90', 'Supported: timer'],
}

/** One message of each method, and three responses. */
export function seedMessages(o: SeedOptions): string[] {
  return [
    ...kinds.map(method => request(method, o)),
    response('200 OK', o, sdp(o.own)),
    response('401 Unauthorized', o, ''),
    response('302 Moved Temporarily', o, '', ['Contact: <sip:203@plant>;q=0.5, "x" <tel:+1810>;q=0.9']),
  ]
}

function request(method: (typeof kinds)[number], o: SeedOptions): string {
  const body = method === 'INVITE' || method === 'UPDATE' ? sdp(o.own) : method === 'MESSAGE' ? 'hello' : ''
  const type = method === 'MESSAGE' ? 'text/plain' : 'application/sdp'
  return [
    `${method} sip:202@${o.box} SIP/2.0`,
    ...heads(method, o),
    `Contact: <sip:201@${o.own}>;expires=60;+sip.instance="<urn:uuid:1>"`,
    'Max-Forwards: 70',
    'Authorization: Digest username="201", realm="plant", nonce="0123456789abcdef", uri="sip:plant", response="00112233445566778899aabbccddeeff", algorithm=MD5, qop=auth, nc=00000001, cnonce="a"',
    ...(more[method] ?? []),
    ...(body === '' ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

function response(status: string, o: SeedOptions, body: string, extra: readonly string[] = []): string {
  const lines = [`SIP/2.0 ${status}`, ...heads('INVITE', o), 'Record-Route: <sip:10.0.0.1;lr>', ...extra]
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
