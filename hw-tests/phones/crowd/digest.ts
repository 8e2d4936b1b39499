// Digest access authentication as a phone does it (RFC 2617, RFC 8760), with MD5 or SHA-256.

import { createHash, randomBytes } from 'node:crypto'

export interface Credentials {
  user: string
  password: string
}

const hashes = { MD5: 'md5', 'SHA-256': 'sha256' } as const

/** The Authorization value for the first challenge that a phone understands; undefined when there is none. */
export function answerChallenge(
  challenges: readonly string[],
  { user, password }: Credentials,
  { method, uri }: { method: string; uri: string },
): string | undefined {
  for (const challenge of challenges.filter(each => /^digest\s/i.test(each))) {
    const field = (name: string) => {
      const found = new RegExp(`[\\s,]${name}\\s*=\\s*(?:"([^"]*)"|([^\\s,]+))`, 'i').exec(challenge)
      return found?.[1] ?? found?.[2]
    }
    const algorithm = (field('algorithm') ?? 'MD5').toUpperCase()
    if (algorithm !== 'MD5' && algorithm !== 'SHA-256') continue
    const [realm, nonce, opaque] = [field('realm') ?? '', field('nonce') ?? '', field('opaque')]
    const hash = (text: string) => createHash(hashes[algorithm]).update(text).digest('hex')
    const ha1 = hash(`${user}:${realm}:${password}`)
    const ha2 = hash(`${method}:${uri}`)
    const qop = field('qop')
      ?.split(',')
      .some(each => each.trim() === 'auth')
      ? 'auth'
      : undefined
    const cnonce = randomBytes(8).toString('hex')
    const proof = qop ? `${ha1}:${nonce}:00000001:${cnonce}:auth:${ha2}` : `${ha1}:${nonce}:${ha2}`
    return [
      `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${hash(proof)}"`,
      `algorithm=${algorithm}`,
      ...(qop ? [`qop=auth, nc=00000001, cnonce="${cnonce}"`] : []),
      ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ].join(', ')
  }
  return undefined
}
