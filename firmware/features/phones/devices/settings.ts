// A device is a thing with a plug or a browser tab: it has lines, stands somewhere, and belongs to nobody.
import { Name, Ref, type Static, Type, Unique } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const DEVICE_KINDS = ['phone', 'softphone', 'speaker', 'gateway', 'console', 'button'] as const

export const Device = Type.Object({
  name: Name({ title: 'Name', description: 'What people call it: “Hall 3 post”, “Reception”.' }),
  kind: Type.Enum(DEVICE_KINDS, { title: 'Kind', default: 'phone' }),
  make: Type.String({ title: 'Make', maxLength: 40, default: '' }),
  model: Type.String({ title: 'Model', maxLength: 60, default: '' }),
  mac: Type.Optional(
    Unique({
      title: 'MAC address',
      pattern: '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$',
      description:
        'Small letters with colons, as on its label. A replaced phone gets a new one and stays the same device.',
    }),
  ),
  instance: Type.Optional(
    Unique({
      title: 'Instance',
      description: 'For softphones: how it names itself when it registers.',
      'x-advanced': true,
    }),
  ),
  site: Type.Optional(Ref('site', { title: 'Site' })),
  location: Type.Optional(
    Ref('location', {
      title: 'Location',
      onDelete: 'clear',
      description: 'Where help is sent when it calls for help.',
    }),
  ),
  locationNetwork: Type.Optional(
    Ref('network', {
      title: 'As long as it is on network',
      onDelete: 'clear',
      description: 'Carried to another network, the location above no longer counts.',
    }),
  ),
  retired: Type.Boolean({ title: 'Retired', default: false, description: 'Kept for the records; may not register.' }),
})
export type Device = Static<typeof Device>

/** The resource kind `device`. */
export const deviceKind: ResourceKind<Device> = {
  kind: 'device',
  prefix: 'dev',
  title: ['Device', 'Devices'],
  schema: Device,
  label: 'name',
}
