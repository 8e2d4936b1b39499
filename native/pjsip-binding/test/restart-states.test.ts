// The process dies in every state that a call can be in, over datagrams and connections: what had been answered goes on,
// what had not is refused to who called and taken back from who was called.
import test from 'ava'
import { talk } from './call.ts'
import { header, type Message, tagOf } from './message.ts'
import { called, changes, restarted, type Stage, type Up, up } from './restart-stage.ts'

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
        const { bench, restored } = await restarted(t, stage, { transport })
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
      const { bench, restored } = await restarted(t, call, { transport })
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
