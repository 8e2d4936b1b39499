// A call between two test phones, as most tests need it.
import type { Binding, Media } from '../../../firmware/kernel/call/sip-port.ts'
import type { Bench } from './bench.ts'
import { type Message, mediaPort } from './message.ts'
import { type Dialog, type Phone, until } from './phone.ts'

/** A call that is up: 201 called 202. */
export interface Up {
  readonly a: Phone
  readonly b: Phone
  readonly callerDialog: Dialog
  readonly calleeDialog: Dialog
  readonly inLeg: string
  readonly callerPort: number
  readonly calleePort: number
}

/** 201 calls 202, JavaScript relays: both talk. */
export async function callUp(
  bench: Bench,
  caller: Parameters<Bench['registered']>[1] = {},
  callee: Parameters<Bench['registered']>[1] = caller,
): Promise<Up> {
  const { phone: a } = await bench.registered('201', caller)
  const { phone: b, binding } = await bench.registered('202', callee)
  const callerDialog = await a.invite('202')
  const arrived = await bench.event('invite')
  ring(bench, { leg: 'out-1', binding, name: 'Ann "A"', media: { kind: 'relay', with: arrived.leg } })
  const offered = await b.request('INVITE')
  b.reply(offered, 180, { tag: 'callee' })
  await bench.event('progress', e => e.status === 180)
  bench.sip.ring(arrived.leg, { status: 180 })
  await a.response(180, 'INVITE')
  b.reply(offered, 200, { tag: 'callee', body: b.sdp({ formats: '8 101' }) })
  await bench.event('answered', e => e.leg === 'out-1')
  await b.request('ACK')
  bench.sip.answer(arrived.leg, { kind: 'relay', with: 'out-1' })
  const answer = await a.response(200, 'INVITE')
  callerDialog.acknowledge(answer)
  await bench.event('answered', e => e.leg === arrived.leg)
  return {
    a,
    b,
    callerDialog,
    calleeDialog: b.dialogOf(offered, 'callee'),
    inLeg: arrived.leg,
    callerPort: mediaPort(answer.body),
    calleePort: mediaPort(offered.body),
  }
}

/** Both phones hear one another through the box. */
export async function talk(up: { a: Phone; b: Phone; callerPort: number; calleePort: number }): Promise<void> {
  up.a.heard.length = 0
  up.b.heard.length = 0
  await until('both to hear one another', () => {
    up.a.speak({ port: up.callerPort, type: 8 })
    up.b.speak({ port: up.calleePort, type: 8 })
    return up.a.heard.length > 2 && up.b.heard.length > 2
  })
}

/** The box rings a registered phone for 201; its media is the box's own unless said. */
export function ring(
  bench: Bench,
  o: { leg: string; binding: Binding; to?: string; name?: string; media?: Media },
): void {
  bench.sip.invite({
    leg: o.leg,
    target: { binding: o.binding },
    from: { number: '201', name: o.name ?? '' },
    to: o.to ?? o.binding.line.replace('lin_', ''),
    media: o.media ?? { kind: 'box' },
    lane: 'new',
  })
}

/** The box calls a phone of its own, which answers at once. */
export async function answered(
  bench: Bench,
  o: { leg: string; number: string; formats: string },
): Promise<{ readonly phone: Phone; readonly offered: Message }> {
  const { phone, binding } = await bench.registered(o.number)
  ring(bench, { leg: o.leg, binding })
  const offered = await phone.request('INVITE')
  phone.reply(offered, 200, { tag: o.leg, body: phone.sdp({ formats: o.formats }) })
  await phone.request('ACK')
  await bench.event('answered', e => e.leg === o.leg)
  return { phone, offered }
}

/** The caller hangs up, JavaScript lets the callee go, and nothing is left. */
export async function hangUp(bench: Bench, up: Up): Promise<void> {
  await up.callerDialog.bye()
  bench.sip.hangup('out-1', 'answered')
  up.b.reply(await up.b.request('BYE'), 200)
  await bench.settled()
}
