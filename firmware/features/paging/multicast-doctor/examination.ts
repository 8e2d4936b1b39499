// One examination: probes of every stream by every network it leaves by, and where they were heard again.
import { randomBytes } from 'node:crypto'
import type { GroupEar, Network } from '../../../kernel/call/sip-port.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { PbxError } from '../../../kernel/errors.ts'
import { type Finding, finding, planFindings, querierFinding } from './diagnosis.ts'
import { probeOf } from './packets.ts'
import type { QuerierWatch } from './querier-watch.ts'
import type { StreamWays } from './ways.ts'

/** How long switches are given to notice that the box entered the groups, and probes to come back; milliseconds. */
const ENTERING = 700
const COMING_BACK = 800

export interface Stage {
  readonly clock: Clock
  readonly watch: QuerierWatch
  readonly networks: readonly Network[]
  readonly streams: readonly StreamWays[]
}

interface Sent {
  readonly token: number
  readonly stream: string
  readonly ttl: number
  readonly by: string
}

/** Takes about a second and a half; what it sends is silent. */
export async function examine(stage: Stage): Promise<readonly Finding[]> {
  const used = [...new Set(stage.streams.flatMap(ways => ways.by))].sort()
  const findings = [
    ...(stage.streams.length === 0 ? [finding('multicast-doctor.no-streams', { severity: 'info' })] : []),
    ...stage.streams
      .filter(ways => ways.by.length === 0)
      .map(({ stream }) => finding('multicast-doctor.no-way', { severity: 'serious', stream: stream.name })),
    ...planFindings(stage.streams, stage.networks),
    ...(stage.watch.ear === undefined ? [] : await probed(stage, stage.watch.ear)),
  ]
  return [...findings, ...used.map(network => querierFinding(network, stage.watch.of(network)))]
}

async function probed(stage: Stage, ear: GroupEar): Promise<readonly Finding[]> {
  stage.watch.fetch()
  stage.watch.echoes()
  try {
    const entered = await enterAll(stage, ear)
    await stage.clock.sleep(ENTERING)
    const sent: Sent[] = []
    const failed: Finding[] = []
    for (const ways of stage.streams.filter(({ stream }) => !stream.group.includes(':')))
      for (const by of ways.by) {
        const outcome = await probe(stage, ear, { ways, by })
        if ('token' in outcome) sent.push(outcome)
        else failed.push(outcome)
      }
    await stage.clock.sleep(COMING_BACK)
    stage.watch.fetch()
    return [...entered, ...failed, ...heardFindings(stage, sent)]
  } finally {
    ear.leave()
  }
}

/** Into every group on every network: what comes there then, comes to phones that stand there too. */
async function enterAll({ streams, networks }: Stage, ear: GroupEar): Promise<readonly Finding[]> {
  const groups = [...new Set(streams.map(ways => ways.stream.group))].filter(group => !group.includes(':'))
  const findings = new Map<string, Finding>()
  for (const group of groups)
    for (const { name, address } of networks.filter(one => !one.loopback).flatMap(addressed)) {
      const why = await refusal(ear.enter(group, address))
      if (why !== undefined)
        findings.set(name, finding('multicast-doctor.not-entered', { severity: 'warning', network: name }, { why }))
    }
  return [...findings.values()]
}

async function probe(stage: Stage, ear: GroupEar, o: { ways: StreamWays; by: string }): Promise<Sent | Finding> {
  const { group, port, ttl, name } = o.ways.stream
  const about = { severity: 'serious', stream: name, network: o.by } as const
  const [way] = stage.networks.filter(one => one.name === o.by).flatMap(addressed)
  if (way === undefined) return finding('multicast-doctor.no-address-there', about)
  const token = randomBytes(4).readUInt32BE()
  // On the port above, where RTCP belongs: nothing is heard of it.
  const why = await refusal(ear.probe(way.address, { group, port: port + 1, ttl, payload: probeOf(token) }))
  if (why !== undefined) return finding('multicast-doctor.not-sent', about, { why })
  return { token, stream: name, ttl, by: o.by }
}

/** Probes heard on another network than they left by. */
function heardFindings(stage: Stage, sent: readonly Sent[]): readonly Finding[] {
  const findings = new Map<string, Finding>()
  for (const echo of stage.watch.echoes()) {
    const probe = sent.find(one => one.token === echo.token)
    if (probe === undefined || probe.by === echo.network) continue
    const hops = probe.ttl - echo.ttl
    const [key, severity] =
      hops > 0
        ? (['multicast-doctor.routed-between', 'ok'] as const)
        : (['multicast-doctor.one-network', 'info'] as const)
    const about = { severity, stream: probe.stream, network: probe.by }
    findings.set(`${probe.stream} ${probe.by} ${echo.network}`, finding(key, about, { other: echo.network, hops }))
  }
  const left = sent.map(one =>
    finding('multicast-doctor.leaves', { severity: 'ok', stream: one.stream, network: one.by }),
  )
  return [...left, ...findings.values()]
}

const addressed = ({ name, addresses }: Network): { name: string; address: string }[] =>
  addresses
    .filter(({ address }) => address.includes('.'))
    .slice(0, 1)
    .map(({ address }) => ({ name, address }))

/** Why the system would not; `undefined` when it did. */
async function refusal(work: Promise<void>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (!(error instanceof PbxError)) throw error
    return error.message
  }
}
