// A lease: for so long the number shown with a call for help means the very phone that called.
import type { Party, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Address } from '../../../kernel/call/sip-port.ts'

/** Kept by the number that was shown; the latest call for help from a number counts. */
export interface Lease {
  readonly number: string
  readonly name: string
  readonly call: string
  /** UTC milliseconds. */
  readonly since: number
  readonly until: number
  readonly line?: string
  readonly device?: string
  readonly source?: Address
  readonly site?: string
  readonly location?: string
  readonly trust: Party['trust']
  /** A number of a pool, shown outside: who calls it from outside is meant. */
  readonly outside?: true
  /** Who spoke with the caller: may call back, whoever it is. */
  readonly answeredBy?: { readonly device?: string; readonly extension?: string }
}

/** The lease of a call for help. */
export function leaseOf(party: Party, o: { call: string; since: number; minutes: number }): Lease {
  const { number, name, line, device, source, site, location, trust } = party
  return {
    number,
    name,
    trust,
    call: o.call,
    since: o.since,
    until: o.since + o.minutes * 60_000,
    ...(line !== undefined && { line }),
    ...(device !== undefined && { device }),
    ...(source !== undefined && { source }),
    ...(site !== undefined && { site }),
    ...(location !== undefined && { location }),
  }
}

/** RFC 3261 section 20.26: phones that read it ring through a do-not-disturb of their own. */
const PRIORITY = { name: 'Priority', value: 'emergency' } as const
/** RFC 3261 section 25.1, without what needs escaping: the caller chose it. */
const PLAIN_USER = /^[A-Za-z0-9+*_.!~()-]{1,60}$/

/**
 * Where the phone is reached, in the order in which it is tried: the contact from whose address it called; its line, if
 * it proved to be that line; the address its call came from; its line, if it only seems to be that one. `registered` are
 * those of the device, which of an unproven caller is a guess: on a computer with several phones, the guard's own.
 */
export function waysTo(lease: Lease, registered: readonly RingTarget[]): readonly (readonly RingTarget[])[] {
  const here = registered.filter(target => same(target.party.source, lease.source))
  const line = registered.filter(target => target.party.line === lease.line && !here.includes(target))
  const address = here.length > 0 ? [] : byAddress(lease)
  const ways = lease.trust === 'line' ? [here, line, address] : [here, address, line]
  return ways.filter(way => way.length > 0).map(way => way.map(urgent))
}

const same = (a: Address | undefined, b: Address | undefined) =>
  a !== undefined && b !== undefined && a.host === b.host && a.port === b.port && a.transport === b.transport

const urgent = (target: RingTarget): RingTarget => ({ ...target, headers: [...(target.headers ?? []), PRIORITY] })

function byAddress(lease: Lease): readonly RingTarget[] {
  const { source, number, name, trust, line, device, site, location } = lease
  if (source === undefined) return []
  const host = source.host.includes(':') ? `[${source.host}]` : source.host
  const user = PLAIN_USER.test(number) ? `${number}@` : ''
  const uri = `sip:${user}${host}:${source.port}${source.transport === 'udp' ? '' : `;transport=${source.transport}`}`
  const party: Party = {
    number,
    name,
    trust,
    source,
    ...(line !== undefined && { line }),
    ...(device !== undefined && { device }),
    ...(site !== undefined && { site }),
    ...(location !== undefined && { location }),
  }
  return [{ uri, party }]
}
