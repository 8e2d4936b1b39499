// Roles: sets of permissions under a name that people of the plant use.
import { Name, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const Role = Type.Object({
  name: Name({ title: 'Name' }),
  about: Type.String({ title: 'What it is for', maxLength: 300, default: '' }),
  permissions: Type.Array(Type.String({ pattern: '^(\\*|[a-z][a-z0-9-]*\\.[a-z][a-z0-9-]*)$' }), {
    title: 'Permissions',
    description:
      'To manage something includes seeing it. A permission that this version does not know is kept and ignored.',
    default: [],
    uniqueItems: true,
    maxItems: 1_000,
    'x-permissions': true,
  }),
})
export type Role = Static<typeof Role>

/** The resource kind `role`. */
export const roleKind: ResourceKind<Role> = {
  kind: 'role',
  prefix: 'rol',
  title: ['Role', 'Roles'],
  schema: Role,
  label: 'name',
}

/** The permission that stands for all. */
export const ALL = '*'
