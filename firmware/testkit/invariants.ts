// The invariants of the model, asked of a running box after every step of a history; each answers with what is wrong.
import { deviceKind } from '../features/phones/devices/feature.ts'
import { type Line, lineKind } from '../features/phones/lines/feature.ts'
import { alarms } from '../features/safety/alarms/feature.ts'
import { identify } from '../kernel/call/phases.ts'
import type { ResourceKind, Stored } from '../kernel/store.ts'
import { describe } from '../platform/http/describe.ts'
import { MemoryLive } from './memory-live.ts'
import type { Box } from './scenario.ts'
import { type Marked, marked } from './schema-walk.ts'

/** What a history knows beside the box: what was done to it, what it was seen to hold before. */
export class Past {
  /** Sequences of presses that were accepted by the board. */
  readonly presses: number[] = []
  /** Legs with the call that had them, and since when that call is over. */
  readonly owners = new Map<string, { call: string; orphanedAt?: number }>()
  /** Endpoints of every page that was seen to run. */
  readonly pages = new Map<string, readonly string[]>()
  readonly secrets = new Set<string>()
  /** Facts and lines of the log that were looked at already. */
  looked = { told: 0, logged: 0, ended: 0 }
}

type Check = (box: Box, past: Past) => readonly string[]

export interface Invariant {
  readonly number: number
  readonly says: string
  /** Without one: what it waits for, because no feature has it yet. */
  readonly check: Check | { readonly waitsFor: string }
}

export const kindsOf = (box: Box): readonly ResourceKind[] =>
  box.host.features.flatMap(one => (one.resources ?? []) as readonly unknown[] as readonly ResourceKind[])

interface Owned extends Marked {
  readonly of: string
}

/** Every marked field of the document, with whose it is; inside actions too. */
function fieldsOf(box: Box): readonly Owned[] {
  const fields = kindsOf(box).flatMap(kind =>
    box.store
      .all(kind)
      .flatMap((one: Stored<object>) =>
        marked(kind.schema, one).map(found => ({ ...found, of: `${kind.kind}/${one.id}` })),
      ),
  )
  const settings = box.host.features.flatMap(({ name, settings: schema }) =>
    schema ? marked(schema, box.store.settings(name)).map(found => ({ ...found, of: `settings/${name}` })) : [],
  )
  return [...fields, ...settings].flatMap(one => [one, ...insideAction(box, one)])
}

function insideAction(box: Box, one: Owned): readonly Owned[] {
  if (one.means !== 'action') return []
  const { kind, params } = one.value as { kind: string; params: object }
  const schema = box.host.shared.actions.get(kind)?.params
  return schema ? marked(schema, params, `${one.path}.params`).map(found => ({ ...found, of: one.of })) : []
}

const noDanglingRef: Check = box => {
  const known = new Set(kindsOf(box).flatMap(kind => box.store.all(kind).map(one => `${kind.kind}/${one.id}`)))
  const kinds = new Set(kindsOf(box).map(kind => kind.kind))
  return fieldsOf(box).flatMap(({ of, path, means, kind, value }) => {
    const { kind: to, id } = means === 'destination' ? (value as { kind: string; id: string }) : { kind, id: value }
    const points = means === 'ref' || (means === 'destination' && kinds.has(to))
    return points && !known.has(`${to}/${id}`) ? [`${of} ${path} points at ${to}/${id}, which is not there`] : []
  })
}

const oneOwnerPerNumber: Check = box => {
  const owners = new Map<string, string>()
  const emergency = box.sip.emergencyNumbers
  return fieldsOf(box).flatMap(({ of, means, value }) => {
    if (means !== 'number') return []
    const number = String(value)
    const former = owners.get(number)
    owners.set(number, of)
    const owner = box.store.owner(number)
    return [
      ...(former === undefined ? [] : [`${number} belongs to ${former} and to ${of}`]),
      ...(`${owner?.kind}/${owner?.id}` === of ? [] : [`the number plan does not know that ${number} is ${of}'s`]),
      ...(emergency.some(help => help.startsWith(number)) ? [`${of} has ${number}, which begins a call for help`] : []),
    ]
  })
}

/** Asked in the middle of whatever hangs, at one stroke: nothing outside memory could answer. */
const callersAreKnown: Check = box =>
  [...box.sip.phones.values()].flatMap(phone => {
    const line: Stored<Line> | undefined = phone.line === undefined ? undefined : box.store.get(lineKind, phone.line)
    const device = line && box.store.get(deviceKind, line.device)
    if (!line || !device || device.retired) return []
    const from = { user: phone.name, name: phone.name }
    const { source } = phone
    const asked = { from, dialled: '911', source, emergency: true, line: line.id }
    const { party } = identify(box.host.exchange, asked)
    return [
      ...(party.device === device.id
        ? []
        : [`${phone.name} calls from ${device.id}, and is taken for ${party.device}`]),
      ...((party.location ?? party.site) ? [] : [`nobody knows where ${phone.name} stands`]),
    ]
  })

const eachEndpointOnce: Check = (box, past) => {
  const sounding = box.sip.pages.soundsOn()
  const twice = sounding.filter((one, at) => sounding.findIndex(other => other.endpoint === one.endpoint) !== at)
  const running = box.host.calls.pages().flatMap(page => {
    const wanted = [...new Set(page.order.listeners.map(one => one.key))].sort()
    const deliveries = page
      .deliveries()
      .map(one => one.key)
      .sort()
    past.pages.set(page.id, wanted)
    return JSON.stringify(wanted) === JSON.stringify(deliveries)
      ? []
      : [`page ${page.id} is for ${wanted.join(', ')}, and tells of ${deliveries.join(', ')}`]
  })
  return [...twice.map(one => `${one.endpoint} is spoken to twice at a time`), ...running, ...endedPages(box, past)]
}

