// A plant of a few kinds that use every rule of the document: pointers, numbers, secrets, destinations, actions.
import { PbxError } from '../kernel/errors.ts'
import { ActionField, DestinationField, DialNumber, Name, Ref, Seconds, Secret, Type } from '../kernel/schema.ts'
import type { Operation, RegistryChecks, ResourceKind, Who } from '../kernel/store.ts'
import { MemoryStore } from './memory-store.ts'

export interface Zone {
  name: string
  number?: string
  members: ({ endpoint: string } | { zone: string })[]
}
export interface Extension {
  name: string
  number: string
  also?: string[]
  site?: string
  user?: string
  forward?: { kind: string; id: string }
  patienceSeconds: number
}
export interface Device {
  name: string
  site: string
  login?: { authName: string; secret: string }
}
export interface Plan {
  name: string
  steps: { do: { kind: string; params: Record<string, unknown> }; note?: string }[]
}

export const site: ResourceKind<{ name: string; parent?: string }> = {
  kind: 'site',
  prefix: 'sit',
  title: ['site', 'sites'],
  label: 'name',
  schema: Type.Object({ name: Name(), parent: Type.Optional(Ref('site')) }),
}
export const user: ResourceKind<{ name: string; grants: { site: string; role: string }[] }> = {
  kind: 'user',
  prefix: 'usr',
  title: ['user', 'users'],
  label: 'name',
  schema: Type.Object({
    name: Name(),
    grants: Type.Array(Type.Object({ site: Ref('site', { onDelete: 'with' }), role: Type.String() }), { default: [] }),
  }),
}
export const extension: ResourceKind<Extension> = {
  kind: 'extension',
  prefix: 'ext',
  title: ['extension', 'extensions'],
  label: 'name',
  schema: Type.Object({
    name: Name({ unique: false }),
    number: DialNumber(),
    also: Type.Optional(Type.Array(DialNumber())),
    site: Type.Optional(Ref('site')),
    user: Type.Optional(Ref('user', { onDelete: 'clear' })),
    forward: Type.Optional(DestinationField()),
    patienceSeconds: Seconds({ default: 20, maximum: 300 }),
  }),
  check: value => (value.name === 'nobody' ? { name: 'is a word of ours: choose another' } : {}),
}
export const device: ResourceKind<Device> = {
  kind: 'device',
  prefix: 'dev',
  title: ['device', 'devices'],
  label: 'name',
  schema: Type.Object({
    name: Name(),
    site: Ref('site', { onDelete: 'with' }),
    login: Type.Optional(Type.Object({ authName: Type.String(), secret: Secret({ description: '8 to 20 signs' }) })),
    pin: Type.Optional(Type.Unsafe<string>({ type: 'string', pattern: '^[0-9]{4}$', 'x-secret': true })),
  }),
}
export const zone: ResourceKind<Zone> = {
  kind: 'zone',
  prefix: 'zon',
  title: ['zone', 'zones'],
  label: 'name',
  schema: Type.Object({
    name: Name(),
    number: Type.Optional(DialNumber()),
    members: Type.Array(
      Type.Union([
        Type.Object({ endpoint: Ref('device', { onDelete: 'with' }) }),
        Type.Object({ zone: Ref('zone', { onDelete: 'with' }) }),
      ]),
    ),
  }),
}
export const plan: ResourceKind<Plan> = {
  kind: 'plan',
  prefix: 'pln',
  title: ['plan', 'plans'],
  label: 'name',
  schema: Type.Object({
    name: Name(),
    steps: Type.Array(Type.Object({ do: ActionField(), note: Type.Optional(Type.String()) })),
  }),
}
const kinds = [site, user, extension, device, zone, plan]
const settings = {
  bells: Type.Object({ volume: Type.Integer({ default: 7, maximum: 10 }), zone: Type.Optional(Ref('zone')) }),
}
export const who: Who = { by: 'user', id: 'usr_1', name: 'Ada' }
/** What features would say of destinations and actions. */
export const registry: RegistryChecks = {
  destination: d => (d.kind === 'extension' && d.id === '' ? 'names nobody: pick one' : undefined),
  action: a => (a.kind === 'page' && a.params.zone === undefined ? { zone: 'is missing: pick a zone' } : {}),
  params: kind => (kind === 'page' ? Type.Object({ zone: Ref('zone'), token: Type.Optional(Secret()) }) : undefined),
  networks: () => [],
}

/** A store of these kinds; `collections` is what an earlier version wrote. */
export const open = (collections?: ConstructorParameters<typeof MemoryStore>[0]['collections']) =>
  new MemoryStore({ kinds, settings, now: () => 1_000, ...(collections && { collections }) })

/** One change set by one person. */
export const change = (store: MemoryStore, ...ops: Operation[]) => store.change({ why: 'test', author: who, ops })

/** The error that a change is refused with; that it was accepted is one too. */
export async function refusal(work: Promise<unknown>): Promise<PbxError> {
  try {
    await work
  } catch (error) {
    if (error instanceof PbxError) return error
    throw error
  }
  throw new Error('it was accepted')
}
