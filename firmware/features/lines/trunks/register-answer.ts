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
