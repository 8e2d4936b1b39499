// From the name of a carrier to the addresses of its servers (RFC 3263 section 4), in the order in which they are tried.
import { randomInt } from 'node:crypto'
import type { Address } from '../../../kernel/call/sip-port.ts'
import type { NameServers, ServiceHost } from '../../../kernel/names.ts'

export type Transport = Address['transport']

export interface Question {
  readonly host: string
  /** Given: it is the one, and no service is looked for. */
  readonly port?: number
  readonly transport: Transport
}

/** One address of a trunk. */
export interface Spot extends Address {
  readonly priority: number
  readonly weight: number
}

export interface Located {
  /** The best first; none: there is no such name, or it leads nowhere. */
  readonly spots: readonly Spot[]
  /** How long that may be believed. */
  readonly ttlSeconds: number
}

export const PORTS: Readonly<Record<Transport, number>> = { udp: 5060, tcp: 5060, tls: 5061 }
/** RFC 3263 section 4.1. */
const RULES: Readonly<Record<Transport, string>> = { udp: 'sip+d2u', tcp: 'sip+d2t', tls: 'sips+d2t' }
const SERVICES: Readonly<Record<Transport, string>> = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' }
/** The resolver does not tell for how long rules and services hold. */
const MOST_SECONDS = { address: 300, service: 60 } as const
const SPOTS_AT_MOST = 16

/** Rejects with PbxError `names.silent` when no server answers. */
export async function locate(names: NameServers, question: Question): Promise<Located> {
  const { host, port, transport } = question
  if (port !== undefined) return addressesOf(names, [{ priority: 0, weight: 0, port, host }], question)
  const offered = await servicesOf(names, question)
  if (offered.length > 0) return addressesOf(names, inOrder(offered), question)
  return addressesOf(names, [{ priority: 0, weight: 0, port: PORTS[transport], host }], question)
}

/** What the rules of the domain lead to; without rules what is registered under the usual name. */
async function servicesOf(names: NameServers, { host, transport }: Question): Promise<readonly ServiceHost[]> {
  const rules = [...(await names.rules(host))]
    .filter(({ flags, service }) => flags.toLowerCase() === 's' && service.toLowerCase() === RULES[transport])
    .sort((a, b) => a.order - b.order || a.preference - b.preference)
  for (const name of [...rules.map(({ replacement }) => replacement), `${SERVICES[transport]}.${host}`]) {
    // RFC 2782: a lone dot says that the service is not offered here.
    const found = (await names.services(name)).filter(one => one.host !== '' && one.host !== '.')
    if (found.length > 0) return found
  }
  return []
}

async function addressesOf(
  names: NameServers,
  hosts: readonly ServiceHost[],
  { host, transport }: Question,
): Promise<Located> {
  const tried = await Promise.allSettled(
    hosts.flatMap(one =>
      ([4, 6] as const).map(async family => ({ one, family, found: await names.addresses(one.host, family) })),
    ),
  )
  const answers = tried.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  const spots = answers.flatMap(({ one: { priority, weight, port }, family, found }) =>
    found.map(({ address }): Spot => ({ family, host: address, port, transport, priority, weight })),
  )
  const lost = tried.find(one => one.status === 'rejected')
  if (spots.length === 0 && lost !== undefined) throw lost.reason
  const most = hosts.some(one => one.host !== host) ? MOST_SECONDS.service : MOST_SECONDS.address
  const ttls = answers.flatMap(({ found }) => found.map(({ ttlSeconds }) => ttlSeconds))
  return { spots: spots.slice(0, SPOTS_AT_MOST), ttlSeconds: Math.min(most, ...ttls) }
}

/** The order of RFC 2782: by priority, equals drawn by their weight. `draw` gives a whole number below its argument. */
export function inOrder<T extends { readonly priority: number; readonly weight: number }>(
  all: readonly T[],
  draw: (below: number) => number = randomInt,
): readonly T[] {
  const left = [...all].sort((a, b) => a.priority - b.priority || a.weight - b.weight)
  const ordered: T[] = []
  while (left.length > 0) {
    const equals = left.filter(({ priority }) => priority === left[0]?.priority)
    const lot = draw(equals.reduce((sum, { weight }) => sum + weight, 0) + 1)
    const sums = equals.map((_, at) => equals.slice(0, at + 1).reduce((sum, { weight }) => sum + weight, 0))
    const chosen = equals[sums.findIndex(sum => sum >= lot)]
    if (chosen === undefined) break
    ordered.push(chosen)
    left.splice(left.indexOf(chosen), 1)
  }
  return ordered
}
