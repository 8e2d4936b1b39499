// What the web of the box needs from the rest of it: one narrow view of the host, and who may sign in.
import type { Clock } from '../../kernel/clock.ts'
import type { Log } from '../../kernel/feature.ts'
import type { Store, Who } from '../../kernel/store.ts'
import type { Look } from '../system/looking.ts'
import type * as described from './describe.ts'

/** A feature as its manifest declares it, for forms, tables and permissions. */
export type DescribedFeature = Omit<described.DescribedFeature, 'state' | 'optional'>

/** What the web needs of what the box says of itself. */
export interface Description extends Omit<described.Description, 'features' | 'off' | 'applying'> {
  readonly features: readonly DescribedFeature[]
}

/** A fact on its way to the screens; `feature` is the one that told it, `kernel` for calls and the document. */
export interface ObservedFact {
  readonly feature: string
  readonly name: string
  readonly fact: unknown
}

/** The host as the web sees it. */
export interface WebBox {
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  describe(): Description
  may(who: Who, verb: string, on?: object): boolean
  /** Every fact that any feature emits; the returned function stops it. */
  observe(observer: (fact: ObservedFact) => void): () => void
  /** Looks at the machine: load, memory, disks, heat. */
  look(): Promise<Look>
}

/** One signed-in browser. */
export interface Session {
  /** Never the token itself. */
  readonly id: string
  readonly who: Extract<Who, { by: 'user' }>
  readonly signIn: string
  readonly mustChangePassword: boolean
  /** Names of the roles, for the screen only. */
  readonly roles: readonly string[]
}

/** People and their sessions; the users feature offers it. */
export interface Accounts {
  /** Checks name and password; undefined when they do not match a user who may sign in. */
  verify(o: { signIn: string; password: string }): Promise<Session['who'] | undefined>
  /** As `verify`, and opens a session: the token goes into the cookie and is kept nowhere else. */
  signIn(o: {
    signIn: string
    password: string
    from: string
  }): Promise<{ token: string; session: Session } | undefined>
  /** The session of a cookie, if it is neither idle for too long nor too old; counts as use. */
  session(token: string): Session | undefined
  signOut(token: string): void
  /** Ends all sessions of this person but this one; returns how many. */
  signOutElsewhere(token: string): number
  /** Throws PbxError naming `current` or `next`. */
  changePassword(token: string, o: { current: string; next: string }): Promise<void>
  /** What the vault keeps instead of a password. */
  hash(password: string): Promise<string>
  /** Told the id of each session that ended. */
  onEnded(observer: (sessionId: string) => void): () => void
}

/** Where and how the web listens. */
export interface WebOptions {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Names and addresses that people type to reach the box: they go into its certificate. */
  readonly names: readonly string[]
  /** Directory of the box's own keys and certificates (box store). */
  readonly keys: string
  /** Where the built pages lie; undefined serves the API only. */
  readonly pages?: string
}
