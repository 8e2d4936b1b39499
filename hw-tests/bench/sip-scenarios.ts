// Scenarios of the load: SIPp's own language, one function per message so that what is measured can be read.

const via = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport'
const box = '[remote_ip]:[remote_port]'

const scenario = (name: string, ...steps: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="${name}">\n${steps.join('\n')}\n</scenario>\n`

/** A message to send; blank lines are as SIP has them. */
const send = (attributes: string, lines: readonly string[], body: readonly string[] = []): string => {
  const tail = body.length > 0 ? ['Content-Type: application/sdp', 'Content-Length: [len]'] : ['Content-Length: 0']
  return `<send ${attributes}><![CDATA[\n${[...lines, ...tail, '', ...body].join('\n')}\n${body.length > 0 ? '' : '\n'}]]></send>`
}

const offer = (port: string): readonly string[] => [
  'v=0',
  'o=bench 7[call_number] 7 IN IP[local_ip_type] [local_ip]',
  's=-',
  'c=IN IP[media_ip_type] [media_ip]',
  't=0 0',
  `m=audio ${port} RTP/AVP 0`,
  'a=rtpmap:0 PCMU/8000',
  'a=ptime:20',
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

/** Fields: number, login, number to call, port of its sound. Stays for `-d` milliseconds. */
export const caller = scenario(
  'caller',
  send('retrans="500"', [...request({ method: 'INVITE', uri: called, cseq: 1 }), contact], offer('[field3]')),
  '<recv response="100" optional="true"/>',
  '<recv response="401" auth="true"/>',
  send('', request({ method: 'ACK', uri: called, cseq: 1, branch: '[branch-3]', tagged: true })),
  send(
    'retrans="500"',
    [...request({ method: 'INVITE', uri: called, cseq: 2 }), contact, '[field1]'],
    offer('[field3]'),
  ),
  '<recv response="100" optional="true"/>',
  '<recv response="180" optional="true"/>',
  '<recv response="183" optional="true"/>',
  `<recv response="200" rrs="true">${noteMedia('[field3]')}</recv>`,
  send('', [...request({ method: 'ACK', uri: '[next_url]', cseq: 2, tagged: true }), '[routes]']),
  '<pause/>',
  send('retrans="500"', [...request({ method: 'BYE', uri: '[next_url]', cseq: 3, tagged: true }), '[routes]']),
  '<recv response="200"/>',
  '<Reference variables="1"/>',
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

/** Field: port of its sound. Rings and answers at once; the caller ends it. */
export const answerer = scenario(
  'answerer',
  // The box looks after its phones now and then.
  '<recv request="OPTIONS" optional="true" next="5"/>',
  `<recv request="INVITE" rrs="true">${noteMedia('[field0]')}</recv>`,
  send('', answer('180 Ringing')),
  send('retrans="500"', answer('200 OK'), offer('[field0]')),
  '<recv request="ACK"/>',
  '<recv request="BYE"/>',
  '<label id="5"/>',
  send(
    '',
    answer('200 OK')
      .filter(line => !/Record-Route|Contact/.test(line))
      .map(line => line.replace(/;tag.*/, '')),
  ),
  '<Reference variables="1"/>',
)
