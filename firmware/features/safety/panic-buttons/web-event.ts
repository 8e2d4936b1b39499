// What a request of a button says: its key, what happened, and whether it was said before. Forms, JSON, XML and addresses alike.
import { PbxError } from '../../../kernel/errors.ts'
import type { HookRequest } from '../../../kernel/feature.ts'
import type { WebKind } from './settings.ts'

/** What a request comes to. */
export interface WebEvent {
  /** A hand on it, or only that it is there. */
  readonly what: 'press' | 'heard'
  /** The same again is the same press. */
  readonly idempotencyKey?: string
}

/** Words for a hand on it; whoever sends none at all means that. */
const PRESSES: ReadonlySet<string> = new Set(['press', 'pressed', 'button', 'alarm', 'panic', 'emergency'])
/** Words for being there. */
const SIGNS: ReadonlySet<string> = new Set(['heartbeat', 'alive', 'poweron', 'boot'])
const LONGEST_KEY = 200

/** The key that came along: as a bearer, as a password, in a header, in the address, in the body. */
export function keyOf(request: HookRequest): string {
  const { authorization = '', 'x-api-key': header } = request.headers
  const [, scheme = '', rest = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return rest
  if (scheme !== '') return Buffer.from(rest, 'base64').toString('utf8').split(':').slice(1).join(':')
  return header ?? request.query.key ?? readable(request).key ?? ''
}

/** Throws `panic-buttons.unreadable`, `panic-buttons.unknown-event`, each with the remedy. */
export function eventOf(request: HookRequest, kind: WebKind): WebEvent {
  const fields = fieldsOf(request)
  const said = (request.query.event ?? fields.event)?.trim().toLowerCase()
  const idempotencyKey = request.headers['idempotency-key'] ?? request.query.idempotencyKey ?? fields.idempotencyKey
  if ((idempotencyKey?.length ?? 0) > LONGEST_KEY)
    throw unreadable(`an idempotency key of more than ${LONGEST_KEY} characters: send a shorter one`)
  const what = whatOf(said, kind)
  return { what, ...(idempotencyKey !== undefined && idempotencyKey !== '' && { idempotencyKey }) }
}

function whatOf(said: string | undefined, kind: WebKind): WebEvent['what'] {
  if (kind === 'CyberData') {
    if (said === undefined) throw unreadable('no <event>: choose "CyberData" only for a device that sends one')
    // BUTTON; later models number their buttons. All else they tell (calls, relays, heartbeat) says that they are there.
    return said.startsWith('button') ? 'press' : 'heard'
  }
  if (said === undefined || said === '' || PRESSES.has(said)) return 'press'
  if (SIGNS.has(said)) return 'heard'
  throw new PbxError('panic-buttons.unknown-event', `"${said.slice(0, 40)}" is no event that is known here`, {
    status: 422,
    fields: { event: `say one of ${[...PRESSES, ...SIGNS].join(', ')}, or none for a press` },
  })
}

type Fields = Readonly<Record<string, string | undefined>>

/** As `fieldsOf`; a body that cannot be read has no fields. */
function readable(request: HookRequest): Fields {
  try {
    return fieldsOf(request)
  } catch (error) {
    if (error instanceof PbxError) return {}
    throw error
  }
}

function fieldsOf({ body, headers }: HookRequest): Fields {
  const text = body.trim()
  if (text === '') return {}
  if (text.startsWith('{')) return fromJson(text)
  // CyberData calls its XML a form and encodes it like one, or not.
  const xml = text.startsWith('<') ? text : text.startsWith('%3C') || text.startsWith('%3c') ? decoded(text) : undefined
  if (xml !== undefined) return { event: /<event[^>]*>\s*([^<]*?)\s*<\/event>/i.exec(xml)?.[1] }
  if (/json/i.test(headers['content-type'] ?? '')) throw unreadable('JSON that is none: send one object of texts')
  return Object.fromEntries(new URLSearchParams(text))
}

function fromJson(text: string): Fields {
  try {
    const fields: Record<string, unknown> = JSON.parse(text)
    return Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
      ),
    )
  } catch (error) {
    throw unreadable('JSON that is none: send one object of texts', error)
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    throw unreadable('a form whose encoding is damaged', error)
  }
}

const unreadable = (why: string, cause?: unknown): PbxError =>
  new PbxError('panic-buttons.unreadable', `the button sent ${why}`, { fields: { body: why }, cause })
