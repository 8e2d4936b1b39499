// What the switch is told of a line: never the secret, only what checks a digest made with it.
import { createHash } from 'node:crypto'
import type { LineCredential, MediaEncryption } from '../../../kernel/call/sip-port.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Line } from './settings.ts'

/** RFC 8760 section 2.4: HA1 under both algorithms, so that old and new phones sign in alike. */
export function credentialOf(o: {
  line: string
  authName: string
  realm: string
  secret: string
  encryption?: MediaEncryption | undefined
  keying?: Line['keying']
  cleaning?: Line['cleaning']
  remotePartyId?: boolean | undefined
}): LineCredential {
  const hashed = (algorithm: string) =>
    createHash(algorithm).update(`${o.authName}:${o.realm}:${o.secret}`).digest('hex')
  const checked = { line: o.line, authName: o.authName, ha1Md5: hashed('md5'), ha1Sha256: hashed('sha256') }
  return {
    ...checked,
    ...(o.encryption !== undefined && { encryption: o.encryption }),
    ...(o.keying !== undefined && o.keying !== 'as-phone' && { keying: o.keying }),
    ...(o.cleaning !== undefined && o.cleaning !== 'off' && { cleaning: o.cleaning }),
    ...(o.remotePartyId && { remotePartyId: true as const }),
  }
}

/** Credentials made once per revision of a line: a plant has thousands, and one edit changes one. */
export class CredentialBook {
  #made = new Map<string, LineCredential>()

  /** Of the lines that have a secret. */
  of(
    lines: readonly Stored<Line>[],
    o: { realm: string; secret: (reference: string) => string | undefined },
  ): readonly LineCredential[] {
    const made = new Map<string, LineCredential>()
    for (const line of lines) {
      const key = `${line.id} ${line.rev} ${o.realm}`
      const plain = this.#made.has(key) ? undefined : o.secret(line.secret)
      const credential =
        this.#made.get(key) ??
        (plain === undefined ? undefined : credentialOf({ ...line, line: line.id, realm: o.realm, secret: plain }))
      if (credential) made.set(key, credential)
    }
    this.#made = made
    return [...made.values()]
  }
}
