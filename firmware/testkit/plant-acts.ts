// What people, phones, wires and misfortune do to a plant in a random history: each act is a word and two numbers that choose.
import { ringGroupKind } from '../features/answering/ring-groups/feature.ts'
import { zoneKind } from '../features/paging/zones/feature.ts'
import { deviceKind } from '../features/phones/devices/feature.ts'
import { extensionKind } from '../features/phones/extensions/feature.ts'
import { lineKind } from '../features/phones/lines/feature.ts'
import { locationKind } from '../features/places/locations/feature.ts'
import { PbxError } from '../kernel/errors.ts'
import type { Operation, ResourceKind, Stored } from '../kernel/store.ts'
import { ask, kari, liveAlarms } from './fresh-plant.ts'
import { kindsOf, type Past } from './invariants.ts'
import type { Box } from './scenario.ts'
import { marked } from './schema-walk.ts'
import { former, type Memory } from './undo-memory.ts'
import type { VirtualPhone } from './virtual-phone.ts'

export interface Act {
  readonly do: keyof typeof ACTS
  readonly a: number
  readonly b: number
}

/** A history under way. */
export interface Plant {
  readonly box: Box
  readonly past: Past
  readonly memory: Memory
}

export const NUMBERS = ['201', '202', '203', '204']
const DIALLED = [...NUMBERS, '600', '700', '911', '933', '8888']
/** Numbers that edits try to give: some taken, some that begin a call for help. */
const WANTED = ['201', '202', '205', '206', '600', '9', '911', '93']

const pick = <T>(among: readonly T[], n: number): T | undefined => among[n % Math.max(1, among.length)]
const phone = (box: Box, n: number): VirtualPhone => box.phone(pick(NUMBERS, n) ?? '201')
const stored = <T extends object>(box: Box, kind: ResourceKind<T>, n: number): Stored<T> | undefined =>
  pick(box.store.all(kind), n)

const REFUSED = /failed, as the test asked$/

/** What the box refuses, or a port that was made to fail refused it, is an answer; anything else is a fault of the box. */
async function tried(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof PbxError || (error instanceof Error && REFUSED.test(error.message)))) throw error
  }
}

/** A person asks for something and does not wait: what hangs may answer much later. */
function asks({ box }: Plant, path: string, input: object): Promise<void> {
  const asked = tried(() => ask(box, path, input))
  return Promise.race([asked, box.settles()])
}

async function edit({ box, memory }: Plant, ...ops: Operation[]): Promise<void> {
  await tried(() => box.store.change({ why: 'random', author: kari, ops }))
  memory.saw(box)
}

function put<T extends object>(kind: ResourceKind<T>, one: Stored<T> | undefined, change: object): Operation[] {
  if (!one) return []
  const { id, rev: _, ...fields } = one
  return [{ op: 'put', kind: kind.kind, id, value: { ...fields, ...change } }]
}

/** Points some reference of some resource at something else: at its own kind, another kind, or nothing at all. */
async function repoints(plant: Plant, a: number, b: number): Promise<void> {
  const { box } = plant
  const kinds = kindsOf(box)
  const kind = pick(kinds, a)
  const one = kind && stored(box, kind, b)
  const refs = kind && one ? marked(kind.schema, one).filter(found => found.means === 'ref') : []
  const field = pick(refs, a + b)
  if (!kind || !one || !field) return
  const others = kinds.flatMap(other => box.store.all(other).map(({ id }) => id))
  const value = structuredClone(one) as Record<string, unknown>
  setAt(value, field.path, pick([...others, 'ext_00000000000000000000000000'], a * 31 + b))
  const { id, rev: _, ...fields } = value
  await edit(plant, { op: 'put', kind: kind.kind, id: String(id), value: fields })
}

function setAt(value: Record<string, unknown>, path: string, to: unknown): void {
  const steps = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
  const last = steps.pop() ?? ''
  const inner = steps.reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], value)
  ;(inner as Record<string, unknown>)[last] = to
}

