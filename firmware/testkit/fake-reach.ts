// Whom the fake switch reaches: the phone of a name, the carrier at an address, and what either says to a request.
import { isIP } from 'node:net'
import type { InviteOptions, SipHeader, SipPort } from '../kernel/call/sip-port.ts'
import type { Manner, VirtualPhone } from './virtual-phone.ts'

type Request = Parameters<SipPort['outOfDialog']>[0]

/** Where nobody is. */
export const NOWHERE = { family: 4, host: '192.0.2.1', port: 5060, transport: 'udp' } as const

/** A leg that the box calls, as the one who is called sees it. */
export const called = (o: InviteOptions) => ({
  leg: o.leg,
  direction: 'is called' as const,
  headers: o.headers ?? [],
  from: o.from.number,
})

/** How phones of a manner refuse a call. */
export const REFUSALS: Readonly<Partial<Record<Manner, number>>> = {
  busy: 486,
  declines: 603,
  'not-available': 480,
  overloaded: 503,
  forwards: 302,
}

/** Of a trunk the one at its address, else the one of this name. */
export function phoneAt(
  phones: ReadonlyMap<string, VirtualPhone>,
  target: InviteOptions['target'],
): VirtualPhone | undefined {
  const uri = 'binding' in target ? target.binding.contact : target.uri
  const named = phones.get(/^sips?:([^@;]+)/.exec(uri)?.[1] ?? uri)
  if ('binding' in target || target.via === undefined) return named
  const { host } = target.via
  return [...phones.values()].find(phone => phone.source.host === host) ?? named
}

/** Whether a target can be called without looking a name up. */
export function saysWhere(target: InviteOptions['target']): boolean {
  if ('binding' in target || target.via !== undefined) return true
  const host = /^sips?:(?:[^@]*@)?(\[[^\]]+\]|[^:;]+)/.exec(target.uri)?.[1] ?? ''
  return isIP(host.replace(/[[\]]/g, '')) !== 0
}

/** The deadline that a phone of this manner misses, milliseconds. */
export function waitsFor(phone: VirtualPhone, deadlines: InviteOptions['deadlines']): number | undefined {
  if (phone.manner === 'silent') return deadlines?.answer
  return phone.manner === 'dies' ? deadlines?.ringing : undefined
}

/** What the real switch would not take either. */
export function checkOutOfDialog(o: Request): void {
  if (!/^(MESSAGE|NOTIFY|OPTIONS|REGISTER)$/.test(o.method))
    throw new TypeError('method must be MESSAGE, NOTIFY, OPTIONS or REGISTER')
  if ((o.method === 'REGISTER') !== (o.registration !== undefined))
    throw new TypeError('registration goes with method REGISTER')
  if (o.headers?.some(header => /[\r\n]/.test(header.name + header.value)))
    throw new TypeError('a header must not have a line break')
}

export function replyOf(
  phone: VirtualPhone | undefined,
  o: Request,
): { status: number; headers?: readonly SipHeader[] } {
  if (phone === undefined) return { status: 408 }
  if (phone.manner === 'overloaded') return { status: 503 }
  return o.method === 'REGISTER' ? phone.registrar(o) : { status: 200 }
}
