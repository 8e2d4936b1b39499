// Reads the headers of a SIP message as text, and what they ask of a phone: enough for a telephone under test.

/** Header values by lower-case long name; repeated headers are joined by `, ` (RFC 3261 7.3.1). */
export type SipHeaders = Readonly<Record<string, string>>

const longNames: Readonly<Record<string, string>> = {
  b: 'referred-by',
  c: 'content-type',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
}

/** Splits a whole message into its headers and its body; folded lines are unfolded, broken lines left out. */
export function readSipText(raw: string): { headers: SipHeaders; body: string } {
  const cut = raw.indexOf('\r\n\r\n')
  const head = (cut < 0 ? raw : raw.slice(0, cut)).replace(/\r\n[ \t]+/g, ' ')
  const headers: Record<string, string> = {}
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const short = line.slice(0, colon).trim().toLowerCase()
    const name = longNames[short] ?? short
    const value = line.slice(colon + 1).trim()
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return { headers, body: cut < 0 ? '' : raw.slice(cut + 4) }
}

/**
 * Seconds after which an INVITE asks the phone to answer by itself, or undefined when it does not ask.
 * Call-Info `answer-after=` is what Grandstream, Snom and Yealink read, Alert-Info `auto-answer` and `ring-answer`
 * Polycom and Cisco, `info=alert-autoanswer` Yealink and Fanvil; `Answer-Mode: Auto` is RFC 5373.
 */
export function autoAnswerDelay(headers: SipHeaders): number | undefined {
  const after = /;\s*answer-after\s*=\s*(\d+)/i.exec(headers['call-info'] ?? '')
  if (after) return Number(after[1])
  if (/auto-?answer|ring-answer/i.test(headers['alert-info'] ?? '')) return 0
  if (/^\s*auto\b/i.test(headers['answer-mode'] ?? '')) return 0
  return undefined
}