/** By name, so that a failing history can be read; the more often a name stands in `WEIGHTS`, the more often it happens. */
export const ACTS = {
  dials: ({ box }: Plant, a: number, b: number) => void phone(box, a).dials(pick(DIALLED, b) ?? '201'),
  answers: ({ box }: Plant, a: number) => phone(box, a).answers(),
  declines: ({ box }: Plant, a: number) => phone(box, a).declines(),
  'hangs up': ({ box }: Plant, a: number) => phone(box, a).hangsUp(),
  holds: ({ box }: Plant, a: number, b: number) => phone(box, a).holds(b % 2 === 0),
  'presses digits': ({ box }: Plant, a: number, b: number) =>
    phone(box, a).presses(pick(['1', '5', '#', '*'], b) ?? '1'),
  transfers: ({ box }: Plant, a: number, b: number) => phone(box, a).refers(pick(DIALLED, b) ?? '201'),
  'transfers to a call': ({ box }: Plant, a: number, b: number) => {
    const other = phone(box, b).call
    if (other?.state === 'talking') phone(box, a).refers(phone(box, b).name, { replaces: other.leg })
  },
  'takes over': ({ box }: Plant, a: number, b: number) => {
    const other = phone(box, b).call
    if (other && other.state !== 'over') phone(box, a).dials(phone(box, b).name, { replaces: other.leg })
  },
  'phone leaves': ({ box }: Plant, a: number) => phone(box, a).unregisters(),
  'phone comes': ({ box }: Plant, a: number) => phone(box, a).registers(),
  manner: ({ box }: Plant, a: number, b: number) => {
    phone(box, a).manner = pick(['rings', 'answers', 'busy', 'silent', 'rings'] as const, b) ?? 'rings'
  },
  'button is pressed': ({ box, past }: Plant, a: number) => {
    past.presses.push(box.board.press(`in-${(a % 8) + 1}`).sequence)
  },
  'alarm is cleared': (plant: Plant, a: number) => {
    const one = pick(liveAlarms(plant.box), a)
    return one && asks(plant, 'alarms/clear', { alarm: one.id })
  },
  'alarm is acknowledged': (plant: Plant, a: number) => {
    const one = pick(liveAlarms(plant.box), a)
    return one && asks(plant, 'alarms/acknowledge', { alarm: one.id })
  },
  'zone is paged': (plant: Plant, a: number, b: number) => {
    const zone = stored(plant.box, zoneKind, a)
    const priority = pick(['normal', 'alarm', 'bell'], b)
    return zone && asks(plant, 'paging/start', { zone: zone.id, text: `Say ${b % 5}.`, priority, repeats: 1 + (b % 3) })
  },
  'page is stopped': (plant: Plant, a: number) => {
    const page = pick(plant.box.host.calls.pages(), a)
    return page && asks(plant, 'paging/stop', { page: page.id })
  },
  'forward is switched': (plant: Plant, a: number, b: number) => {
    const extension = stored(plant.box, extensionKind, a)?.id
    const when = pick(['always', 'busy', 'no-answer', 'unregistered'], b)
    const how = b % 5 === 0 ? { asRule: true } : { to: pick(DIALLED, a + b) }
    return extension && asks(plant, 'forwarding/switch', { extension, when, ...how })
  },
  'number is changed': (plant: Plant, a: number, b: number) =>
    edit(plant, ...put(extensionKind, stored(plant.box, extensionKind, a), { number: pick(WANTED, b) })),
  'phone is moved': (plant: Plant, a: number, b: number) => {
    const location = stored(plant.box, locationKind, b)?.id
    return edit(plant, ...put(deviceKind, stored(plant.box, deviceKind, a), { location }))
  },
  'room is made': ({ box, ...plant }: Plant, a: number, b: number) => {
    const parent = stored(box, locationKind, a)
    const value = { name: `Room ${b}`, kind: 'room', ...(parent && { site: parent.site, parent: parent.id }) }
    return edit({ box, ...plant }, { op: 'put', kind: locationKind.kind, id: box.store.newId(locationKind), value })
  },
  'secret is changed': async (plant: Plant, a: number, b: number) => {
    const one = stored(plant.box, lineKind, a)
    const secret = `secret-by-hand-${b}`
    plant.past.secrets.add(secret)
    await edit(plant, ...put(lineKind, one, {}).map(op => ({ ...op, secrets: { secret } }) as Operation))
  },
  'group is changed': (plant: Plant, a: number, b: number) => {
    const members = plant.box.store.all(extensionKind).flatMap(({ id }, at) => (((a + 1) >> at) % 2 ? [id] : []))
    const strategy = pick(['all', 'round-robin', 'in-order', 'random'], b)
    return edit(plant, ...put(ringGroupKind, stored(plant.box, ringGroupKind, a), { members, strategy }))
  },
  'zone is changed': (plant: Plant, a: number, b: number) => {
    const { box } = plant
    const devices = box.store.all(deviceKind).flatMap(({ id }, at) => ((b >> at) % 2 ? [id] : []))
    const zones = [stored(box, zoneKind, b)?.id ?? '']
    return edit(plant, ...put(zoneKind, stored(box, zoneKind, a), { devices, zones, number: b % 3 ? '700' : '600' }))
  },
  'something is pointed elsewhere': repoints,
  'something is deleted': (plant: Plant, a: number, b: number) => {
    const kind = pick(kindsOf(plant.box), a)
    const one = kind && stored(plant.box, kind, b)
    return kind && one ? edit(plant, { op: 'delete', kind: kind.kind, id: one.id }) : undefined
  },
  'a change is undone': (plant: Plant, a: number) => former(plant, plant.box.store.revision - (a % 6)),
  'time passes': ({ box }: Plant, a: number) => box.passes(`${(a % 30) + 1}s`),
  'much time passes': ({ box }: Plant, a: number) => box.passes(`${(a % 5) + 1}m`),
  'the wall clock jumps': ({ box }: Plant, a: number, b: number) => {
    box.clock.setWall(box.clock.now() + (a - 500) * 60_000 * (b % 3))
  },
  'the disk hangs': ({ box }: Plant) => box.live.hang(),
  'the records hang': ({ box }: Plant) => box.records.hang(),
  'the disks go on': ({ box }: Plant) => {
    box.live.recover()
    box.records.recover()
  },
  'the switch fails': ({ box }: Plant, a: number) => box.sip.failAt((a % 5) + 1),
  'the board fails': ({ box }: Plant, a: number) => box.board.failAt((a % 5) + 1),
  'the box is killed': async ({ box }: Plant) => {
    box.live.recover()
    await box.restarts()
  },
  'the box dies in the middle': ({ box }: Plant, a: number) => box.sip.dieAt((a % 12) + 1, () => box.dies()),
  'the power fails': async ({ box }: Plant) => {
    box.live.recover()
    await box.restarts({ lost: 'power' })
  },
} as const satisfies Record<string, (plant: Plant, a: number, b: number) => unknown>

