// Signing in: names, passwords and sessions put together for the web.
import { PbxError } from '../../../kernel/errors.ts'
import type { Store, Stored, Who } from '../../../kernel/store.ts'
import type { Roles } from '../roles/feature.ts'
import type { Passwords } from './passwords.ts'
import type { Sessions } from './sessions.ts'
import { SHORTEST_PASSWORD, type User, userKind } from './settings.ts'

export type Person = Extract<Who, { by: 'user' }>

/** One signed-in browser. */
export interface SignedIn {
  readonly id: string
  readonly who: Person
  readonly signIn: string
  readonly mustChangePassword: boolean
  readonly roles: readonly string[]
}

export interface AccountParts {
  readonly store: Store
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly roles: Roles
}

/** People and their sessions, as the web asks for them. */
export class Accounts {
  readonly #parts: AccountParts
  readonly #observers = new Set<(id: string) => void>()

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async verify(o: { signIn: string; password: string }): Promise<Person | undefined> {
    const user = await this.#verified(o)
    return user && personOf(user)
  }

  async signIn(o: {
    signIn: string
    password: string
    from: string
  }): Promise<{ token: string; session: SignedIn } | undefined> {
    const user = await this.#verified(o)
    if (!user) return undefined
    const token = this.#parts.sessions.open(user.id, o.from)
    const session = this.session(token)
    return session && { token, session }
  }

  session(token: string): SignedIn | undefined {
    const found = this.#parts.sessions.find(token)
    const user = found && this.#parts.store.get(userKind, found.user)
    if (!user || user.disabled) return undefined
    const names = user.grants.map(grant => this.#parts.roles.nameOf(grant.role))
    const { signIn, mustChangePassword } = user
    return { id: found.id, who: personOf(user), signIn, mustChangePassword, roles: [...new Set(names)] }
  }

  signOut(token: string): void {
    const found = this.#parts.sessions.find(token)
    if (found) this.#parts.sessions.end(found.id)
  }

  signOutElsewhere(token: string): number {
    const found = this.#parts.sessions.find(token)
    return found ? this.#parts.sessions.endOf(found.user, token) : 0
  }

  async changePassword(token: string, o: { current: string; next: string }): Promise<void> {
    const { store, sessions, passwords } = this.#parts
    const user = this.#userOf(token)
    if (!user) throw new PbxError('web.not-signed-in', 'sign in first', { status: 401 })
    const fault = faultOf(o, user)
    if (fault !== undefined)
      throw new PbxError('users.password-refused', 'the new password is not good enough', { fields: { next: fault } })
    if (!(await passwords.matches(secretOf(store, user.password), o.current))) {
      throw new PbxError('users.wrong-password', 'the present password is not right', {
        fields: { current: 'is not right' },
      })
    }
    const hash = await passwords.hash(o.next)
    const { id, rev, firstPassword: _, ...value } = store.get(userKind, user.id) ?? user
    await store.change({
      why: 'password changed',
      author: personOf(user),
      ops: [
        {
          op: 'put',
          kind: userKind.kind,
          id,
          rev,
          value: { ...value, mustChangePassword: false },
          secrets: { password: hash },
        },
      ],
    })
    sessions.endOf(user.id, token)
  }

  hash(password: string): Promise<string> {
    return this.#parts.passwords.hash(password)
  }

  onEnded(observer: (id: string) => void): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  /** Tells that a session is over. */
  ended(id: string): void {
    for (const observer of this.#observers) observer(id)
  }

  #userOf(token: string): Stored<User> | undefined {
    const found = this.#parts.sessions.find(token)
    return found && this.#parts.store.get(userKind, found.user)
  }

  async #verified(o: { signIn: string; password: string }): Promise<Stored<User> | undefined> {
    const { store, passwords } = this.#parts
    const user = store.find(userKind, 'signIn', o.signIn.trim().toLowerCase())
    const right = await passwords.matches(secretOf(store, user?.password), o.password)
    return right && user && !user.disabled ? user : undefined
  }
}

export const personOf = (user: Stored<User>): Person => ({ by: 'user', id: user.id, name: user.name })

const secretOf = (store: Store, reference: string | undefined): string | undefined =>
  reference === undefined ? undefined : store.secret(reference)

function faultOf(o: { current: string; next: string }, user: User): string | undefined {
  if (o.next.length < SHORTEST_PASSWORD) return `is too short: at least ${SHORTEST_PASSWORD} characters`
  if (o.next === o.current) return 'is the present one: choose another'
  if (o.next.toLowerCase().includes(user.signIn)) return 'contains the sign-in name: choose another'
  if (new Set(o.next).size < 4) return 'has too few different characters: choose another'
  return undefined
}
