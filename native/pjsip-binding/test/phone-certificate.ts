// The certificate that a phone shows: signed by an authority for clients, as makers of phones do.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Credentials } from '../../../firmware/platform/http/certificate.ts'

const SIGNATURE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY = 86_400_000

const bytesOf = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')

export async function makePhoneLeaf(authority: Credentials, name: string): Promise<Credentials> {
  const keys = await webcrypto.subtle.generateKey(SIGNATURE, true, ['sign', 'verify'])
  const signingKey = await webcrypto.subtle.importKey('pkcs8', bytesOf(authority.key), SIGNATURE, false, ['sign'])
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: '42',
      subject: `CN=${name}`,
      issuer: new x509.X509Certificate(authority.certificate).subject,
      notBefore: new Date(Date.now() - DAY),
      notAfter: new Date(Date.now() + DAY),
      signingAlgorithm: SIGNATURE,
      publicKey: keys.publicKey,
      signingKey,
      extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
    },
    webcrypto,
  )
  const raw = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const key = ['-----BEGIN PRIVATE KEY-----', ...(raw.match(/.{1,64}/g) ?? []), '-----END PRIVATE KEY-----', ''].join(
    '\n',
  )
  return { certificate: certificate.toString('pem'), key }
}
