// From endpoints to what a page is sent to: registered contacts, multicast groups, amplifier terminals.
import type { Binding, PageTarget, SipHeader } from '../../../kernel/call/call.types.ts'
import type { Endpoint } from './resolve.ts'
import type { MulticastStream } from './settings.ts'

/**
 * Makes a phone answer by itself. Each make reads another header, and all ignore what they do not know:
 * Call-Info for Cisco, Grandstream and Gigaset, Alert-Info for Yealink, Snom and Fanvil, Answer-Mode is RFC 5373.
 */
export const AUTO_ANSWER: readonly SipHeader[] = [
  { name: 'Call-Info', value: '<sip:page@localhost>;answer-after=0' },
  { name: 'Alert-Info', value: '<http://page.local>;info=alert-autoanswer;delay=0' },
  { name: 'Answer-Mode', value: 'Auto' },
]

/** A target for every endpoint; a phone that is not registered has no bindings and leaves a failed delivery. */
export const pageTargets = (endpoints: readonly Endpoint[], o: Contacts): readonly PageTarget[] =>
  endpoints.map(endpoint => targetOf(endpoint, o))

interface Contacts {
  /** As the page begins. */
  bindingsOf(device: string): readonly Binding[]
  /** Whenever it is asked: for a phone that registers while an alarm speaks. */
  bindingsNow(device: string): readonly Binding[]
}

function targetOf(endpoint: Endpoint, o: Contacts): PageTarget {
  const { key, label } = endpoint
  switch (endpoint.kind) {
    case 'amplifier':
      return { key, label, kind: 'amplifier', amplifier: endpoint.amplifier }
    case 'device': {
      const { device } = endpoint
      const contacts = { bindings: o.bindingsOf(device), bindingsNow: () => o.bindingsNow(device) }
      return { key, label, kind: 'phone', ...contacts, headers: AUTO_ANSWER }
    }
    case 'stream': {
      const { group, port, codec, ttl } = endpoint.stream
      const by = endpoint.network === undefined ? {} : { interface: endpoint.network }
      const listener = {
        id: key,
        kind: 'rtp',
        host: group,
        port,
        codec,
        ttl,
        ...by,
        ...polyOf(endpoint.stream),
      } as const
      return { key, label, kind: 'rtp', listener }
    }
  }
}

/** Group n is channel n + 25 on the wire: those below are of push-to-talk. Its phones show 13 characters of ASCII. */
function polyOf({ framing, pagingGroup, name }: MulticastStream) {
  if (framing !== 'poly' || pagingGroup === undefined) return {}
  const caller = name
    .normalize('NFD')
    .replace(/[^ -~]/g, '')
    .slice(0, 13)
  return { poly: { channel: pagingGroup + 25, caller } }
}
