// Certificates of a test: a plant's authority, the box's own, and those of phones.
import type { Encryption } from '../../../firmware/kernel/call/sip-port.ts'
import { type Credentials, makeAuthority, makeLeaf } from '../../../firmware/platform/http/certificate.ts'

export interface Identity {
  readonly authority: Credentials
  readonly box: Credentials
  /** What the switch is told, with phones asked for nothing. */
  readonly encryption: Encryption
}

export async function identity(name = 'box'): Promise<Identity> {
  const authority = await makeAuthority(name, Date.now())
  const box = await makeLeaf(authority, [name, 'localhost', '127.0.0.1', '::1'], Date.now())
  return { authority, box, encryption: { certificate: box.certificate, key: box.key, clients: 'never' } }
}
