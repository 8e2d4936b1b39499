// Identities made by the kernel itself: calls, legs, pages. Random, never reused.
import { randomUUID } from 'node:crypto'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** Where two hex digits of a UUID's text are wholly random: RFC 9562 fixes the version's digit and half of the variant's. */
const RANDOM_PAIRS = [0, 2, 4, 6, 9, 11, 16, 21, 24, 26, 28, 30, 32]

/** `prefix_` and 26 random characters (130 bits). */
export function newIdentity(prefix: string): string {
  // Node keeps random bytes for UUIDs in stock; asking for so few at a time costs fifty times as much.
  return `${prefix}_${thirteenOf(randomUUID())}${thirteenOf(randomUUID())}`
}

function thirteenOf(uuid: string): string {
  let out = ''
  for (const at of RANDOM_PAIRS)
    out += ALPHABET[((digit(uuid.charCodeAt(at)) & 1) << 4) | digit(uuid.charCodeAt(at + 1))]
  return out
}

/** What a lower-case hex digit counts. */
const digit = (code: number): number => (code & 15) + (code >> 6) * 9
