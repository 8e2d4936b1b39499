// Bench of calls for help: from the phone's INVITE to the INVITE that leaves for the carrier, and to the notice on a screen,
// while everybody else who is to be told hangs. Times are those of the phone, the carrier and the screen.
import type { Operation } from '../../firmware/kernel/store.ts'
import { until } from '../lab/until.ts'
import { PhoneCrowd } from '../phones/phone-crowd.ts'
import { crowd } from './alarms.ts'
import { machineLoad } from './cost.ts'
import { type Bench, type Figures, quantile, rounded } from './figures.ts'
import { loopSince, onRig, pause, type Rig, range } from './rig.ts'

/** Phones whose screens are told, and which never answer. */
const DEAF = 20
const CALLS = 50
/** Beside the carrier no other phone stands at this address: the box knows it by that. */
const CARRIER = '127.0.0.2'
const [FULL, QUICK] = [200, 10]

export const emergency: Bench = o => {
  const rounds = o.quick ? QUICK : FULL
  return onRig([...range(300, 2 * CALLS), ...range(500, DEAF), '700'], rig => measured(rig, rounds))
}

async function measured(rig: Rig, rounds: number): Promise<Figures> {
  const stations = (from: number, count: number) => {
    const wanted = new Set(range(from, count))
    return rig.stations.filter(({ number }) => wanted.has(number))
  }
  const carrier = await PhoneCrowd.start({
    lines: [{ user: '911' }],
    registrar: { host: rig.box.host, port: rig.box.sipPort },
    host: CARRIER,
    rule: { answers: 'always', afterMs: 0 },
  })
  const deaf = await crowd(rig, stations(500, DEAF), 'never')
  const caller = await crowd(rig, stations(700, 1), 'always')
  const callers = await crowd(rig, stations(300, 2 * CALLS), 'always')
  try {
    await plant(rig, { carrier, screens: stations(500, DEAF).map(one => one.device) })
    process.kill(deaf.pid, 'SIGSTOP')
    for (let i = 0; i < CALLS; i++) await callers.place(String(300 + i), String(300 + CALLS + i), { talks: true })
    await callers.next('answered', 2 * CALLS, 30)
    await loopSince(rig.box)
    const out: number[] = []
    const told: number[] = []
    for (let n = 0; n < rounds; n++) await oneCall(rig, { caller, carrier, out, told })
    const { p99, longest } = await loopSince(rig.box)
    return {
      invite_out_p50_ms: rounded(quantile(out, 0.5)),
      invite_out_p99_ms: rounded(quantile(out, 0.99)),
      invite_out_longest_ms: rounded(quantile(out, 1)),
      notice_p50_ms: rounded(quantile(told, 0.5)),
      notice_p99_ms: rounded(quantile(told, 0.99)),
      calls_for_help: out.length,
      calls_up_at_end: (await callers.calls()).filter(call => call.state === 'up').length / 2,
      event_loop_p99_ms: rounded(p99),
      event_loop_longest_ms: rounded(longest),
      machine_load: machineLoad(),
    }
  } finally {
    await Promise.all([carrier, deaf, caller, callers].map(phones => phones.kill()))
  }
}

interface Parties {
  readonly caller: PhoneCrowd
  readonly carrier: PhoneCrowd
  readonly out: number[]
  readonly told: number[]
}

/** A trunk to the carrier, and screens that a call for help is told on. */
async function plant({ box }: Rig, o: { carrier: PhoneCrowd; screens: readonly string[] }): Promise<void> {
  const [, port = ''] = /:(\d+)(?:;|$)/.exec(o.carrier.addresses[0] ?? '') ?? []
  const trunk = { name: 'Carrier', host: CARRIER, port: Number(port), transport: 'udp', heartbeatSeconds: 0 }
  const plan = { name: 'Gate', screens: o.screens }
  const ops: Operation[] = [
    { op: 'put', kind: 'trunk', id: await box.newId('trunk'), value: trunk },
    { op: 'put', kind: 'emergency-plan', id: await box.newId('emergency-plan'), value: plan },
  ]
  await box.change('a carrier, and who is told', ops)
  await until('the change is in effect', async () => {
    const { applying } = await (await box.console()).ask<{ applying: object[] }>({ ask: 'problems' })
    return applying.length === 0
  })
}

async function oneCall(rig: Rig, { caller, carrier, out, told }: Parties): Promise<void> {
  await Promise.all([caller.forget(), carrier.forget()])
  await caller.place('700', '911')
  const [arrived] = await carrier.next('answered', 1, 10)
  const [placed] = await caller.next('answered', 1, 10)
  if (arrived === undefined || placed === undefined) throw new Error('a call for help was not answered')
  const since = placed.begunAt
  const noticed = () => (rig.screen.lastAt('emergency-call.began') ?? 0) > since
  await until('the screen is told', noticed, { everyMilliseconds: 2, seconds: 10 })
  out.push(arrived.begunAt - since)
  told.push((rig.screen.lastAt('emergency-call.began') ?? Number.NaN) - since)
  await caller.hangup()
  await carrier.next('ended', 1, 10)
  await pause(50)
}
