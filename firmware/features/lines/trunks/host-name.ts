// What may stand where a trunk's address is entered: an IP address, or the name of a host (RFC 1123 section 2.1).
import { parseNetwork } from './networks.ts'

const LABEL = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/

export const isAddress = (host: string): boolean => parseNetwork(host)?.single === true

/** What is wrong with it and how it is written; undefined: nothing. */
export function hostFault(host: string): string | undefined {
  if (isAddress(host)) return undefined
  const labels = host.split('.')
  if (/[/@\s]|^sips?:/i.test(host)) return 'is more than a host name: write only the name, like sip.carrier.example'
  if (/:\d+$/.test(host)) return 'has a port at its end: enter that under Port'
  // RFC 1123 section 2.1: a name does not end in a number; such a text is an address with a slip in it.
  const isName = host.length <= 253 && labels.every(label => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '')
  return isName
    ? undefined
    : 'is neither an IP address nor a host name: write it like 203.0.113.7 or sip.carrier.example'
}
