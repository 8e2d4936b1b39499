// Slows down whoever guesses passwords: counted per source address, so that nobody can lock another person's account.
import { isIP } from 'node:net'
import type { Clock } from '../../kernel/clock.ts'

const FREE_TRIES = 5
const FIRST_WAIT = 2_000
const LONGEST_WAIT = 300_000
/** A source that did nothing wrong for so long is forgotten. */
const FORGET_AFTER = 900_000
const SOURCES = 4_096

interface Tries {
  failures: number
  /** Monotonic milliseconds. */
  lastAt: number
  blockedUntil: number
}

/** Failed sign-ins by source; the list is bounded, the oldest source is forgotten first. */
export class SignInThrottle {
  readonly #clock: Clock
  readonly #sources = new Map<string, Tries>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds that this source still has to wait; 0 when it may try. */
  wait(address: string): number {
    const tries = this.#sources.get(sourceOf(address))
    return tries ? Math.max(0, tries.blockedUntil - this.#clock.since()) : 0
  }

  failed(address: string): void {
    const source = sourceOf(address)
    const now = this.#clock.since()
    const before = this.#sources.get(source)
    const failures = before && now - before.lastAt < FORGET_AFTER ? before.failures + 1 : 1
    const over = failures - FREE_TRIES
    const wait = over < 0 ? 0 : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(over, 16))
    // Deleted first, so that the map stays in order of last failure.
    this.#sources.delete(source)
    this.#sources.set(source, { failures, lastAt: now, blockedUntil: now + wait })
    if (this.#sources.size > SOURCES) this.#sources.delete(this.#sources.keys().next().value as string)
  }

  succeeded(address: string): void {
    this.#sources.delete(sourceOf(address))
  }
}

/** One host owns a whole IPv6 /64, so that is one source. */
function sourceOf(address: string): string {
  const plain = address.replace(/^::ffff:/i, '')
  if (isIP(plain) !== 6) return plain
  const [head = '', tail] = plain.split('%')[0]?.split('::') ?? []
  const left = head.split(':').filter(Boolean)
  if (tail === undefined) return left.slice(0, 4).join(':')
  const right = tail.split(':').filter(Boolean)
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}
