// The box proves who it is to a carrier: the answer to a digest challenge (RFC 7616, RFC 8760).
import { createHash, randomBytes } from 'node:crypto'
import type { SipHeader } from '../../../kernel/call/sip-port.ts'

interface Challenge {
  readonly realm: string
  readonly nonce: string
  readonly algorithm: 'MD5' | 'SHA-256'
  readonly stale: boolean
  readonly opaque?: string
  readonly qop: boolean
  /** The header that the answer goes into. */
  readonly answerIn: 'Authorization' | 'Proxy-Authorization'
}

/** What is answered, and for which request. */
export interface Proof {
  readonly username: string
  readonly secret: string
  readonly method: string
  readonly uri: string
}

const HASH = { MD5: 'md5', 'SHA-256': 'sha256' } as const

/** The first challenge among the headers that can be answered: a carrier names what it likes best first (RFC 8760 section 2.4). */
export function challengeIn(headers: readonly SipHeader[]): Challenge | undefined {
  for (const { name, value } of headers) {
    const kind = name.toLowerCase()
    if (kind !== 'www-authenticate' && kind !== 'proxy-authenticate') continue
    const challenge = read(value, kind === 'www-authenticate' ? 'Authorization' : 'Proxy-Authorization')
    if (challenge) return challenge
  }
  return undefined
}

function read(value: string, answerIn: Challenge['answerIn']): Challenge | undefined {
  const [, fields] = /^\s*Digest\s+(.*)$/is.exec(value) ?? []
  if (fields === undefined) return undefined
  const given = new Map<string, string>()
  for (const [, key = '', quoted, plain] of fields.matchAll(/([a-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi))
    given.set(key.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  const algorithm = (given.get('algorithm') ?? 'MD5').toUpperCase()
  const [realm, nonce, opaque, qop] = ['realm', 'nonce', 'opaque', 'qop'].map(key => given.get(key))
  if (realm === undefined || nonce === undefined || (algorithm !== 'MD5' && algorithm !== 'SHA-256')) return undefined
  const qops = qop?.split(',').map(one => one.trim().toLowerCase())
  if (qops && !qops.includes('auth')) return undefined
  const stale = given.get('stale')?.toLowerCase() === 'true'
  return { realm, nonce, algorithm, stale, qop: qops !== undefined, answerIn, ...(opaque !== undefined && { opaque }) }
}

/** The header that answers a challenge. */
export function answerTo(
  challenge: Challenge,
  { username, secret, method, uri }: Proof,
  cnonce = randomBytes(12).toString('hex'),
): SipHeader {
  const { realm, nonce, algorithm, opaque } = challenge
  const hash = (text: string) => createHash(HASH[algorithm]).update(text).digest('hex')
  const [ha1, ha2] = [hash(`${username}:${realm}:${secret}`), hash(`${method}:${uri}`)]
  const count = '00000001'
  const middle = challenge.qop ? `${nonce}:${count}:${cnonce}:auth` : nonce
  const fields = [
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${hash(`${ha1}:${middle}:${ha2}`)}"`,
    `algorithm=${algorithm}`,
    ...(challenge.qop ? [`cnonce="${cnonce}"`, 'qop=auth', `nc=${count}`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
  ]
  return { name: challenge.answerIn, value: `Digest ${fields.join(', ')}` }
}

const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`
