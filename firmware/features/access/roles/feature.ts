// Roles: what people may do here, under names that the plant uses.
import { type Context, feature } from '../../../kernel/feature.ts'
import { BUILT_IN_ROLES } from './built-in.ts'
import { ALL, roleKind } from './settings.ts'
import { words } from './words.en.ts'

export { ALL, type Role, roleKind } from './settings.ts'

/** What other features ask about roles. */
export interface Roles {
  /** The permissions of a role; none when it is gone. */
  permissionsOf(role: string): readonly string[]
  nameOf(role: string): string
  /** The role that holds everything. */
  administrator(): string | undefined
}

export const roles = feature<unknown, Roles>({
  name: 'roles',
  about: 'What people may do here, under names that the plant uses.',
  resources: [roleKind],
  permissions: { 'roles.view': words['roles.view'], 'roles.manage': words['roles.manage'] },
  words: { en: words },
  async start(ctx) {
    if (ctx.store.all(roleKind).length === 0) await addBuiltIn(ctx)
    return {
      api: {
        permissionsOf: role => ctx.store.get(roleKind, role)?.permissions ?? [],
        nameOf: role => ctx.store.get(roleKind, role)?.name ?? role,
        administrator: () => ctx.store.all(roleKind).find(role => role.permissions.includes(ALL))?.id,
      },
    }
  },
})
export default roles

async function addBuiltIn(ctx: Context<unknown>): Promise<void> {
  await ctx.store.change({
    why: 'the roles a box is born with',
    author: { by: 'box', name: 'first start' },
    ops: BUILT_IN_ROLES.map(value => ({ op: 'put', kind: roleKind.kind, id: ctx.store.newId(roleKind), value })),
  })
}
