// Events in order, each to be taken once: a test that asks late finds what already happened.

interface Waiting<T> {
  matches: (event: T) => boolean
  resolve: (event: T) => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout
}

/** Remembers at most this many events that nobody took. */
const memory = 2000

export class EventQueue<T> {
  readonly #untaken: T[] = []
  readonly #waiting: Waiting<T>[] = []
  #closed: Error | undefined

  push(event: T): void {
    const at = this.#waiting.findIndex(waiting => waiting.matches(event))
    const [waiting] = at < 0 ? [] : this.#waiting.splice(at, 1)
    if (!waiting) {
      this.#untaken.push(event)
      if (this.#untaken.length > memory) this.#untaken.shift()
      return
    }
    clearTimeout(waiting.timer)
    waiting.resolve(event)
  }

  /** Takes the oldest matching event, waiting for it if need be; rejects after `withinSeconds` saying `what` is missing. */
  take(what: string, matches: (event: T) => boolean, withinSeconds: number): Promise<T> {
    const at = this.#untaken.findIndex(matches)
    const [found] = at < 0 ? [] : this.#untaken.splice(at, 1)
    if (found !== undefined) return Promise.resolve(found)
    if (this.#closed) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(new Error(`${what} did not come within ${withinSeconds} s; untaken: ${this.#summary()}`))
      }, withinSeconds * 1000)
      const waiting: Waiting<T> = { matches, resolve, reject, timer }
      this.#waiting.push(waiting)
    })
  }

  /** Forgets what nobody took. */
  clear(): void {
    this.#untaken.length = 0
  }

  /** Ends every wait, now and later, with this error. */
  close(error: Error): void {
    this.#closed = error
    for (const waiting of this.#waiting.splice(0)) {
      clearTimeout(waiting.timer)
      waiting.reject(error)
    }
  }

  #summary(): string {
    return JSON.stringify(this.#untaken.slice(-6)).slice(0, 1500)
  }
}
