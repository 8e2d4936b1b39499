// What the answer to a REGISTER says: for how long it holds, or how long to wait.
import type { SipHeader } from '../../../kernel/call/sip-port.ts'

/** The seconds in a header that begins with a number. */
export function secondsIn(headers: readonly SipHeader[], name: string): number | undefined {
  const found = headers.find(header => header.name.toLowerCase() === name.toLowerCase())
  const [digits] = /^\s*\d{1,9}/.exec(found?.value ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** What the carrier granted this contact: by the contact's own word, else by that of the answer (RFC 3261 section 10.2.4). */
export function expiryIn(headers: readonly SipHeader[], contact: string): number | undefined {
  const contacts = headers
    .filter(({ name }) => /^(contact|m)$/i.test(name))
    .flatMap(({ value }) => value.split(/,(?=\s*<|\s*")/))
  const own = contacts.find(value => value.includes(`${contact}@`))
  const [, seconds] = /;\s*expires\s*=\s*"?(\d{1,9})/i.exec(own ?? '') ?? []
  return seconds === undefined ? secondsIn(headers, 'Expires') : Number(seconds)
}

/** Most URIs that a carrier may have calls pass. */
const ROUTES_AT_MOST = 5

/** What the carrier wants calls to pass (RFC 3608 section 5): URIs in their order, nothing where one of them cannot be used. */
export function serviceRoutesIn(headers: readonly SipHeader[]): readonly string[] {
  const values = headers
    .filter(({ name }) => name.toLowerCase() === 'service-route')
    .flatMap(({ value }) => parted(value))
  const uris = values.map(value => /^\s*(?:"[^"]*"\s*|[^<"]*)<(sips?:[^\s<>",]+)>/i.exec(value)?.[1])
  const usable = uris.every(uri => uri !== undefined && /;lr(?=[;=]|$)/i.test(uri))
  return usable && uris.length <= ROUTES_AT_MOST ? uris.flatMap(uri => uri ?? []) : []
}

const parted = (value: string): readonly string[] => value.split(/,(?=\s*(?:<|"))/)
