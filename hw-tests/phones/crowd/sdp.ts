// Session descriptions of a cheap phone: one audio stream, G.711 or G.722, no encryption.

export interface RemoteMedia {
  host: string
  port: number
  payloadType: number
  direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'
}

const names: Readonly<Record<number, string>> = { 0: 'PCMU/8000', 8: 'PCMA/8000', 9: 'G722/8000' }

/** The far side's audio; undefined when it offers none that this phone has. */
export function readSdp(body: string): RemoteMedia | undefined {
  const [session = '', ...media] = body.split(/^(?=m=)/m)
  const audio = media.find(part => part.startsWith('m=audio'))
  const line = /^m=audio (\d+) RTP\/AVPF? ([\d ]+)/.exec(audio ?? '')
  if (!audio || !line) return undefined
  const host = /^c=IN IP[46] ([^\s/]+)/m.exec(audio)?.[1] ?? /^c=IN IP[46] ([^\s/]+)/m.exec(session)?.[1]
  const payloadType = (line[2] ?? '')
    .split(' ')
    .map(Number)
    .find(type => type in names)
  if (host === undefined || payloadType === undefined) return undefined
  const direction = /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(audio)?.[1] ?? 'sendrecv'
  return { host, port: Number(line[1]), payloadType, direction: direction as RemoteMedia['direction'] }
}

const mirrored = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const

/** The answer to an offer, or an offer when there is none to answer. */
export function formatSdp(host: string, port: number, offer?: RemoteMedia): string {
  const family = host.includes(':') ? 'IP6' : 'IP4'
  const types = offer ? [offer.payloadType] : [0, 8]
  return [
    'v=0',
    `o=- ${port} 1 IN ${family} ${host}`,
    's=-',
    `c=IN ${family} ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${types.join(' ')}`,
    ...types.map(type => `a=rtpmap:${type} ${names[type]}`),
    'a=ptime:20',
    `a=${offer ? mirrored[offer.direction] : 'sendrecv'}`,
    '',
  ].join('\r\n')
}
