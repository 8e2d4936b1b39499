// The process dies once, under a call in every state on every transport, plain and sealed. What was up goes on, and is heard
// by what is said; what had not been answered is refused to who called and taken back from who was called.
import test from 'ava'
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
  readonly restored: ReadonlyMap<string, RestoredLeg>
  /** What became of each cell's call: who was on hold afterwards, and which side has ended it. */
  readonly outcomes: ReadonlyMap<string, Promise<Outcome>>
}
interface Outcome {
  readonly held: readonly (boolean | undefined)[]
  readonly endedBy: string
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
  const restored = new Map((await bench.sip.start(s.config)).restored.map(leg => [leg.leg, leg]))
  bench.sip.setLines(CREDENTIALS)
  bench.sip.setEncryption(own.encryption)
  bench.sip.setBindings(bindings)
  // Side by side: a successor waits for its phones' answers, and not for ever.
  const goesOn = async (stage: Stage): Promise<Outcome> => {
    await comesBack(stage)
    return isLost(stage.cell) ? isRefused(stage) : isStillUp(stage, { bench, restored })
  }
  const outcomes = new Map([...stages].map(([name, stage]) => [name, goesOn(stage)]))
  await Promise.allSettled(outcomes.values())
  return { bench, restored, outcomes }
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

async function isRefused({ caller, called, offered }: Stage): Promise<Outcome> {
  caller.dialog.ackOf(await caller.phone.response(503, 'INVITE'))
  const cancel = await called.phone.request('CANCEL')
  called.phone.reply(cancel, 200, { tag: 'callee' })
  called.phone.reply(offered, 487, { tag: 'callee' })
  await called.phone.request('ACK')
  return { held: [], endedBy: 'the box' }
}

/** How the call goes on from each state until both talk. */
const onwards: Readonly<Partial<Record<State, (stage: Stage, bench: Bench) => Promise<void>>>> = {
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

async function isStillUp(stage: Stage, { bench, restored }: Pick<Table, 'bench' | 'restored'>): Promise<Outcome> {
  const { cell, caller, called, legs } = stage
  for (const { phone } of [caller, called]) phone.reply(await phone.request('OPTIONS'), 200)
  await onwards[cell.state]?.(stage, bench)
  await talk(stage)
  await caller.dialog.bye()
  const { by } = await bench.event('ended', ({ leg }) => leg === legs[0])
  bench.sip.hangup(legs[1], 'answered')
  called.phone.reply(await called.phone.request('BYE'), 200)
  return { held: legs.map(leg => restored.get(leg)?.held), endedBy: by }
}

for (const cell of CELLS)
  test.serial(
    `${cell.transport}, ${cell.sealed ? 'sealed' : 'plain'}: a call that is ${cell.state} when the process dies ${isLost(cell) ? 'is refused and taken back' : 'goes on'}`,
    async t => {
      const { outcomes } = (await table) ?? {}
      const expected: Outcome = isLost(cell)
        ? { held: [], endedBy: 'the box' }
        : { held: HELD[cell.state] ?? [false, false], endedBy: 'far' }
      t.deepEqual(await outcomes?.get(cell.name), expected)
    },
  )

test.serial('nothing is left of any call', async t => {
  const { bench, restored } = (await table) ?? {}
  t.is(restored?.size, CELLS.filter(cell => !isLost(cell)).length * 2)
  await until('the last leg to go', () => bench?.sip.dump().legs.length === 0)
})
