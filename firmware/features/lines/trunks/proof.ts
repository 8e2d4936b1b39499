// What a trunk's certificate is proven by, as a person enters it: authorities in PEM, or one fingerprint.
import { X509Certificate } from 'node:crypto'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** Lower-case hexadecimal, without colons. */
export const fingerprintIn = (text: string): string => text.replace(/[^0-9A-Fa-f]/g, '').toLowerCase()

/** What is wrong with it; undefined: nothing. */
export function fingerprintFault(text: string): string | undefined {
  return fingerprintIn(text).length === 64
    ? undefined
    : 'is no SHA-256 fingerprint: write its 64 hexadecimal digits, with or without colons'
}

export function authoritiesFault(text: string): string | undefined {
  const found = text.match(CERTIFICATE) ?? []
  if (found.length === 0) return 'holds no certificate: paste PEM, from -----BEGIN CERTIFICATE----- to the end'
  const unread = found.findIndex(pem => !isReadable(pem))
  return unread < 0 ? undefined : `certificate ${unread + 1} cannot be read: paste it whole`
}

function isReadable(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== ''
  } catch {
    return false
  }
}
