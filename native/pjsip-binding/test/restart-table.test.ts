// The process dies once, under a call in every state on every transport, plain and sealed. What was up goes on, and is heard
// by what is said; what had not been answered is refused to who called and taken back from who was called.
import test, { type ExecutionContext } from 'ava'
import type { RestoredLeg } from '../../../firmware/kernel/call/sip-port.ts'
import { createSwitch } from '../lib/index.ts'
import { Bench } from './bench.ts'
import { dies, scene } from './crash-scene.ts'
import { identity } from './identity.ts'
import { until } from './phone.ts'
import { bindingsOf } from './restart-stage.ts'
import {
  asksToHandOn,
  bringAbout,
  CELLS,
  type Cell,
  CREDENTIALS,
  changes,
  isLost,
  members,
  type Stage,
  type State,
  TONE,
  talk,
} from './restart-table.ts'

interface Table {
  readonly bench: Bench
  readonly stages: ReadonlyMap<string, Stage>
  readonly restored: ReadonlyMap<string, RestoredLeg>
}

let ended: (() => Promise<void>) | undefined

async function brought(): Promise<Table> {
  const own = await identity()
  const s = await scene([], { own, timers: {}, voices: 1000 })
  ended = async () => s.close()
  await s.orders({ name: 'setLines', words: [CREDENTIALS] })
  const stages = new Map<string, Stage>()
  const bring = async (cell: Cell): Promise<void> => void stages.set(cell.name, await bringAbout(s, cell))
  // Not all at once, which a box would put off as a flood; nobody tries for ever, and so these come last.
  const tried = ({ state }: Cell) => state === 'being tried'
  for (const transport of ['udp', 'tcp', 'tls'])
    await Promise.all(CELLS.filter(cell => cell.transport === transport && !tried(cell)).map(bring))
  await Promise.all(CELLS.filter(tried).map(bring))
  const bindings = await bindingsOf(s, CREDENTIALS.length)
  await dies(s.child)
  const bench = new Bench({ sip: createSwitch(), config: s.config })
  ended = async () => {
    await bench.sip.stop()
    s.close()
  }
  const { restored } = await bench.sip.start(s.config)
  bench.sip.setLines(CREDENTIALS)
  bench.sip.setEncryption(own.encryption)
  bench.sip.setBindings(bindings)
  await Promise.all([...stages.values()].map(comesBack))
  return { bench, stages, restored: new Map(restored.map(leg => [leg.leg, leg])) }
}

/** Phones on connections come again, as they do. */
async function comesBack({ cell: { transport }, caller, called }: Stage): Promise<void> {
  if (transport === 'udp') return
  for (const { phone } of [caller, called]) {
    await phone.connect(transport)
    await phone.register()
  }
}

let table: Promise<Table> | undefined
test.before(async () => {
  table = brought()
  await table
})
test.after.always(() => ended?.())

async function isRefused({ caller, called, offered }: Stage): Promise<void> {
  caller.dialog.ackOf(await caller.phone.response(503, 'INVITE'))
  const cancel = await called.phone.request('CANCEL')
  called.phone.reply(cancel, 200, { tag: 'callee' })
  called.phone.reply(offered, 487, { tag: 'callee' })
  await called.phone.request('ACK')
}

/** Who is on hold afterwards, and how the call goes on from there until both talk. */
const goesOn: Readonly<Partial<Record<State, (stage: Stage, bench: Bench) => Promise<void>>>> = {
  'held by the caller': ({ caller, called }) => changes(caller, called, ['sendrecv', 'sendrecv']),
  'held by the called side': ({ caller, called }) => changes(called, caller, ['sendrecv', 'sendrecv']),
  'held by both': ({ caller, called }) => changes(caller, called, ['sendrecv', 'sendrecv']),
  'being handed on': async (stage, bench) => {
    await talk(stage)
    await asksToHandOn(stage.caller)
    const { request } = await bench.event('refer', event => event.leg === stage.legs[0])
    bench.sip.respond(request, 503)
    const { phone } = stage.caller
    phone.reply(await phone.next('the end', ({ body }) => body.startsWith('SIP/2.0 503')), 200)
  },
  'parked with music': async ({ caller, legs: [leg, other] }, bench) => {
    bench.sip.tone(leg, 'music', TONE)
    caller.phone.heard.length = 0
    await until('the music', () => caller.heard().some(payload => new Set(payload).size > 8))
    bench.sip.stopPlay(leg, 'music')
    bench.sip.bridge(leg, other)
  },
  'in a mix': async (stage, bench) => bench.sip.mix(stage.cell.name, members(stage)),
}

const HELD: Readonly<Partial<Record<State, readonly [caller: boolean, called: boolean]>>> = {
  'held by the caller': [true, false],
  'held by the called side': [false, true],
  'held by both': [true, true],
}

async function isStillUp(t: ExecutionContext, { bench, restored }: Table, stage: Stage): Promise<void> {
  const { cell, caller, called, legs } = stage
  t.deepEqual(
    legs.map(leg => restored.get(leg)?.held),
    [...(HELD[cell.state] ?? [false, false])],
  )
  for (const { phone } of [caller, called]) phone.reply(await phone.request('OPTIONS'), 200)
  await goesOn[cell.state]?.(stage, bench)
  await talk(stage)
  await caller.dialog.bye()
  t.is((await bench.event('ended', ({ leg }) => leg === legs[0])).by, 'far')
  bench.sip.hangup(legs[1], 'answered')
  called.phone.reply(await called.phone.request('BYE'), 200)
}

for (const cell of CELLS)
  test.serial(
    `${cell.transport}, ${cell.sealed ? 'sealed' : 'plain'}: a call that is ${cell.state} when the process dies ${isLost(cell) ? 'is refused and taken back' : 'goes on'}`,
    async t => {
      if (table === undefined) throw new Error('no process has died')
      const all = await table
      const stage = all.stages.get(cell.name)
      if (stage === undefined) throw new Error('the call was not brought about')
      t.is(all.restored.has(stage.legs[0]), !isLost(cell))
      await (isLost(cell) ? isRefused(stage) : isStillUp(t, all, stage))
      t.false(all.bench.sip.dump().legs.some(leg => stage.legs.includes(leg.leg)))
    },
  )
