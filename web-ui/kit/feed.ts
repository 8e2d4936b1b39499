// The live feed in the browser: facts in order, resumed after a gap, and a visible word when the box is out of reach.
import { io, type Socket } from 'socket.io-client'

export interface Fact {
  readonly sequence: number
  readonly feature: string
  readonly name: string
  readonly fact: unknown
}
export type FeedState = 'connecting' | 'live' | 'lost'

interface Observer {
  readonly prefixes: readonly string[]
  seen(fact: Fact): void
}

/** One per page load. */
export class Feed {
  state: FeedState = 'connecting'
  #socket: Socket | undefined
  #epoch: string | undefined
  #after = 0
  readonly #observers = new Set<Observer>()
  readonly #watchers = new Set<() => void>()
  readonly #gaps = new Set<() => void>()

  start(): void {
    if (this.#socket) return
    const socket = io({
      path: '/feed',
      transports: ['websocket', 'polling'],
      reconnectionDelay: 500,
      reconnectionDelayMax: 4_000,
      timeout: 5_000,
      auth: answer => answer(this.#epoch === undefined ? {} : { epoch: this.#epoch, after: this.#after }),
    })
    this.#socket = socket
    socket.on('hello', (hello: { epoch: string; newest: number; resumed: boolean }) => {
      const gap = this.#epoch !== undefined && !hello.resumed
      this.#epoch = hello.epoch
      if (!hello.resumed) this.#after = hello.newest
      this.#become('live')
      if (gap) for (const told of this.#gaps) told()
    })
    socket.on('facts', (facts: Fact[]) => {
      for (const fact of facts) this.#take(fact)
    })
    socket.on('disconnect', reason => {
      this.#become('lost')
      // The box ends the socket of a session that is over, and of a reader that fell behind: the second may come back.
      if (reason === 'io server disconnect') socket.connect()
    })
    socket.on('connect_error', error => {
      this.#become('lost')
      if (error.message === 'not-signed-in') window.dispatchEvent(new Event('signed-out'))
    })
  }

  stop(): void {
    this.#socket?.disconnect()
    this.#socket = undefined
    this.#epoch = undefined
    this.#become('connecting')
  }

  /** Facts whose names begin with one of the prefixes. */
  observe(prefixes: readonly string[], seen: (fact: Fact) => void): () => void {
    const observer = { prefixes, seen }
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** Told when facts were missed that cannot be had any more: everything shown must be fetched anew. */
  onGap(told: () => void): () => void {
    this.#gaps.add(told)
    return () => void this.#gaps.delete(told)
  }

  watch = (changed: () => void): (() => void) => {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }

  #take(fact: Fact): void {
    if (fact.sequence <= this.#after) return
    this.#after = fact.sequence
    for (const { prefixes, seen } of this.#observers) {
      if (prefixes.some(prefix => fact.name.startsWith(prefix))) seen(fact)
    }
  }

  #become(state: FeedState): void {
    if (this.state === state) return
    this.state = state
    for (const changed of this.#watchers) changed()
  }
}
