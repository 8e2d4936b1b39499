// How a call of a phone comes to the fake switch, and who is refused at its door.
import type { LegId, SipEvent, SipHeader, ToldOfCaller } from '../kernel/call/sip-port.ts'
import type { FakeSip } from './fake-sip.ts'
import type { PhoneLeg, VirtualPhone } from './virtual-phone.ts'

/** How a phone dials: what else its INVITE says, and in whose name. */
export interface Dialling {
  readonly headers?: readonly SipHeader[]
  readonly told?: ToldOfCaller
  readonly replaces?: string
  readonly as?: string
}

/** A line that must encrypt is refused, because the phones of the fake never do. What the phone knows of its call then; nothing where it is taken. */
export function refusedMedia(
  sip: FakeSip,
  phone: VirtualPhone,
  dialled: string,
): Pick<PhoneLeg, 'state' | 'status' | 'cause'> | undefined {
  const { line, source } = phone
  const mustEncrypt = line !== undefined && sip.lines.get(line)?.encryption === 'required'
  if (!mustEncrypt || sip.emergencyNumbers.includes(dialled)) return undefined
  sip.emit({ type: 'media-refused', line, why: 'not-encrypted', source })
  return { state: 'over', status: 488, cause: 'not-acceptable' }
}

export function inviteOf(
  sip: FakeSip,
  phone: VirtualPhone,
  o: { leg: LegId; number: string } & Dialling,
): Extract<SipEvent, { type: 'invite' }> {
  const known = phone.line !== undefined && sip.lines.has(phone.line)
  return {
    type: 'invite',
    leg: o.leg,
    ...(known && phone.line !== undefined && { line: phone.line }),
    from: { user: o.as ?? phone.name, name: `Name of ${phone.name}`, uri: `sip:${phone.name}@box` },
    dialled: o.number,
    source: phone.source,
    emergency: sip.emergencyNumbers.includes(o.number),
    callId: `call-${o.leg}`,
    userAgent: 'Virtual/1.0',
    ...(o.replaces !== undefined && { replaces: { leg: o.replaces, earlyOnly: false } }),
    headers: o.headers ?? [],
    ...(o.told && { told: o.told }),
  }
}
