// A network tells where a station is when nothing better is known, and whether it may call for help without a password.
import { Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { prefixOf } from './prefix.ts'

export const Network = Type.Object({
  name: Name({ title: 'Name' }),
  site: Ref('site', { title: 'Site' }),
  location: Type.Optional(
    Ref('location', {
      title: 'Location',
      onDelete: 'clear',
      description: 'Where its stations stand, if in one place.',
    }),
  ),
  prefixes: Type.Array(Type.String({ maxLength: 50 }), {
    title: 'Address ranges',
    description: 'Like 10.20.0.0/16 or fd00:20::/64.',
    minItems: 1,
    maxItems: 32,
  }),
  vlan: Type.Optional(Type.Integer({ title: 'VLAN', minimum: 1, maximum: 4094 })),
  ports: Type.Array(
    Type.Object({
      switch: Type.String({ title: 'Switch', minLength: 1, maxLength: 80 }),
      port: Type.String({ title: 'Port', minLength: 1, maxLength: 40 }),
      location: Ref('location', { title: 'Location', onDelete: 'with' }),
    }),
    {
      title: 'Switch ports',
      description: 'A wall socket does not move: the surest sign of where a phone is.',
      default: [],
    },
  ),
  emergencyWithoutPassword: Type.Boolean({
    title: 'Stations may call for help without a password',
    default: true,
    description: 'Emergency numbers only. Switch off for guest and foreign networks.',
  }),
})
export type Network = Static<typeof Network>

/** The resource kind `network`. */
export const networkKind: ResourceKind<Network> = {
  kind: 'network',
  prefix: 'net',
  title: ['Network', 'Networks'],
  schema: Network,
  label: 'name',
  check(network): Record<string, string> {
    const wrong = network.prefixes.find(text => prefixOf(text) === undefined)
    return wrong === undefined
      ? {}
      : { prefixes: `“${wrong}” is not an address range: write its first address and length, like 10.20.0.0/16` }
  },
}
