// A small plant for tests of the stores: sites, devices with secrets, extensions, zones; every kind of pointer once.
import { DestinationField, DialNumber, Name, Ref, Secret, Type } from '../kernel/schema.ts'
import type { ResourceKind, Who } from '../kernel/store.ts'

export interface Extension {
  name: string
  number: string
  device?: string
  forward?: { kind: string; id: string }
}

export const sites: ResourceKind<{ name: string }> = {
  kind: 'site',
  prefix: 'sit',
  title: ['site', 'sites'],
  label: 'name',
  schema: Type.Object({ name: Name() }),
}
export const devices: ResourceKind<{ name: string; site: string; secret?: string }> = {
  kind: 'device',
  prefix: 'dev',
  title: ['device', 'devices'],
  label: 'name',
  schema: Type.Object({ name: Name(), site: Ref('site'), secret: Type.Optional(Secret()) }),
}
export const extensions: ResourceKind<Extension> = {
  kind: 'extension',
  prefix: 'ext',
  title: ['extension', 'extensions'],
  label: 'name',
  schema: Type.Object({
    name: Name(),
    number: DialNumber(),
    device: Type.Optional(Ref('device', { onDelete: 'clear' })),
    forward: Type.Optional(DestinationField()),
  }),
}
export const zones: ResourceKind<{ name: string; members: { device: string }[] }> = {
  kind: 'zone',
  prefix: 'zon',
  title: ['zone', 'zones'],
  label: 'name',
  schema: Type.Object({
    name: Name(),
    members: Type.Array(Type.Object({ device: Ref('device', { onDelete: 'with' }) })),
  }),
}

export const plant = {
  kinds: [sites, devices, extensions, zones],
  settings: { bells: Type.Object({ volume: Type.Integer({ default: 7 }), zone: Type.Optional(Ref('zone')) }) },
}

export const tester: Who = { by: 'user', id: 'usr_tester', name: 'Tester' }

/** The n-th identity of a kind: readable in failures. */
export const idOf = (prefix: string, n: number): string => `${prefix}_${String(n).padStart(26, '0')}`
