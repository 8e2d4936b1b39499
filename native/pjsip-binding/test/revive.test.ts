// The process dies under a call for help that nobody has answered yet: its successor goes on where it was.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { SwitchConfig } from '../../../firmware/kernel/call/sip-port.ts'
import { createSwitch } from '../lib/index.ts'
import { Bench, TIMERS } from './bench.ts'
import { talk } from './call.ts'
import { dies, type Scene, scene } from './crash-scene.ts'
import { header, type Message, mediaPort, status, tagOf } from './message.ts'
import { type Dialog, type Phone, until } from './phone.ts'

interface Help {
  readonly s: Scene
  readonly caller: Phone
  readonly guard: Phone
  readonly dialog: Dialog
  /** The INVITE as the guard's phone got it. */
  readonly rung: Message
  /** The INVITE as the caller sent it. */
  readonly sent: string
  /** What the caller knows the call by. */
  readonly tag: string
}

const branchOf = (message: Message): string => /branch=([^;]+)/.exec(header(message, 'Via'))?.[1] ?? ''

/** 911 is dialled, and the guard's phone rings. */
async function ringing(t: ExecutionContext, o: { transport?: 'udp' | 'tcp' } = {}): Promise<Help> {
  const s = await scene(['a1', 'g1'], { guard: 'g1' })
  t.teardown(() => s.close())
  const guard = await s.phone('g1')
  const caller = await s.phone('a1', o)
  let sent = ''
  caller.onSend = text => {
    if (text.startsWith('INVITE')) sent = text
    return true
  }
  const dialog = await caller.invite('911', { challenged: false })
  const rung = await guard.request('INVITE')
  guard.reply(rung, 180, { tag: 'guard' })
  const tag = tagOf(header(await caller.response(180, 'INVITE'), 'To'))
  t.not(tag, '')
  return { s, caller, guard, dialog, rung, sent, tag }
}

async function successor(t: ExecutionContext, config: SwitchConfig) {
  const bench = new Bench({ sip: createSwitch({ timers: TIMERS }), config })
  t.teardown(() => bench.sip.stop())
  const { restored } = await bench.sip.start(config)
  const caller = restored.find(leg => leg.direction === 'in')
  const guard = restored.find(leg => leg.direction === 'out')
  return { bench, restored, caller, guard }
}

/** The guard's phone takes the INVITE for a repetition of the one it knows. */
async function ringsOn(t: ExecutionContext, { guard, rung }: Help, code: 180 | 200 | 486): Promise<Message> {
  const again = await guard.request('INVITE')
  t.is(branchOf(again), branchOf(rung))
  for (const name of ['Call-ID', 'CSeq', 'From', 'To', 'Contact']) t.is(header(again, name), header(rung, name))
  t.is(again.body, rung.body)
  guard.reply(again, code, { tag: 'guard', ...(code === 200 && { body: guard.sdp({ formats: '8 101' }) }) })
  return again
}

/** The guard answers, and both hear one another. */
async function answered(t: ExecutionContext, h: Help, o: Awaited<ReturnType<typeof successor>>): Promise<void> {
  const [into, out] = [o.caller?.leg ?? '', o.guard?.leg ?? '']
  await o.bench.event('answered', event => event.leg === out)
  await h.guard.request('ACK')
  o.bench.sip.answer(into, { kind: 'relay', with: out })
  const answer = await h.caller.response(200, 'INVITE')
  t.is(tagOf(header(answer, 'To')), h.tag)
  h.dialog.acknowledge(answer)
  await o.bench.event('answered', event => event.leg === into)
  o.bench.sip.bridge(into, out)
  t.is(h.caller.inbox.filter(message => status(message) >= 300).length, 0, 'nobody told the caller otherwise')
  await talk({ a: h.caller, b: h.guard, callerPort: mediaPort(answer.body), calleePort: mediaPort(h.rung.body) })
  await h.dialog.bye()
  await o.bench.event('ended', event => event.leg === into)
  o.bench.sip.hangup(out, 'answered')
  h.guard.reply(await h.guard.request('BYE'), 200)
  await o.bench.settled()
}

test.serial(
  'a call for help that rings when the process dies rings on, is answered, and both hear one another',
  async t => {
    const help = await ringing(t)
    await dies(help.s.child)
    const o = await successor(t, help.s.config)
    t.is(o.restored.length, 2)
    t.true(o.restored.every(leg => leg.state === 'early'))
    t.like(o.caller?.invite, { dialled: '911', emergency: true, line: 'lin_a1', again: true, leg: o.caller?.leg ?? '' })
    t.is(o.guard?.leg, 'out-1')
    await ringsOn(t, help, 180)
    await o.bench.event('progress', event => event.leg === 'out-1' && event.status === 180)
    o.bench.sip.ring(o.caller?.leg ?? '', { status: 180 })
    t.is(tagOf(header(await help.caller.response(180, 'INVITE'), 'To')), help.tag)
    help.guard.reply(help.rung, 200, { tag: 'guard', body: help.guard.sdp({ formats: '8 101' }) })
    await answered(t, help, o)
  },
)

