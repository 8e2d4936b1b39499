// IPv6 as RFC 5118 tells of it. The messages are made after the RFC's text, section by section: they are not its files.
import test from 'ava'
import { Bench } from './bench.ts'
import { header, status } from './message.ts'
import { Wire } from './wire.ts'

interface Case {
  readonly section: string
  readonly what: string
  readonly uri?: string
  readonly method?: string
  readonly via?: string
  readonly contact?: string
  readonly sdp?: readonly string[]
  readonly statuses: readonly number[]
}

const CASES: readonly Case[] = [
  {
    section: '4.1',
    what: 'an IPv6 reference in the Request-URI and in Via',
    uri: 'sip:[2001:db8::10]',
    via: '[2001:db8::9:1]',
    statuses: [401],
  },
  { section: '4.2', what: 'an address without brackets in the Request-URI', uri: 'sip:2001:db8::10', statuses: [400] },
  {
    section: '4.3',
    what: 'what looks like a port within the brackets is part of the address',
    uri: 'sip:[2001:db8::10:5070]',
    statuses: [401],
  },
  { section: '4.4', what: 'a port behind the brackets', uri: 'sip:[2001:db8::10]:5070', statuses: [401] },
  {
    section: '4.5',
    what: 'received in brackets',
    via: '[2001:db8::9:1];received=[2001:db8::9:255]',
    method: 'OPTIONS',
    statuses: [200],
  },
  {
    section: '4.5',
    what: 'received without brackets',
    via: '[2001:db8::9:1];received=2001:db8::9:255',
    method: 'OPTIONS',
    statuses: [200],
  },
  {
    section: '4.6',
    what: 'an address without brackets in a session description',
    method: 'INVITE',
    sdp: ['o=a 1 1 IN IP6 2001:db8::9:1', 's=-', 'c=IN IP6 2001:db8::9:1', 't=0 0', 'm=audio 4000 RTP/AVP 0'],
    statuses: [401],
  },
  {
    section: '4.7',
    what: 'both families in the hops of one request',
    via: '192.0.2.1,SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKlower',
    method: 'OPTIONS',
    statuses: [200],
  },
  {
    section: '4.8',
    what: 'both families in a session description',
    method: 'INVITE',
    sdp: [
      'o=a 1 1 IN IP6 2001:db8::9:1',
      's=-',
      't=0 0',
      'm=audio 4000 RTP/AVP 0',
      'c=IN IP6 2001:db8::9:1',
      'm=video 4002 RTP/AVP 31',
      'c=IN IP4 192.0.2.1',
    ],
    statuses: [401],
  },
  {
    section: '4.9',
    what: 'an IPv4 address mapped to IPv6',
    contact: '<sip:a@[::ffff:192.0.2.10]:19823>',
    sdp: ['o=a 1 1 IN IP6 ::ffff:192.0.2.2', 's=-', 'c=IN IP6 ::ffff:192.0.2.10', 't=0 0', 'm=audio 4000 RTP/AVP 0'],
    method: 'INVITE',
    statuses: [401],
  },
  {
    section: '4.10',
    what: 'a colon too many, which RFC 3261 alone allows, harms nobody',
    uri: 'sip:user@[2001:db8:::192.0.2.1]',
    method: 'OPTIONS',
    statuses: [200],
  },
]

function bytesOf(c: Case, { transport, port, n }: { transport: 'udp' | 'tcp'; port: number; n: number }): Buffer {
  const method = c.method ?? 'REGISTER'
  const body = c.sdp === undefined ? '' : `${['v=0', ...c.sdp].join('\r\n')}\r\n`
  const [first = '[::1]', ...rest] = (c.via ?? `[::1]:${port}`).split(';')
  const lines = [
    `${method} ${c.uri ?? 'sip:a@[2001:db8::10]'} SIP/2.0`,
    `Via: SIP/2.0/${transport.toUpperCase()} ${[first.includes(',') ? first.replace(',', `;branch=z9hG4bKv6${n},`) : `${first};branch=z9hG4bKv6${n}`, ...rest].join(';')}`,
    `From: <sip:a@[2001:db8::1]>;tag=v6${n}`,
    'To: <sip:a@[2001:db8::10]>',
    `Call-ID: v6-${n}@[2001:db8::1]`,
    `CSeq: 1 ${method}`,
    `Contact: ${c.contact ?? '<sip:a@[2001:db8::1]>'}`,
    'Max-Forwards: 70',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

for (const [host, transport] of [
  ['::1', 'udp'],
  ['::1', 'tcp'],
  ['127.0.0.1', 'udp'],
] as const)
  test.serial(`IPv6 in messages is read as RFC 5118 tells, over ${transport} on ${host}`, async t => {
    const bench = await Bench.start({ host, transports: ['udp', 'tcp'] })
    t.teardown(() => bench.stop())
    for (const [n, one] of CASES.entries()) {
      const wire = await Wire[transport](bench)
      const heard = await wire.ask(bytesOf(one, { transport, port: wire.port, n }))
      t.deepEqual(heard.statuses, one.statuses, `${one.section} ${one.what}: ${heard.text}`)
      const [answer] = wire.messages().filter(message => header(message, 'Call-ID').startsWith('v6-'))
      // Wherever Via says it came from, the answer is here, and says where it was seen.
      if (answer && status(answer) !== 400) t.true(header(answer, 'Via').includes(`received=${host}`))
      wire.close()
      await bench.settled()
    }
  })
