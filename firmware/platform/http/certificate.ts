// The box's own certificate authority and the certificate of its web pages: made here, so that a plant without internet has TLS.
import 'reflect-metadata'
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

const DAY = 86_400_000
const SIGNATURE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** Browsers refuse server certificates that live longer (CA/Browser Forum baseline requirements 6.3.2). */
const LEAF_DAYS = 397
const AUTHORITY_DAYS = 3_650
export const RENEW_BEFORE_DAYS = 30

/** A certificate and its private key, PEM. */
export interface Credentials {
  readonly certificate: string
  readonly key: string
}

/** Makes the box's authority: kept for ten years, so that a browser is told once to trust it. */
export async function makeAuthority(name: string, now: number): Promise<Credentials> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial(),
      name: `CN=${quoted(name)} authority,O=plant-pbx`,
      // A day back: browsers and phones on the plant floor have clocks that run behind.
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + AUTHORITY_DAYS * DAY),
      signingAlgorithm: SIGNATURE,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: certificate.toString('pem'), key: await pemOfKey(keys.privateKey) }
}

/** Signs a server certificate for host names and addresses (RFC 5280 section 4.2.1.6). */
export async function makeLeaf(authority: Credentials, names: readonly string[], now: number): Promise<Credentials> {
  const keys = await newKeys()
  const issuer = new x509.X509Certificate(authority.certificate)
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial(),
      subject: `CN=${quoted(names[0] ?? 'plant-pbx')},O=plant-pbx`,
      issuer: issuer.subject,
      notBefore: new Date(now - DAY),
      notAfter: new Date(now + LEAF_DAYS * DAY),
      signingAlgorithm: SIGNATURE,
      publicKey: keys.publicKey,
      signingKey: await keyOfPem(authority.key),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        // The latter for carriers that ask who connects to them.
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension(names.map(alternative)),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
      ],
    },
    webcrypto,
  )
  return { certificate: certificate.toString('pem'), key: await pemOfKey(keys.privateKey) }
}

/** Why a leaf must be made anew, or undefined while it still serves. */
export function whyRenew(
  leaf: string,
  authority: string,
  o: { names: readonly string[]; now: number },
): string | undefined {
  const certificate = new x509.X509Certificate(leaf)
  if (certificate.issuer !== new x509.X509Certificate(authority).subject) return 'signed by another authority'
  if (certificate.notAfter.getTime() - o.now < RENEW_BEFORE_DAYS * DAY) return 'runs out soon'
  const usages = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? []
  if (!usages.includes(x509.ExtendedKeyUsage.clientAuth)) return 'cannot be shown to carriers'
  const present = new Set(
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(item => canonical(item.value)),
  )
  const missing = o.names.filter(name => !present.has(canonical(name)))
  return missing.length > 0 ? `does not name ${missing.join(', ')}` : undefined
}

/** Whether a certificate and a key can be read and belong to one another. */
export function fitTogether({ certificate, key }: Credentials): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    // Whatever is wrong with either: there is nothing to serve with.
    return false
  }
}

const newKeys = () =>
  webcrypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

const alternative = (name: string): { type: 'ip' | 'dns'; value: string } => ({
  type: isIP(name) === 0 ? 'dns' : 'ip',
  value: name,
})

/** One spelling per address: `0:0:0:0:0:0:0:1` and `::1` are the same name. */
const canonical = (name: string): string =>
  isIP(name) === 6 ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name.toLowerCase()

/** A distinguished name's value with its special characters escaped (RFC 4514 section 2.4). */
const quoted = (text: string): string => text.replace(/[\\",+<>;=#\r\n]/g, ' ')

const serial = (): string => {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16))
  // Positive and not zero (RFC 5280 section 4.1.2.2).
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return Buffer.from(bytes).toString('hex')
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const raw = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  const lines = raw.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n')
}

async function keyOfPem(pem: string): Promise<webcrypto.CryptoKey> {
  const raw = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  return await webcrypto.subtle.importKey('pkcs8', raw, SIGNATURE, false, ['sign'])
}
