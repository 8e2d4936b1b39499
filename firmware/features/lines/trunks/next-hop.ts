// Where packets for a trunk go: to its outbound proxy where it has one, else to its own address.
import { hostFault, isAddress } from './host-name.ts'
import { PORTS, type Question, type Transport } from './locate.ts'

export interface Hop {
  readonly host: string
  readonly port?: number
}

/** What the next hop is read from. */
interface Reached {
  readonly host: string
  readonly port?: number | undefined
  readonly transport: Transport
  readonly proxy?: string | undefined
  readonly proxyTransport?: Transport | undefined
}

/** Reads `host`, `host:port`, an IPv6 address, or one in brackets with a port. Undefined: it is none of these. */
export function hopIn(text: string): Hop | undefined {
  if (isAddress(text)) return { host: text }
  const [, six, name, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = six ?? name ?? ''
  const port = digits === undefined ? undefined : Number(digits)
  if (hostFault(host) !== undefined || port === 0 || (port ?? 0) > 65_535) return undefined
  return { host, ...(port !== undefined && { port }) }
}

export function nextHop({ host, port, proxy }: Reached): Hop {
  const through = proxy === undefined ? undefined : hopIn(proxy)
  return through ?? { host, ...(port !== undefined && { port }) }
}

/** How the next hop is spoken to, whatever the carrier behind it takes (RFC 3261 section 8.1.2). */
export const transportOf = ({ proxy, proxyTransport, transport }: Reached): Transport =>
  (proxy === undefined ? undefined : proxyTransport) ?? transport

/** What is asked of name servers. */
export const questionOf = (trunk: Reached): Question => ({ ...nextHop(trunk), transport: transportOf(trunk) })

export const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/**
 * URIs that a request passes: the proxy, then what the carrier wants calls to pass (RFC 3608 section 6.1), where a proxy
 * that names itself there is not passed twice.
 */
export function routesOf(trunk: Reached, service: readonly string[] = []): readonly string[] {
  if (trunk.proxy === undefined) return service
  const transport = transportOf(trunk)
  const { host, port = PORTS[transport] } = nextHop(trunk)
  const at = port === PORTS[transport] ? '' : `:${port}`
  const own = `sip:${bracketed(host)}${at}${transport === 'udp' ? '' : `;transport=${transport}`};lr`
  const itself = (uri: string) =>
    /^sips?:(?:[^@]*@)?(\[[^\]]+\]|[^:;]+)/i.exec(uri)?.[1]?.toLowerCase() === bracketed(host).toLowerCase()
  return [own, ...(service[0] !== undefined && itself(service[0]) ? service.slice(1) : service)]
}
