// Who calls and who sent the call on, as SIP headers tell it: P-Asserted-Identity, Privacy, Diversion, History-Info.
import type {
  DiversionHeaders,
  DiversionReason,
  Diverted,
  SipHeader,
  ToldOfCaller,
} from '../../../firmware/kernel/call/sip-port.ts'

/** RFC 5806 section 9.1. */
const REASONS: Readonly<Record<DiversionReason, string>> = {
  always: 'unconditional',
  busy: 'user-busy',
  'no-answer': 'no-answer',
  unregistered: 'unavailable',
  phone: 'deflection',
  unknown: 'unknown',
}
/** The status that stands for why a target was left (RFC 7044 section 10.2). */
const STATUS: Readonly<Record<DiversionReason, number>> = {
  always: 302,
  busy: 486,
  'no-answer': 408,
  unregistered: 480,
  phone: 302,
  unknown: 302,
}
/** What a far side tells is read up to here: nobody sends a call on more often. */
const MOST = 10

/** The switch writes its own address for `{host}`. */
const addressOf = ({ number, withheld }: Diverted, parameters = ''): string =>
  withheld
    ? 'sip:anonymous@anonymous.invalid'
    : `sip:${encodeURIComponent(number).replace('%2B', '+')}@{host}${parameters}`

/** RFC 3892 section 2: whom the box itself knows to have asked, never what a phone writes. */
export const referral = (number: string | undefined): readonly SipHeader[] =>
  number === undefined ? [] : [{ name: 'Referred-By', value: `<${addressOf({ number, name: '', why: 'unknown' })}>` }]

const quoted = (name: string) => (name === '' ? '' : `"${name.replace(/[\r\n\0]/g, ' ').replace(/["\\]/g, '\\$&')}" `)

/** Headers of an INVITE to `number` that tell who sent the call on; who is withheld stays so. */
export function diversionHeaders(
  diversions: readonly Diverted[],
  o: { readonly as: DiversionHeaders; readonly number: string },
): readonly SipHeader[] {
  if (!diversions.length || o.as === 'off') return []
  return [
    ...(o.as === 'history-info' ? [] : diversions.toReversed().map(diversion)),
    ...(o.as === 'diversion' ? [] : [history(diversions, o.number)]),
  ]
}

/** RFC 5806 section 4: the last one on top. */
function diversion(by: Diverted): SipHeader {
  const name = by.withheld ? '' : quoted(by.name)
  const privacy = by.withheld ? 'full' : 'off'
  return { name: 'Diversion', value: `${name}<${addressOf(by)}>;reason=${REASONS[by.why]};privacy=${privacy}` }
}

/** RFC 7044 section 5: each target that was left, with why, and where the call goes now. */
function history(diversions: readonly Diverted[], number: string): SipHeader {
  const index = (at: number) =>
    Array(at + 1)
      .fill('1')
      .join('.')
  const left = diversions.map((by, at) => {
    const changed = at === 0 ? '' : `;mp=${index(at - 1)}`
    return `<${addressOf(by)}?Reason=SIP%3Bcause%3D${STATUS[by.why]}>;index=${index(at)}${changed}`
  })
  const last = diversions.length - 1
  const now: Diverted = { number, name: '', why: 'unknown' }
  const entries = [...left, `<${addressOf(now)}>;index=${index(last + 1)};mp=${index(last)}`]
  return { name: 'History-Info', value: entries.join(', ') }
}

/** All that an INVITE says of its caller; undefined: nothing. */
export function toldIn(headers: readonly SipHeader[]): ToldOfCaller | undefined {
  const [asserted, diversions] = [assertedIn(headers), diversionsIn(headers)]
  const told = {
    ...(asserted && { asserted }),
    ...(asksPrivacy(headers) && { withheld: true as const }),
    ...(diversions.length > 0 && { diversions }),
  }
  return Object.keys(told).length > 0 ? told : undefined
}

/** Who a far side says sent the call on, the first one first; Diversion counts before History-Info. */
export function diversionsIn(headers: readonly SipHeader[]): readonly Diverted[] {
  const told = valuesOf(headers, 'Diversion').flatMap(value => readDiversion(value) ?? [])
  if (told.length) return told.slice(0, MOST).toReversed()
  return valuesOf(headers, 'History-Info')
    .flatMap(value => readHistory(value) ?? [])
    .slice(0, MOST)
}

function readDiversion(value: string): Diverted | undefined {
  const number = numberIn(value)
  if (number === undefined) return undefined
  const reason = /;\s*reason\s*=\s*"?([a-z-]+)/i.exec(value)?.[1]?.toLowerCase()
  const why = (Object.keys(REASONS) as DiversionReason[]).find(one => REASONS[one] === reason) ?? 'unknown'
  const isWithheld = /;\s*privacy\s*=\s*"?(full|name|uri)/i.test(value)
  return { number, name: nameIn(value), why, ...(isWithheld && { withheld: true as const }) }
}

/** Only entries that say why they were left: the others are steps of routing. */
function readHistory(value: string): Diverted | undefined {
  const number = numberIn(value)
  const status = Number(/Reason=[^>&]*cause(?:%3D|=)(\d{3})/i.exec(value)?.[1])
  if (number === undefined || !status) return undefined
  const why = (Object.keys(STATUS) as DiversionReason[]).find(one => STATUS[one] === status) ?? 'unknown'
  return { number, name: nameIn(value), why, ...(/Privacy=/i.test(value) && { withheld: true as const }) }
}

/** The identity that a trusted network vouches for (RFC 3325 section 9.1); undefined: none. */
export function assertedIn(headers: readonly SipHeader[]): { number: string; name: string } | undefined {
  for (const value of valuesOf(headers, 'P-Asserted-Identity')) {
    const number = numberIn(value)
    if (number !== undefined) return { number, name: nameIn(value) }
  }
  return undefined
}

/** Whether a caller asks not to be named (RFC 3323 section 4.2, RFC 3325 section 9.3). */
export const asksPrivacy = (headers: readonly SipHeader[]): boolean =>
  headers.some(({ name, value }) => /^privacy$/i.test(name) && /(^|[;,\s])(id|user|header)([;,\s]|$)/i.test(value))

/** Entries of a header that is a list, in order; commas in quotes and brackets are no ends. */
const valuesOf = (headers: readonly SipHeader[], wanted: string): readonly string[] =>
  headers
    .filter(({ name }) => name.toLowerCase() === wanted.toLowerCase())
    .flatMap(({ value }) => value.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+/g) ?? [])
    .map(value => value.trim())

const nameIn = (value: string): string =>
  (/^"((?:[^"\\]|\\.)*)"/.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? /^([^<"]*)</.exec(value)?.[1] ?? '')
    .trim()
    .slice(0, 80)

/** The user of a SIP address, or a telephone number; as it may be shown and dialled. */
function numberIn(value: string): string | undefined {
  const found = /(?:sips?:([^@>;]+)(?:;[^@>]*)?@|tel:([^;>?\s]+))/i.exec(value)
  const user = found?.[1] ?? found?.[2]
  if (user === undefined) return undefined
  const plain = user.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return /^[+\w.*#!~'()-]{1,64}$/.test(plain) ? plain : undefined
}