function endedPages(box: Box, past: Past): readonly string[] {
  const ended = box.facts('page.ended').slice(past.looked.ended)
  past.looked.ended += ended.length
  if (ended.length === 0 || box.records.isHung) return []
  const recorded = box.records.rows<{ page: string; endpoint: string }>('paging_delivery')
  return ended.flatMap(({ page }) => {
    const endpoints = recorded.filter(row => row.page === page).map(row => row.endpoint)
    const missing = (past.pages.get(page) ?? []).filter(key => !endpoints.includes(key))
    return missing.map(key => `page ${page} is over and left no delivery for ${key}`)
  })
}

const everyPressCountsOnce: Check = (box, past) => {
  const found = box
    .use(alarms)
    .all()
    .flatMap(alarm => alarm.presses.map(one => one.press.sequence))
  const reported = new Set(box.board.unacknowledged.map(press => press.sequence))
  return past.presses.flatMap(sequence => {
    const times = found.filter(one => one === sequence).length
    if (times > 1) return [`press ${sequence} is in ${times} alarms`]
    return times === 1 || reported.has(sequence) ? [] : [`press ${sequence} has no alarm and is not reported any more`]
  })
}

const liveFactsOutlive: Check = box => {
  if (box.live.isHung) return []
  const after = new MemoryLive({ after: box.live })
  return [...box.live.now()].flatMap(([name, { keep, values }]) => {
    if (keep !== 'restart' && keep !== 'power') return []
    const restored = [...after.collection(name, { keep }).all()].sort()
    const now = [...values].sort()
    return JSON.stringify(restored) === JSON.stringify(now) ? [] : [`${name} is another after a restart`]
  })
}

/** A switch that was made to fail is given this long to be tidied up after, milliseconds. */
const GRACE = 60_000

const oneOwnerPerLeg: Check = (box, past) => {
  const owned = new Map<string, string>()
  const wrong: string[] = []
  for (const call of box.calls)
    for (const { id } of call.legs) {
      const other = owned.get(id)
      if (other !== undefined && other !== call.id) wrong.push(`leg ${id} belongs to ${other} and to ${call.id}`)
      owned.set(id, call.id)
      past.owners.set(id, { call: call.id })
    }
  const known = new Set(box.sip.dump().legs.map(one => one.leg))
  for (const [leg, owner] of past.owners) {
    if (!known.has(leg)) past.owners.delete(leg)
    else if (!owned.has(leg)) {
      owner.orphanedAt ??= box.clock.since()
      if (box.clock.since() - owner.orphanedAt > GRACE) wrong.push(`call ${owner.call} is over, its leg ${leg} is not`)
    }
  }
  return wrong
}

const nothingSecretShows: Check = (box, past) => {
  const { told, logged } = past.looked
  const places: Readonly<Record<string, string>> = {
    document: JSON.stringify([
      kindsOf(box).map(kind => box.store.all(kind)),
      box.host.features.map(({ name, settings }) => (settings ? box.store.settings(name) : undefined)),
      box.store.history(20),
      box.store.setAside(),
    ]),
    records: box.records.dump(),
    feed: JSON.stringify(box.told.slice(told)),
    log: JSON.stringify(box.logged.slice(logged), (_, value: unknown) =>
      value instanceof Error ? value.stack : value,
    ),
    problems: JSON.stringify(box.host.problems()),
    description: JSON.stringify(describe(box.host)),
  }
  past.looked = { ...past.looked, told: box.told.length, logged: box.logged.length }
  return Object.entries(places).flatMap(([place, text]) =>
    [...past.secrets].filter(secret => text.includes(secret)).map(secret => `${secret} lies open: ${place}`),
  )
}

/** Section 10 of the model. Invariant 9 is checked by the act of undoing itself, which knows the former document. */
export const INVARIANTS: readonly Invariant[] = [
  { number: 1, says: 'nothing points at what is not there', check: noDanglingRef },
  { number: 2, says: 'a number has one owner, and no number begins a call for help', check: oneOwnerPerNumber },
  { number: 3, says: 'device and place of every caller are known from memory', check: callersAreKnown },
  {
    number: 4,
    says: 'a desk session changes no secret, no registration, no location',
    check: { waitsFor: 'desk sessions' },
  },
  { number: 5, says: 'a page reaches each endpoint once, and leaves a delivery for each', check: eachEndpointOnce },
  { number: 6, says: 'every press has one alarm, or is still reported', check: everyPressCountsOnce },
  { number: 7, says: 'live facts answer the same after a restart', check: liveFactsOutlive },
  { number: 8, says: 'a leg has one owner, and ends with its call', check: oneOwnerPerLeg },
  { number: 10, says: 'nothing secret shows', check: nothingSecretShows },
]

/** What is wrong with a box now; empty when nothing is. */
export function broken(box: Box, past: Past): readonly string[] {
  return INVARIANTS.flatMap(({ number, check }) =>
    typeof check === 'function' ? check(box, past).map(what => `invariant ${number}: ${what}`) : [],
  )
}