test.serial('a guard who answered while there was no process is heard by the caller', async t => {
  const help = await ringing(t)
  await dies(help.s.child)
  help.guard.reply(help.rung, 200, { tag: 'guard', body: help.guard.sdp({ formats: '8 101' }) })
  const o = await successor(t, help.s.config)
  await ringsOn(t, help, 200)
  await answered(t, help, o)
})

test.serial('a guard who refused while there was no process is told of as such', async t => {
  const help = await ringing(t)
  await dies(help.s.child)
  const o = await successor(t, help.s.config)
  await ringsOn(t, help, 486)
  const refused = await o.bench.event('ended', event => event.leg === o.guard?.leg)
  t.is(refused.cause, 'busy')
  await help.guard.request('ACK')
  o.bench.sip.hangup(o.caller?.leg ?? '', 'busy')
  help.dialog.ackOf(await help.caller.response(486, 'INVITE'))
  await o.bench.settled()
})

test.serial('a CANCEL that fell into the time without a process is heard when it is repeated', async t => {
  const help = await ringing(t)
  await dies(help.s.child)
  help.dialog.cancel()
  const o = await successor(t, help.s.config)
  await ringsOn(t, help, 180)
  help.dialog.cancel()
  await help.caller.response(200, 'CANCEL')
  const gone = await help.caller.response(487, 'INVITE')
  t.is(tagOf(header(gone, 'To')), help.tag)
  help.dialog.ackOf(gone)
  t.is((await o.bench.event('ended', event => event.leg === o.caller?.leg)).cause, 'cancelled')
  o.bench.sip.hangup(o.guard?.leg ?? '', 'cancelled')
  const cancel = await help.guard.request('CANCEL')
  t.is(branchOf(cancel), branchOf(help.rung))
  help.guard.reply(cancel, 200, { tag: 'guard' })
  help.guard.reply(help.rung, 487, { tag: 'guard' })
  await o.bench.settled()
})

test.serial('a caller who repeats the INVITE to the successor is no second call', async t => {
  const help = await ringing(t)
  await dies(help.s.child)
  const o = await successor(t, help.s.config)
  const again = await ringsOn(t, help, 180)
  await help.caller.response(100, 'INVITE')
  // As its transaction would: the very same bytes.
  help.caller.sendRaw(help.sent)
  await help.caller.response(100, 'INVITE')
  t.is(o.bench.sip.dump().legs.length, 2)
  t.is(o.bench.events.filter(event => event.type === 'invite').length, 0)
  help.guard.reply(again, 200, { tag: 'guard', body: help.guard.sdp({ formats: '8 101' }) })
  await answered(t, help, o)
})

test.serial('two deaths in a row: the second successor goes on all the same', async t => {
  const help = await ringing(t)
  await dies(help.s.child)
  const first = new Bench({ sip: createSwitch({ timers: TIMERS }), config: help.s.config })
  t.is((await first.sip.start(help.s.config)).restored.length, 2)
  await ringsOn(t, help, 180)
  await first.sip.stop({ keep: true })
  const o = await successor(t, help.s.config)
  t.is(o.restored.length, 2)
  await ringsOn(t, help, 200)
  await answered(t, help, o)
})

test.serial(
  'of a record that was cut short nothing is believed: the caller is told to dial again, the guard’s phone is silent',
  async t => {
    const help = await ringing(t)
    await dies(help.s.child)
    const file = join(help.s.config.stateDirectory, 'legs')
    t.true(existsSync(file))
    const lines = readFileSync(file, 'latin1').split('\n')
    const cut = lines.map(line => (line.startsWith('L in-') ? line.replace(/ wire=(\S{200})\S*/, ' wire=$1') : line))
    t.notDeepEqual(cut, lines)
    writeFileSync(file, cut.join('\n'), 'latin1')
    const o = await successor(t, help.s.config)
    t.deepEqual(o.restored, [])
    help.dialog.ackOf(await help.caller.response(503, 'INVITE'))
    const cancel = await help.guard.request('CANCEL')
    t.is(branchOf(cancel), branchOf(help.rung))
    help.guard.reply(cancel, 200, { tag: 'guard' })
    help.guard.reply(help.rung, 487, { tag: 'guard' })
  },
)

test.serial('a caller on a connection sees it end with the process; the guard’s phone does not ring on', async t => {
  const help = await ringing(t, { transport: 'tcp' })
  await dies(help.s.child)
  const o = await successor(t, help.s.config)
  t.deepEqual(o.restored, [])
  const cancel = await help.guard.request('CANCEL')
  help.guard.reply(cancel, 200, { tag: 'guard' })
  help.guard.reply(help.rung, 487, { tag: 'guard' })
  await until('nothing is left', () => o.bench.sip.dump().legs.length === 0)
})
