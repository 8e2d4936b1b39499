// Presence (RFC 3863, RFC 4479, RFC 4480): whether somebody can be reached, and whether he talks.
import { type Asked, xml } from '../subscriptions/feature.ts'
import type { Busy } from './states.ts'

export const PIDF = 'application/pidf+xml'
/** What softphones of the first years ask for. */
export const CPIM_PIDF = 'application/cpim-pidf+xml'

export interface Present {
  /** A phone is registered. */
  readonly open: boolean
  readonly calls: readonly Busy[]
}

export function pidf(asked: Asked, { open, calls }: Present): string {
  const { target, host } = asked
  const entity = `sip:${xml(target)}@${xml(host)}`
  const namespace = asked.contentType === CPIM_PIDF ? 'urn:ietf:params:xml:ns:cpim-pidf' : 'urn:ietf:params:xml:ns:pidf'
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<presence xmlns="${namespace}" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="${entity}">`,
    `<tuple id="phone"><status><basic>${open ? 'open' : 'closed'}</basic></status><contact>${entity}</contact><note>${note(open, calls)}</note></tuple>`,
    `<dm:person id="person"><rpid:activities>${activity(calls)}</rpid:activities></dm:person>`,
    '</presence>',
    '',
  ].join('\n')
}

const talks = (calls: readonly Busy[]) => calls.some(call => call.state === 'confirmed')

function activity(calls: readonly Busy[]): string {
  if (talks(calls)) return '<rpid:on-the-phone/>'
  return calls.length ? '<rpid:busy/>' : '<rpid:unknown/>'
}

/** In the words that phones compare: they are no texts for people. */
function note(open: boolean, calls: readonly Busy[]): string {
  if (talks(calls)) return 'On the phone'
  if (calls.length) return 'Busy'
  return open ? 'Ready' : 'Not online'
}
