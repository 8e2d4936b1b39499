// First start, signing in, changing the password, and sessions over idle hours and restarts.
import test from 'ava'
import type { Feature } from '../../../kernel/feature.ts'
import type { MemoryStore } from '../../../testkit/memory-store.ts'
import { createWebHost, type Shelf } from '../../../testkit/web-host.ts'
import { roleKind, roles } from '../roles/feature.ts'
import { userKind, users } from './feature.ts'

const features = [roles, users] as unknown as Feature<never, unknown>[]
const HOUR = 3_600_000

const standing = (o: { at: number; elapsed: number }) => ({
  ...o,
  now(): number {
    return this.at
  },
  since(): number {
    return this.elapsed
  },
  trusted: true,
  after: () => () => {},
  every: () => () => {},
  sleep: () => new Promise<void>(() => {}),
  pass(milliseconds: number) {
    this.at += milliseconds
    this.elapsed += milliseconds
  },
})

async function start(o: { store?: MemoryStore; shelf?: Shelf; clock?: ReturnType<typeof standing> } = {}) {
  const clock = o.clock ?? standing({ at: Date.UTC(2026, 5, 1), elapsed: 5_000 })
  const shelf: Shelf = o.shelf ?? new Map()
  const host = await createWebHost({ features, clock, shelf, ...(o.store ? { store: o.store } : {}) })
  const part = host.part(users)
  return { clock, shelf, host, part, accounts: part.accounts, store: host.store }
}

/** A box whose first password was changed to one that the test knows. */
async function settled() {
  const box = await start()
  const first = box.part.firstSignIn()
  if (!first) throw new Error('no first password')
  const opened = await box.accounts.signIn({ ...first, from: '::1' })
  if (!opened) throw new Error('the first password does not work')
  await box.accounts.changePassword(opened.token, { current: first.password, next: 'correct horse battery' })
  return { ...box, first, token: opened.token }
}

test('the first start makes an administrator with a password that works once it is changed', async t => {
  const { part, accounts, store, first, token } = await settled()
  t.is(first.signIn, 'admin')
  t.regex(first.password, /^([a-z2-9]{4}-){4}[a-z2-9]{4}$/)
  t.is(part.firstSignIn(), undefined, 'it is printed no more')
  t.false(accounts.session(token)?.mustChangePassword)
  t.deepEqual(accounts.session(token)?.roles, ['Administrator'])
  t.is(await accounts.verify(first), undefined)
  t.truthy(await accounts.verify({ signIn: ' Admin', password: 'correct horse battery' }))
  t.is(store.get(userKind, store.all(userKind)[0]?.id ?? '')?.firstPassword, undefined)
})

test('the first password is printed again after a restart until somebody changed it', async t => {
  const before = await start()
  const after = await start({ store: before.store })
  t.deepEqual(after.part.firstSignIn(), before.part.firstSignIn())
  t.is(after.store.all(userKind).length, 1)
  t.is(after.store.all(roleKind).length, 7)
})

