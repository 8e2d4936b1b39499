// Users: who may sign in to the box, with which roles, and who is signed in now.
import { type Context, feature, type Grant, type Problem } from '../../../kernel/feature.ts'
import type { Who } from '../../../kernel/store.ts'
import { ALL, type Roles, roles } from '../roles/feature.ts'
import { Accounts } from './accounts.ts'
import { generatedPassword, Passwords } from './passwords.ts'
import { userRoutes } from './routes.ts'
import { type KeptSession, Sessions } from './sessions.ts'
import { UsersSettings as Settings, type User, type UsersSettings, userKind } from './settings.ts'
import { words } from './words.en.ts'

export { Accounts } from './accounts.ts'
export { type User, userKind } from './settings.ts'

/** What the web, and main, ask of users. */
export interface Users {
  readonly accounts: Accounts
  /** Name and generated password of the first start, until somebody changed it. */
  firstSignIn(): { readonly signIn: string; readonly password: string } | undefined
}

const SWEEP = 60_000

export const users = feature<UsersSettings, Users>({
  name: 'users',
  about: 'Who may sign in to this box, and with which roles.',
  needs: [roles],
  settings: Settings,
  resources: [userKind],
  permissions: { 'users.view': words['users.view'], 'users.manage': words['users.manage'] },
  words: { en: words },
  async start(ctx) {
    const passwords = new Passwords()
    const kept = ctx.live.collection<KeptSession>('sessions', { keep: 'restart', accept: isKept })
    const rolesPart = ctx.use(roles)
    const sessions: Sessions = new Sessions({
      clock: ctx.clock,
      kept,
      limits: () => ctx.settings,
      ended: id => accounts.ended(id),
    })
    const accounts = new Accounts({ store: ctx.store, passwords, sessions, roles: rolesPart })
    if (ctx.store.all(userKind).length === 0) await addFirst(ctx, { passwords, roles: rolesPart })
    const stopSweep = ctx.clock.every(SWEEP, () => sessions.sweep())
    ctx.signal.addEventListener('abort', stopSweep, { once: true })
    return {
      api: { accounts, firstSignIn: () => firstSignIn(ctx) },
      grantsOf: who => grantsOf(ctx, rolesPart, who),
      routes: userRoutes(ctx, sessions),
      apply: () => endOfGone(ctx, sessions),
      problems: () => problemsOf(ctx, rolesPart),
    }
  },
})
export default users

async function addFirst(ctx: Context<UsersSettings>, o: { passwords: Passwords; roles: Roles }): Promise<void> {
  const password = generatedPassword()
  const role = o.roles.administrator()
  const value: User = {
    signIn: 'admin',
    name: 'Administrator',
    grants: role === undefined ? [] : [{ role }],
    mustChangePassword: true,
    disabled: false,
  }
  const secrets = { password: await o.passwords.hash(password), firstPassword: password }
  await ctx.store.change({
    why: 'the first user',
    author: { by: 'box', name: 'first start' },
    ops: [{ op: 'put', kind: userKind.kind, id: ctx.store.newId(userKind), value, secrets }],
  })
}

function firstSignIn(ctx: Context<UsersSettings>): { signIn: string; password: string } | undefined {
  const user = ctx.store.all(userKind).find(one => one.firstPassword !== undefined && one.mustChangePassword)
  const password = user?.firstPassword === undefined ? undefined : ctx.store.secret(user.firstPassword)
  return user && password !== undefined ? { signIn: user.signIn, password } : undefined
}

/** What a user's roles allow, where. */
function grantsOf(ctx: Context<UsersSettings>, rolesPart: Roles, who: Who): readonly Grant[] {
  if (who.by !== 'user') return []
  const user = ctx.store.get(userKind, who.id)
  if (!user || user.disabled) return []
  return user.grants.map(({ role, site, zone }) => ({
    permissions: rolesPart.permissionsOf(role),
    scope: site !== undefined ? { site } : zone !== undefined ? { zone } : 'everything',
  }))
}

/** Whoever was disabled or deleted is signed out at once. */
function endOfGone(ctx: Context<UsersSettings>, sessions: Sessions): void {
  for (const session of sessions.all()) {
    if (ctx.store.get(userKind, session.user)?.disabled !== false) sessions.end(session.id)
  }
}

function problemsOf(ctx: Context<UsersSettings>, rolesPart: Roles): readonly Problem[] {
  const all = ctx.store.all(userKind)
  const problems: Problem[] = []
  const holdsAll = (user: User) => user.grants.some(grant => rolesPart.permissionsOf(grant.role).includes(ALL))
  if (!all.some(user => !user.disabled && holdsAll(user))) {
    const text = words['users.no-administrator']
    problems.push({
      code: 'users.no-administrator',
      severity: 'serious',
      text,
      remedy: words['users.no-administrator.remedy'],
      link: '/user',
    })
  }
  for (const user of all.filter(one => one.firstPassword !== undefined && one.mustChangePassword)) {
    const say = (text: string) => text.replace('{user}', user.signIn)
    problems.push({
      code: `users.first-password:${user.id}`,
      severity: 'warning',
      text: say(words['users.first-password']),
      remedy: say(words['users.first-password.remedy']),
      link: `/user/${user.id}`,
    })
  }
  return problems
}

const isKept = (value: unknown): value is KeptSession => {
  const session = value as Partial<KeptSession> | null
  return typeof session?.user === 'string' && typeof session.openedAt === 'number' && typeof session.seenAt === 'number'
}
