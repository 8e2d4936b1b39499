// The process dies in every state that a call can be in, over datagrams and connections: what had been answered goes on,
// what had not is refused to who called and taken back from who was called.
import test, { type ExecutionContext } from 'ava'
import type { Binding, RestoredLeg } from '../../../firmware/kernel/call/sip-port.ts'
import { createSwitch } from '../lib/index.ts'
import { Bench, TIMERS } from './bench.ts'
import { talk } from './call.ts'
import { dies, type Scene, scene } from './crash-scene.ts'
import { header, type Message, mediaPort, tagOf } from './message.ts'
import type { Dialog, Phone } from './phone.ts'

type Transport = 'udp' | 'tcp'

interface Stage {
  readonly s: Scene
  readonly a: Phone
  readonly b: Phone
  readonly caller: Dialog
  /** The INVITE as it came to the called phone. */
  readonly offered: Message
}

/** 201 has called 202, whose phone has answered nothing yet. */
async function called(t: ExecutionContext, transport: Transport): Promise<Stage> {
  const s = await scene(['201', '202'])
  t.teardown(() => s.close())
  const a = await s.phone('201', { transport })
  const b = await s.phone('202', { transport })
  const caller = await a.invite('202')
  return { s, a, b, caller, offered: await b.request('INVITE') }
}

interface Up extends Stage {
  readonly callee: Dialog
  readonly callerPort: number
  readonly calleePort: number
}

async function up(t: ExecutionContext, transport: Transport): Promise<Up> {
  const stage = await called(t, transport)
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
async function changes(o: {
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

interface After {
  readonly bench: Bench
  readonly restored: readonly RestoredLeg[]
}

/** A successor on the same records; phones on connections come again, as they do. */
async function restarted(t: ExecutionContext, stage: Stage, transport: Transport): Promise<After> {
  const { s, a, b } = stage
  const bindings = new Map<string, Binding>()
  for (const event of s.events) if (event.type === 'registered') bindings.set(event.binding.line, event.binding)
  await dies(s.child)
  const bench = new Bench({ sip: createSwitch({ timers: TIMERS }), config: s.config })
  t.teardown(() => bench.sip.stop())
  const { restored } = await bench.sip.start(s.config)
  bench.sip.setLines(s.credentials)
  bench.sip.setBindings([...bindings.values()])
  if (transport === 'tcp')
    for (const phone of [a, b]) {
      await phone.connect('tcp')
      await phone.register()
    }
  return { bench, restored }
}

const before = {
  'nobody has answered anything': async () => {},
  'it rings': async ({ a, b, offered }: Stage) => {
    b.reply(offered, 180, { tag: 'callee' })
    await a.response(180, 'INVITE')
  },
  'the called side is heard before it answers': async ({ a, b, offered }: Stage) => {
    b.reply(offered, 183, { tag: 'callee', body: b.sdp({ formats: '8 101' }) })
    await a.response(183, 'INVITE')
  },
}

for (const transport of ['udp', 'tcp'] as const)
  for (const [state, reach] of Object.entries(before))
    test.serial(
      `${transport}: when the process dies while ${state}, the call is refused and rings no more`,
      async t => {
        const stage = await called(t, transport)
        await reach(stage)
        const { bench, restored } = await restarted(t, stage, transport)
        t.deepEqual(restored, [])
        stage.caller.ackOf(await stage.a.response(503, 'INVITE'))
        const cancel = await stage.b.request('CANCEL')
        const branch = (message: Message) => /branch=([^;]+)/.exec(header(message, 'Via'))?.[1]
        t.is(branch(cancel), branch(stage.offered))
        stage.b.reply(cancel, 200, { tag: 'callee' })
        stage.b.reply(stage.offered, 487, { tag: 'callee' })
        t.is(tagOf(header(await stage.b.request('ACK'), 'To')), 'callee')
        t.deepEqual(bench.sip.dump().legs, [])
      },
    )

const during = {
  'both talk': async () => {},
  'the caller holds': async ({ caller, b }: Up) =>
    changes({ by: caller, other: b, direction: 'sendonly', answer: 'recvonly', version: 2 }),
  'the called side holds': async ({ callee, a }: Up) =>
    changes({ by: callee, other: a, direction: 'sendonly', answer: 'recvonly', version: 2 }),
  'both hold': async ({ caller, callee, a, b }: Up) => {
    await changes({ by: caller, other: b, direction: 'sendonly', answer: 'recvonly', version: 2 })
    await changes({ by: callee, other: a, direction: 'inactive', answer: 'inactive', version: 3 })
  },
}

for (const transport of ['udp', 'tcp'] as const)
  for (const [state, reach] of Object.entries(during))
    test.serial(`${transport}: when the process dies while ${state}, the call goes on`, async t => {
      const call = await up(t, transport)
      await reach(call)
      const { bench, restored } = await restarted(t, call, transport)
      t.is(restored.length, 2)
      const held = restored.filter(leg => leg.held).length
      t.is(held, state === 'both talk' ? 0 : state === 'both hold' ? 2 : 1)
      for (const phone of [call.a, call.b]) phone.reply(await phone.request('OPTIONS'), 200)
      await changes({ by: call.caller, other: call.b, direction: 'sendrecv', answer: 'sendrecv', version: 7 })
      await talk(call)
      await call.callee.bye()
      const ended = await bench.event('ended', event => event.by === 'far')
      bench.sip.hangup(restored.find(leg => leg.leg === ended.leg)?.bridgedWith ?? '', 'answered')
      call.a.reply(await call.a.request('BYE'), 200)
      // Open connections are something too.
      if (transport === 'tcp') for (const phone of [call.a, call.b]) phone.disconnect()
      await bench.settled()
    })
