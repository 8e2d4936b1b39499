// From what was seen to what is wrong, in plain words, and what to do.
import type { Network } from '../../../kernel/call/sip-port.ts'
import { doubtOf, looksLike, sameNetwork } from './group-address.ts'
import type { Querier } from './querier-watch.ts'
import type { Ear, StreamWays } from './ways.ts'
import { words } from './words.en.ts'

/** One thing that the doctor says. */
export interface Finding {
  readonly code: string
  readonly severity: 'ok' | 'info' | 'warning' | 'serious'
  readonly text: string
  readonly remedy: string
  readonly network?: string
  readonly stream?: string
}

type Key = Exclude<keyof typeof words, `${string}.remedy`>
type Values = Readonly<Record<string, string | number>>

/** A finding in words; what has no remedy needs none. */
export function finding(key: Key, o: Pick<Finding, 'severity' | 'network' | 'stream'>, more: Values = {}): Finding {
  const values: Values = { network: o.network ?? '', stream: o.stream ?? '', ...more }
  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
  const remedies: Readonly<Record<string, string>> = words
  return { code: key, ...o, text: filled(words[key]), remedy: filled(remedies[`${key}.remedy`] ?? '') }
}

/** What can be said of the streams without sending anything. */
export function planFindings(all: readonly StreamWays[], networks: readonly Network[]): readonly Finding[] {
  return all.flatMap(ways => [...addressFindings(ways, all), ...placeFindings(ways, networks)])
}

function addressFindings({ stream }: StreamWays, all: readonly StreamWays[]): Finding[] {
  const doubt = doubtOf(stream.group)
  const about = { severity: doubt === 'flooded' ? 'info' : 'warning', stream: stream.name } as const
  const twins = all.filter(other => other.stream.name > stream.name && looksLike(other.stream.group, stream.group))
  return [
    ...(doubt === undefined ? [] : [finding(`multicast-doctor.${doubt}`, about, { group: stream.group })]),
    ...twins.map(other =>
      finding(
        'multicast-doctor.twins',
        { severity: 'info', stream: stream.name },
        { other: other.stream.name, group: stream.group, otherGroup: other.stream.group },
      ),
    ),
  ]
}

/** Listeners that stand where the stream does not come. */
function placeFindings({ stream, by, listeners }: StreamWays, networks: readonly Network[]): Finding[] {
  // Which way it leaves is not known yet.
  if (by.length === 0) return []
  const homes = new Map<string | undefined, Ear[]>()
  for (const ear of listeners) {
    const home = networks.find(one => one.addresses.some(own => sameNetwork(ear.address, own)))?.name
    homes.set(home, [...(homes.get(home) ?? []), ear])
  }
  return [...homes].flatMap(([home, ears]): Finding[] => {
    const about = { stream: stream.name, network: by.join(', ') }
    const values = { listeners: named(ears), home: home ?? '', hops: stream.ttl }
    if (home !== undefined)
      return by.includes(home)
        ? []
        : [finding('multicast-doctor.wrong-network', { severity: 'serious', ...about }, values)]
    if (stream.ttl < 2) return [finding('multicast-doctor.too-few-hops', { severity: 'serious', ...about }, values)]
    return [finding('multicast-doctor.routed', { severity: 'info', ...about }, values)]
  })
}

const NAMED_AT_MOST = 3
const named = (ears: readonly Ear[]): string => {
  const first = ears.slice(0, NAMED_AT_MOST).map(ear => `“${ear.label}” (${ear.address})`)
  return ears.length > NAMED_AT_MOST ? `${first.join(', ')} and ${ears.length - NAMED_AT_MOST} more` : first.join(', ')
}

/** Whether somebody keeps the groups of a network alive. */
export function querierFinding(network: string, querier: Querier): Finding {
  switch (querier.state) {
    case 'heard': {
      const { from, version } = querier.query
      const who = from === '0.0.0.0' ? words['multicast-doctor.no-address'] : from
      return finding('multicast-doctor.querier', { severity: 'ok', network }, { who, version, ago: querier.agoSeconds })
    }
    case 'silent':
      return finding('multicast-doctor.no-querier', { severity: 'warning', network })
    case 'not-yet':
      return finding('multicast-doctor.not-yet', { severity: 'info', network }, { seconds: querier.inSeconds })
    case 'deaf':
      return finding('multicast-doctor.deaf', { severity: 'warning', network }, { why: querier.why })
  }
}