test('a password is kept as an argon2id hash only', async t => {
  const { store } = await settled()
  const [user] = store.all(userKind)
  t.regex(store.secret(user?.password ?? '') ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test('wrong, unknown, disabled: nobody gets in, and a plain text in the vault is never taken for a password', async t => {
  const { accounts, store } = await settled()
  t.is(await accounts.verify({ signIn: 'admin', password: 'wrong' }), undefined)
  t.is(await accounts.verify({ signIn: 'nobody', password: 'correct horse battery' }), undefined)
  const hash = await accounts.hash('another password')
  const base = { name: 'Eve', grants: [], mustChangePassword: false }
  await store.put('user', { ...base, signIn: 'eve', password: hash, disabled: true })
  t.is(await accounts.verify({ signIn: 'eve', password: 'another password' }), undefined)
  await store.put('user', { ...base, signIn: 'plain', password: 'plain text here', disabled: false })
  t.is(await accounts.verify({ signIn: 'plain', password: 'plain text here' }), undefined)
})

test('a new password must be long, new, and not the name; the present one must be right', async t => {
  const { accounts, token } = await settled()
  const current = 'correct horse battery'
  const refused = async (o: { current: string; next: string }) => {
    const error = await t.throwsAsync(accounts.changePassword(token, o))
    return Object.keys((error as unknown as { fields: object }).fields)
  }
  t.deepEqual(await refused({ current, next: 'short' }), ['next'])
  t.deepEqual(await refused({ current, next: current }), ['next'])
  t.deepEqual(await refused({ current, next: 'my-admin-password' }), ['next'])
  t.deepEqual(await refused({ current, next: 'aaaaaaaaaaaa' }), ['next'])
  t.deepEqual(await refused({ current: 'wrong', next: 'quite another one' }), ['current'])
})

test('changing the password, and signing out elsewhere, end the other sessions of that person', async t => {
  const { accounts, token } = await settled()
  const sign = async (password: string) =>
    (await accounts.signIn({ signIn: 'admin', password, from: '::1' }))?.token ?? ''
  const other = await sign('correct horse battery')
  const ended: string[] = []
  accounts.onEnded(id => ended.push(id))
  t.is(accounts.signOutElsewhere(token), 1)
  t.is(accounts.session(other), undefined)
  t.is(ended.length, 1)
  const third = await sign('correct horse battery')
  await accounts.changePassword(token, { current: 'correct horse battery', next: 'staple of the plant' })
  t.is(accounts.session(third), undefined)
  t.truthy(accounts.session(token))
})

test('a restart of the supervisor signs nobody out, and what is kept cannot be used to sign in', async t => {
  const before = await settled()
  const { store, shelf, clock, token } = before
  const after = await start({ store, shelf, clock: standing({ at: clock.at + 60_000, elapsed: 17 }) })
  t.is(after.accounts.session(token)?.signIn, 'admin')
  const kept = [...(shelf.get('users.sessions')?.keys() ?? [])]
  t.false(kept.includes(token))
  t.is(after.accounts.session(kept[0] ?? ''), undefined)
  after.clock.elapsed += 3 * HOUR
  t.is(after.accounts.session(token), undefined, 'idle for too long')
})

test('a session ends after idle hours and at the latest after its longest time, whatever the wall clock does', async t => {
  const { accounts, clock, token } = await settled()
  clock.at -= 40 * 24 * HOUR
  t.truthy(accounts.session(token))
  clock.at += 90 * 24 * HOUR
  t.truthy(accounts.session(token))
  for (let hour = 0; hour < 13; hour += 1) {
    clock.elapsed += HOUR
    t.truthy(accounts.session(token), `after ${hour + 1} hours in use`)
  }
  clock.elapsed += HOUR
  t.is(accounts.session(token), undefined)
})

test('whoever is disabled is signed out and may nothing from that moment', async t => {
  const { accounts, store, host } = await settled()
  const password = await accounts.hash('a password of mine')
  const role = store.all(roleKind).find(one => one.name === 'Operator')?.id
  const fields = { signIn: 'olga', name: 'Olga', grants: [{ role }], mustChangePassword: false, password }
  const id = await store.put('user', { ...fields, disabled: false })
  const opened = await accounts.signIn({ signIn: 'olga', password: 'a password of mine', from: '::1' })
  const who = { by: 'user', id, name: 'Olga' } as const
  t.true(host.box.may(who, 'live-calls.hang-up'))
  t.false(host.box.may(who, 'users.view'))
  const reference = store.get(userKind, id)?.password
  await store.put('user', { ...fields, password: reference, disabled: true }, id)
  t.is(accounts.session(opened?.token ?? ''), undefined)
  t.false(host.box.may(who, 'live-calls.hang-up'))
})

test('a role is granted for a site or for a zone, not for both at once', async t => {
  const { store } = await settled()
  const role = store.all(roleKind)[0]?.id ?? ''
  const user = {
    signIn: 'z',
    name: 'Z',
    grants: [{ role, zone: `zon_${'a'.repeat(26)}`, site: `sit_${'a'.repeat(26)}` }],
  }
  const { mustChangePassword, disabled } = { mustChangePassword: true, disabled: false }
  const faults = userKind.check?.({ ...user, mustChangePassword, disabled }, store) ?? {}
  t.regex(faults['grants.0.zone'] ?? '', /add the role twice/)
})

test('a box without an administrator says so', async t => {
  const { store, host } = await settled()
  const [admin] = store.all(userKind)
  if (!admin) throw new Error('no user')
  const { id, rev: _, ...value } = admin
  t.deepEqual(host.box.describe().problems, [])
  await store.put('user', { ...value, grants: [] }, id)
  t.is(host.box.describe().problems[0]?.code, 'users.no-administrator')
})
