// Seeded damage to SIP messages: the same seed gives the same messages, so that what breaks once breaks again.

export type Random = () => number

/** mulberry32: enough for tests, and the same everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const WORDS = [
  '',
  ' ',
  '\0',
  '\r\n',
  '\r\n ',
  '"',
  '<',
  '>',
  ';',
  ',',
  '=',
  '%',
  '%00',
  '@',
  ':',
  '[::1]',
  'sip:',
  'tel:+1',
  'sips:x',
  '-1',
  '0',
  '4294967296',
  '99999999999999999999',
  ';tag=',
  ';branch=',
  '\u00ff\u00fe',
  'ä',
  '*',
  'multipart/mixed;boundary=x',
  'a'.repeat(300),
  '('.repeat(200),
]

const between = (random: Random, low: number, high: number): number => low + Math.floor(random() * (high - low))

type Damage = (text: string, random: Random) => string

const DAMAGES: readonly Damage[] = [
  (text, random) => text.slice(0, between(random, 0, text.length)),
  (text, random) => {
    const at = between(random, 0, text.length)
    return text.slice(0, at) + String.fromCharCode(between(random, 0, 256)) + text.slice(at + 1)
  },
  (text, random) => {
    const at = between(random, 0, text.length)
    return text.slice(0, at) + (WORDS[between(random, 0, WORDS.length)] ?? '') + text.slice(at)
  },
  (text, random) => {
    const at = between(random, 0, text.length)
    return text.slice(0, at) + text.slice(at + between(random, 1, 40))
  },
  (text, random) => {
    const lines = text.split('\r\n')
    lines.splice(between(random, 0, lines.length), 1)
    return lines.join('\r\n')
  },
  (text, random) => {
    const lines = text.split('\r\n')
    const line = lines[between(random, 0, lines.length)] ?? ''
    lines.splice(between(random, 0, lines.length), 0, line)
    return lines.join('\r\n')
  },
  (text, random) => text.replace(/\d+/g, digits => (random() < 0.1 ? (WORDS[between(random, 19, 23)] ?? '0') : digits)),
]

/** One to three damages to a message. */
export function damaged(text: string, random: Random): string {
  let out = text
  for (let n = between(random, 1, 4); n > 0; n -= 1)
    out = (DAMAGES[between(random, 0, DAMAGES.length)] as Damage)(out, random)
  return out
}
