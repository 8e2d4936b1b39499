// Passwords as argon2id hashes, checked a few at a time so that sign-ins never take all worker threads from the box.
import { randomBytes, randomInt } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** OWASP's floor for argon2id: 19 MiB, two passes, one lane. */
const COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const AT_ONCE = 2
/** No 0, o, 1, l, i: it is read from a screen or a label and typed. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** Hashes and checks passwords, at most two at once. */
export class Passwords {
  #running = 0
  readonly #waiting: (() => void)[] = []
  /** Checked against when there is no such user, so that the time taken tells nothing. */
  #nobody: Promise<string> | undefined

  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(password.normalize('NFC'), COST))
  }

  /** Takes as long without a hash as with a wrong one. */
  async matches(stored: string | undefined, password: string): Promise<boolean> {
    this.#nobody ??= this.hash(randomBytes(16).toString('hex'))
    const against = stored?.startsWith('$argon2id$') ? stored : await this.#nobody
    const right = await this.#inTurn(() => verify(against, password.normalize('NFC')))
    return right && against === stored
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#running += 1
    try {
      return await work()
    } finally {
      // The place is handed on, not given up: nobody can slip in between.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}

/** A first password: 5 groups of 4 letters, about 99 bits. */
export function generatedPassword(): string {
  const letters = Array.from({ length: 20 }, () => LETTERS[randomInt(LETTERS.length)])
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-')
}
