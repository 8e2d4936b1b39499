// Calls up to the moment when the process dies, and a successor on its records.
import type { ExecutionContext } from 'ava'
import type { Binding, RestoredLeg } from '../../../firmware/kernel/call/sip-port.ts'
import { createSwitch } from '../lib/index.ts'
import { Bench, TIMERS } from './bench.ts'
import { talk } from './call.ts'
import { dies, type Scene, type SceneOptions, scene } from './crash-scene.ts'
import type { Identity } from './identity.ts'
import { type Message, mediaPort } from './message.ts'
import { type Dialog, type Phone, until } from './phone.ts'

export type Transport = 'udp' | 'tcp' | 'tls'

export interface Stage {
  readonly s: Scene
  readonly a: Phone
  readonly b: Phone
  readonly caller: Dialog
  /** The INVITE as it came to the called phone. */
  readonly offered: Message
}

/** 201 has called 202, whose phone has answered nothing yet. */
export async function called(t: ExecutionContext, transport: Transport, o: SceneOptions = {}): Promise<Stage> {
  const s = await scene(['201', '202', '203'], o)
  t.teardown(() => s.close())
  const a = await s.phone('201', { transport })
  const b = await s.phone('202', { transport })
  const caller = await a.invite('202')
  return { s, a, b, caller, offered: await b.request('INVITE') }
}

export interface Up extends Stage {
  readonly callee: Dialog
  readonly callerPort: number
  readonly calleePort: number
}

export const inLegOf = ({ s }: Pick<Stage, 's'>): string => {
  const event = s.events.find(one => one.type === 'invite')
  if (event?.type !== 'invite') throw new Error('no call came in')
  return event.leg
}

export async function up(t: ExecutionContext, transport: Transport, o: SceneOptions = {}): Promise<Up> {
  const stage = await called(t, transport, o)
  const { a, b, caller, offered } = stage
  b.reply(offered, 200, { tag: 'callee', body: b.sdp({ formats: '8 101' }) })
  await b.request('ACK')
  const answer = await a.response(200, 'INVITE')
  caller.acknowledge(answer)
  const ports = { callerPort: mediaPort(answer.body), calleePort: mediaPort(offered.body) }
  const call = { ...stage, callee: b.dialogOf(offered, 'callee'), ...ports }
  await talk(call)
  return call
}

/** One phone's re-INVITE is passed to the other, and answered there. */
export async function changes(o: {
  by: Dialog
  other: Phone
  direction: string
  answer: string
  version: number
}): Promise<void> {
  const { phone } = o.by
  o.by.invite({ body: phone.sdp({ formats: '8 101', direction: o.direction, version: o.version }) })
  const asked = await o.other.request('INVITE')
  o.other.reply(asked, 200, { body: o.other.sdp({ formats: '8 101', direction: o.answer, version: o.version }) })
  await o.other.request('ACK')
  o.by.acknowledge(await phone.response(200, 'INVITE'))
}

export interface After {
  readonly bench: Bench
  readonly restored: readonly RestoredLeg[]
}

/** The phones that have registered: what the switch told of them may still be on its way here. */
export async function bindingsOf(s: Scene, atLeast: number): Promise<readonly Binding[]> {
  const bindings = new Map<string, Binding>()
  await until('the registrations to be told', () => {
    for (const event of s.events) if (event.type === 'registered') bindings.set(event.binding.line, event.binding)
    return bindings.size >= atLeast
  })
  return [...bindings.values()]
}

/** A successor on the same records; phones on connections come again, as they do. */
export async function restarted(
  t: ExecutionContext,
  stage: Pick<Stage, 's' | 'a' | 'b'>,
  o: { transport?: Transport; own?: Identity } = {},
): Promise<After> {
  const { s, a, b } = stage
  const transport = o.transport ?? 'udp'
  const bindings = await bindingsOf(s, 2)
  await dies(s.child)
  const bench = new Bench({ sip: createSwitch({ timers: TIMERS }), config: s.config })
  t.teardown(() => bench.sip.stop())
  const { restored } = await bench.sip.start(s.config)
  bench.sip.setLines(s.credentials)
  if (o.own) bench.sip.setEncryption(o.own.encryption)
  bench.sip.setBindings(bindings)
  if (transport !== 'udp')
    for (const phone of [a, b]) {
      await phone.connect(transport)
      await phone.register()
    }
  return { bench, restored }
}