const WEIGHTS: Partial<Record<keyof typeof ACTS, number>> = {
  dials: 8,
  answers: 6,
  'hangs up': 3,
  transfers: 2,
  'button is pressed': 4,
  'zone is paged': 2,
  'time passes': 4,
  'something is deleted': 3,
  'something is pointed elsewhere': 3,
  'a change is undone': 3,
  'the box is killed': 2,
}

/** Names as often as they are to happen. */
export const OFTEN = (Object.keys(ACTS) as (keyof typeof ACTS)[]).flatMap(name =>
  Array.from({ length: WEIGHTS[name] ?? 1 }, () => name),
)

/** Does one act, and lets the plant settle; a box that died starts again. */
export async function happens(plant: Plant, act: Act): Promise<void> {
  const { box } = plant
  await ACTS[act.do](plant, act.a, act.b)
  await box.settles()
  if (!box.isDead) return
  box.live.recover()
  await box.restarts()
}

/** Phones 201 to 204, the group 600 and the zone 700 of a fresh plant. */
export async function furnish(box: Pick<Box, 'store' | 'put'>): Promise<void> {
  const members = NUMBERS.map(number => box.store.owner(number)?.id ?? '')
  await box.put(ringGroupKind.kind, { name: 'Gate', number: '600', members: members.slice(1) })
  const devices = box.store.all(deviceKind).map(one => one.id)
  await box.put(zoneKind.kind, { name: 'Hall', number: '700', devices: devices.slice(0, 3) })
}
