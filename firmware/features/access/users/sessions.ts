// Who is signed in: sessions outlive a restart of the supervisor, but neither idleness nor their longest time.
import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../../kernel/clock.ts'
import type { LiveCollection } from '../../../kernel/live.ts'

/** A session as it is kept; its key is the digest of the token, so that what is kept cannot be used to sign in. */
export interface KeptSession {
  readonly user: string
  readonly from: string
  /** Wall clock: for people, and across a restart. */
  readonly openedAt: number
  readonly seenAt: number
  /** Monotonic clock of the run that wrote it: within that run no change of the wall clock matters. */
  readonly openedSince: number
  readonly seenSince: number
  readonly run: string
}

export interface SessionLimits {
  readonly idleMinutes: number
  readonly longestHours: number
}

/** Use is written down no oftener than this. */
const TOUCH = 30_000
const PER_USER = 20
const ALL = 2_000

export interface SessionParts {
  readonly clock: Clock
  readonly kept: LiveCollection<KeptSession>
  limits(): SessionLimits
  ended(id: string): void
}

/** Opens, finds and ends sessions. */
export class Sessions {
  readonly #parts: SessionParts
  readonly #run = randomBytes(8).toString('hex')

  constructor(parts: SessionParts) {
    this.#parts = parts
  }

  /** The token goes to the browser and nowhere else. The oldest sessions make room for new ones. */
  open(user: string, from: string): string {
    const { clock, kept } = this.#parts
    const token = randomBytes(32).toString('base64url')
    const [at, since] = [clock.now(), clock.since()]
    kept.set(idOf(token), {
      user,
      from,
      openedAt: at,
      seenAt: at,
      openedSince: since,
      seenSince: since,
      run: this.#run,
    })
    this.#makeRoom(
      [...kept.all()].filter(([, session]) => session.user === user),
      PER_USER,
    )
    this.#makeRoom([...kept.all()], ALL)
    return token
  }

  /** The session of a token, if it still holds; counts as use. */
  find(token: string): (KeptSession & { readonly id: string }) | undefined {
    const id = idOf(token)
    const session = this.#current(id)
    if (!session) return undefined
    const { clock, kept } = this.#parts
    if (clock.since() - session.seenSince >= TOUCH) {
      kept.set(id, { ...session, seenAt: clock.now(), seenSince: clock.since() })
    }
    return { ...session, id }
  }

  end(id: string): void {
    if (!this.#parts.kept.get(id)) return
    this.#parts.kept.delete(id)
    this.#parts.ended(id)
  }

  /** Ends those of a user, but the one of `butToken`; returns how many. */
  endOf(user: string, butToken?: string): number {
    const but = butToken === undefined ? undefined : idOf(butToken)
    const mine = [...this.#parts.kept.all()].filter(([id, session]) => session.user === user && id !== but)
    for (const [id] of mine) this.end(id)
    return mine.length
  }

  /** Ends what ran out. */
  sweep(): void {
    for (const id of [...this.#parts.kept.all().keys()]) this.#current(id)
  }

  all(): readonly (KeptSession & { readonly id: string })[] {
    this.sweep()
    return [...this.#parts.kept.all()].map(([id, session]) => ({ ...session, id }))
  }

  #current(id: string): KeptSession | undefined {
    const { clock, kept, limits } = this.#parts
    const found = kept.get(id)
    if (!found) return undefined
    const session = found.run === this.#run ? found : this.#adopt(id, found)
    const { idleMinutes, longestHours } = limits()
    const idle = clock.since() - session.seenSince
    const age = clock.since() - session.openedSince
    if (idle < idleMinutes * 60_000 && age < longestHours * 3_600_000) return session
    this.end(id)
    return undefined
  }

  /** A session of an earlier run: its age is what the wall clock says, and never less than nothing. */
  #adopt(id: string, found: KeptSession): KeptSession {
    const { clock, kept } = this.#parts
    const elapsed = (then: number) => Math.max(0, clock.now() - then)
    const session = {
      ...found,
      run: this.#run,
      openedSince: clock.since() - elapsed(found.openedAt),
      seenSince: clock.since() - elapsed(found.seenAt),
    }
    kept.set(id, session)
    return session
  }

  #makeRoom(sessions: readonly (readonly [string, KeptSession])[], most: number): void {
    const oldestFirst = [...sessions].sort((a, b) => a[1].openedAt - b[1].openedAt)
    for (const [id] of oldestFirst.slice(0, Math.max(0, sessions.length - most))) this.end(id)
  }
}

/** The digest that a token is known by. */
export const idOf = (token: string): string => createHash('sha256').update(token).digest('base64url')
