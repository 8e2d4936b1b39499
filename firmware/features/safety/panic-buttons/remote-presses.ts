// Presses that no board reports: of buttons that send web requests, or call. Raised first, then kept; a request that comes
// again is the same press.
// INVARIANT: what is kept has an alarm: a press whose alarm a crash took away is raised again by the next process.
import { createHash } from 'node:crypto'
import type { PressId } from '../../../kernel/board-port.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import type { LiveCollection } from '../../../kernel/live.ts'

/** One press, as it is kept. */
export interface RemotePress {
  readonly button: string
  readonly alarm: string
  /** UTC milliseconds. */
  readonly at: number
}

/** What was taken. */
export interface Taken {
  readonly alarm: string
  /** It was known already: the same request, or the same call. */
  readonly again: boolean
  /** Resolves when it would survive a power cut; rejects when it cannot be kept. */
  readonly kept: Promise<void>
}

/** What presses need of the box. */
export interface Journal {
  readonly clock: Pick<Clock, 'now'>
  readonly presses: LiveCollection<RemotePress>
  /** Raises the alarm or joins it, at once; of a press that it knows it returns the alarm. */
  raise(button: string, press: PressId, at: number): string
  /** Whether an alarm is not over. */
  isLive(alarm: string): boolean
}

/** So long a request that comes again is known, while its alarm lives; milliseconds. */
const KNOWN_FOR = 24 * 3_600_000
/** Presses of a former process that are older are history, milliseconds. */
const RAISED_AGAIN_FOR = 10 * 60_000
/** More are not kept: a button that chatters for a day fills nothing. */
const MOST = 2000

export class RemotePresses {
  readonly #o: Journal

  constructor(o: Journal) {
    this.#o = o
  }

  /** `same`: what tells this press from others of the button; without it each is one of its own. */
  take(button: string, same?: string): Taken {
    const id = `${button}:${same === undefined ? newIdentity('prs') : digest(same)}`
    const before = this.#o.presses.get(id)
    const at = this.#o.clock.now()
    // After the all-clear nobody asks again: a device that says the same of every press means a new one.
    if (before !== undefined && at - before.at < KNOWN_FOR && this.#o.isLive(before.alarm))
      return { alarm: before.alarm, again: true, kept: this.#o.presses.setNow(id, before) }
    const alarm = this.#o.raise(button, pressOf(id, at), at)
    const kept = this.#o.presses.setNow(id, { button, alarm, at })
    this.#tidy(at)
    return { alarm, again: false, kept }
  }

  /** Once, when alarms of the former process are known again. */
  restore(): void {
    const now = this.#o.clock.now()
    for (const [id, { button, at, alarm }] of this.#o.presses.all()) {
      if (Math.abs(now - at) > RAISED_AGAIN_FOR) continue
      const found = this.#o.raise(button, pressOf(id, at), at)
      if (found !== alarm) this.#o.presses.set(id, { button, at, alarm: found })
    }
  }

  #tidy(now: number): void {
    const all = [...this.#o.presses.all()].sort(([, a], [, b]) => b.at - a.at)
    for (const [index, [id, { at }]] of all.entries())
      if (index >= MOST || now - at > KNOWN_FOR) this.#o.presses.delete(id)
  }
}

/** Never a press of a board: those are named after boxes. */
const pressOf = (id: string, at: number): PressId => ({ box: 'remote', epoch: id, sequence: at })

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
