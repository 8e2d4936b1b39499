// Scenarios of the load: SIPp's own language, one function per message so that what is measured can be read.

const via = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport'
const box = '[remote_ip]:[remote_port]'

const scenario = (name: string, ...steps: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`

/** A message to send; blank lines are as SIP has them. */
const send = (attributes: string, lines: readonly string[], body: readonly string[] = [], type = 'application/sdp') => {
  const tail = body.length > 0 ? [`Content-Type: ${type}`, 'Content-Length: [len]'] : ['Content-Length: 0']
  return `<send ${attributes}><![CDATA[\n${[...lines, ...tail, '', ...body].join('\n')}\n${body.length > 0 ? '' : '\n'}]]></send>`
}

type Direction = 'sendrecv' | 'sendonly' | 'recvonly'

interface Offered {
  /** Rises with each change of what is said (RFC 3264 section 8). */
  readonly version?: number
  readonly direction?: Direction
  /** Keys too, as RFC 4733 has them. */
  readonly keys?: boolean
}

/** G.711. */
const offer = (port: string, o: Offered = {}): readonly string[] => [
  'v=0',
  `o=bench 7[call_number] ${o.version ?? 7} IN IP[local_ip_type] [local_ip]`,
  's=-',
  'c=IN IP[media_ip_type] [media_ip]',
  't=0 0',
  `m=audio ${port} RTP/AVP 0${o.keys ? ' 101' : ''}`,
  'a=rtpmap:0 PCMU/8000',
  ...(o.keys ? ['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'] : []),
  'a=ptime:20',
  ...(o.direction === undefined ? [] : [`a=${o.direction}`]),
]

const register = (cseq: number, ...more: readonly string[]): readonly string[] => [
  `REGISTER sip:${box} SIP/2.0`,
  via,
  'Max-Forwards: 70',
  `From: <sip:[field0]@${box}>;tag=[pid]reg[call_number]`,
  `To: <sip:[field0]@${box}>`,
  'Call-ID: [call_id]',
  `CSeq: ${cseq} REGISTER`,
  'Contact: <sip:[field0]@[local_ip]:[field2]>',
  ...more,
  'Expires: 600',
]

/** Fields: number, login, port of its contact. One registration is REGISTER, 401, REGISTER, 200. */
export const registration = scenario(
  'registration',
  send('retrans="500"', register(1)),
  '<recv response="401" auth="true"/>',
  send('retrans="500"', register(2, '[field1]')),
  '<recv response="200"/>',
)

/** A request of the caller; `to` gets the tag of whoever answered. */
const request = (o: { method: string; uri: string; cseq: number; branch?: string; tagged?: true }) => [
  `${o.method} ${o.uri} SIP/2.0`,
  o.branch === undefined ? via : via.replace('[branch]', o.branch),
  'Max-Forwards: 70',
  `From: <sip:[field0]@${box}>;tag=[pid]call[call_number]`,
  `To: <sip:[field2]@${box}>${o.tagged ? '[peer_tag_param]' : ''}`,
  'Call-ID: [call_id]',
  `CSeq: ${o.cseq} ${o.method}`,
]

const contact = 'Contact: <sip:[field0]@[local_ip]:[local_port]>'
const called = `sip:[field2]@${box}`

/** Writes own port, and where the box wants the sound: for whoever sends it. */
const noteMedia = (own: string): string =>
  [
    '<action>',
    '<ereg regexp="m=audio ([0-9]+) " search_in="msg" check_it="true" assign_to="1,2"/>',
    `<log message="MEDIA ${own} [$2]"/>`,
    '</action>',
  ].join('')

/** A request of a call that is up; its description, when it has one, is that of hold or resume. */
const within = (method: string, cseq: number): readonly string[] => [
  ...request({ method, uri: '[next_url]', cseq, tagged: true }),
  '[routes]',
]

/** Fields of all callers: number, login, number to call, port of its sound. */
const answered = (keys: boolean): readonly string[] => [
  send('retrans="500"', [...request({ method: 'INVITE', uri: called, cseq: 1 }), contact], offer('[field3]', { keys })),
  '<recv response="100" optional="true"/>',
  '<recv response="401" auth="true"/>',
  send('', request({ method: 'ACK', uri: called, cseq: 1, branch: '[branch-3]', tagged: true })),
  send(
    'retrans="500"',
    [...request({ method: 'INVITE', uri: called, cseq: 2 }), contact, '[field1]'],
    offer('[field3]', { keys }),
  ),
  '<recv response="100" optional="true"/>',
  '<recv response="180" optional="true"/>',
  '<recv response="183" optional="true"/>',
  `<recv response="200" rrs="true">${noteMedia('[field3]')}</recv>`,
  send('', within('ACK', 2)),
]

const hangsUp = (cseq: number): readonly string[] => [
  send('retrans="500"', within('BYE', cseq)),
  '<recv response="200"/>',
  '<Reference variables="1"/>',
]

/** Stays for `-d` milliseconds. */
export const caller = scenario('caller', ...answered(false), '<pause/>', ...hangsUp(3))

/** The same, and may press keys in its speech. */
export const talkingCaller = scenario('caller who talks', ...answered(true), '<pause/>', ...hangsUp(3))

/** What callers below do beside staying for `-d` milliseconds, in milliseconds. */
export const BUSY_MILLISECONDS = 3000

const changes = (cseq: number, direction: Direction): readonly string[] => [
  send(
    'retrans="500"',
    [...within('INVITE', cseq), contact],
    offer('[field3]', { version: 7 + cseq, direction, keys: true }),
  ),
  '<recv response="100" optional="true"/>',
  '<recv response="200" rrs="true"/>',
  send('', within('ACK', cseq)),
]

/** Puts the other on hold after a second, for two, and comes back. */
export const holdingCaller = scenario(
  'caller who holds',
  ...answered(true),
  '<pause milliseconds="1000"/>',
  ...changes(3, 'sendonly'),
  '<pause milliseconds="2000"/>',
  ...changes(4, 'sendrecv'),
  '<pause/>',
  ...hangsUp(5),
)

const presses = (cseq: number, key: string): readonly string[] => [
  '<pause milliseconds="1000"/>',
  send('retrans="500"', within('INFO', cseq), [`Signal=${key}`, 'Duration=160'], 'application/dtmf-relay'),
  '<recv response="200"/>',
]

/** Presses three keys, told as INFO. */
export const keyingCaller = scenario(
  'caller who presses keys',
  ...answered(true),
  ...presses(3, '5'),
  ...presses(4, '0'),
  ...presses(5, '#'),
  '<pause/>',
  ...hangsUp(6),
)

const answer = (status: string): readonly string[] => [
  `SIP/2.0 ${status}`,
  '[last_Via:]',
  '[last_Record-Route:]',
  '[last_From:]',
  '[last_To:];tag=[pid]answer[call_number]',
  '[last_Call-ID:]',
  '[last_CSeq:]',
  'Contact: <sip:[local_ip]:[local_port]>',
]

/** Inside a call the tag is there already. */
const agreed = (status: string): readonly string[] => answer(status).map(line => line.replace(/;tag.*/, ''))
const nod = agreed('200 OK').filter(line => !/Record-Route|Contact/.test(line))

const answers = (name: string, keys: boolean): string =>
  scenario(
    name,
    // The box looks after its phones now and then.
    '<recv request="OPTIONS" optional="true" next="5"/>',
    `<recv request="INVITE" rrs="true">${noteMedia('[field0]')}</recv>`,
    send('', answer('180 Ringing')),
    send('retrans="500"', answer('200 OK'), offer('[field0]', { keys })),
    '<recv request="ACK"/>',
    '<label id="2"/>',
    '<recv request="INVITE" optional="true" next="3"/>',
    '<recv request="INFO" optional="true" next="4"/>',
    '<recv request="BYE" next="5"/>',
    '<label id="3"/>',
    send('retrans="500"', agreed('200 OK'), offer('[field0]', { version: 8, keys })),
    '<recv request="ACK" next="2"/>',
    '<label id="4"/>',
    send('next="2"', nod),
    '<label id="5"/>',
    send('', nod),
    '<Reference variables="1"/>',
  )

/** Field: port of its sound. Rings and answers at once, takes holds and keys as they come; the caller ends it. */
export const answerer = answers('answerer', false)

/** The same for callers who offer keys in their speech. */
export const keyedAnswerer = answers('answerer with keys', true)
