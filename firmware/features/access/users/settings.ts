// Users: people who sign in to the box. A user is neither an extension nor a device.
import { Name, Ref, Secret, type Static, Type, Unique } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

const GrantField = Type.Object({
  role: Ref('role', { title: 'Role' }),
  site: Type.Optional(Ref('site', { title: 'Only at site', description: 'Empty: everywhere.' })),
  zone: Type.Optional(Ref('zone', { title: 'Only in zone', description: 'Empty: everywhere.' })),
})

export const User = Type.Object({
  signIn: Unique({
    title: 'Sign-in name',
    pattern: '^[a-z0-9][a-z0-9._@-]*$',
    description: 'Small letters, digits, dot, dash and @.',
  }),
  name: Name({ title: 'Name', unique: false }),
  grants: Type.Array(GrantField, { title: 'Roles', default: [], maxItems: 50 }),
  password: Type.Optional(
    Secret({
      title: 'Password',
      description: 'At least 10 characters. Kept as a hash that nobody can read back.',
      'x-hashed': true,
    } as object),
  ),
  mustChangePassword: Type.Boolean({ title: 'Must choose a new password at the next sign-in', default: true }),
  disabled: Type.Boolean({ title: 'May not sign in', default: false }),
  /** The generated password of the first start, until it was changed: main prints it. */
  firstPassword: Type.Optional(Secret({ title: 'First password', 'x-hidden': true } as object)),
})
export type User = Static<typeof User>

/** The resource kind `user`. */
export const userKind: ResourceKind<User> = {
  kind: 'user',
  prefix: 'usr',
  title: ['User', 'Users'],
  schema: User,
  label: 'name',
  check: user => {
    const both = user.grants.findIndex(grant => grant.site !== undefined && grant.zone !== undefined)
    return both < 0 ? {} : { [`grants.${both}.zone`]: 'site and zone at once: add the role twice, once for each' }
  },
}

export const UsersSettings = Type.Object({
  idleMinutes: Type.Integer({
    title: 'Sign out after idle time',
    description: 'Counted from the last request of a page.',
    minimum: 5,
    maximum: 1_440,
    default: 120,
    'x-unit': 'min',
  }),
  longestHours: Type.Integer({
    title: 'Sign out at the latest after',
    minimum: 1,
    maximum: 168,
    default: 14,
    'x-unit': 'h',
  }),
})
export type UsersSettings = Static<typeof UsersSettings>

/** The shortest password that a person may choose. */
export const SHORTEST_PASSWORD = 10
