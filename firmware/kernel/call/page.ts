// Pages: everything of a zone that can be heard, reached once; one arbiter decides who speaks on an endpoint.
// INVARIANT: per key one claim speaks, the first of its queue; it speaks on, and the others wait, until it leaves the queue,
// a larger rank comes, or it lets an equal have its turn.
import type { PageOrder, RunningPage } from './call.types.ts'
import type { Exchange } from './exchange.ts'
import { type Claim, LivePage } from './live-page.ts'

/** The arbiter: the page of the largest rank speaks; among equals the earlier, and alarms take turns. */
export class Pages {
  readonly #exchange: Exchange
  readonly #pages = new Map<string, LivePage>()
  readonly #queues = new Map<string, Claim[]>()

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  running(): readonly RunningPage[] {
    return [...this.#pages.values()]
  }

  /** Claims every endpoint of the order; what cannot wait for phones starts before this returns. */
  start(order: PageOrder): RunningPage {
    const page = new LivePage(this.#exchange, order, this)
    this.#pages.set(order.id, page)
    void page.ended.then(() => this.#pages.delete(order.id))
    const ready = page.claims.filter(claim => this.#enter(claim))
    for (const claim of page.claims) if (!ready.includes(claim)) page.wait(claim)
    page.begin(ready)
    return page
  }

  /** An equal waits for this endpoint. */
  contended(claim: Claim): boolean {
    return this.#queues.get(claim.target.key)?.[1]?.page.rank === claim.page.rank
  }

  /** Who spoke goes behind its equals, and the next has its turn. */
  takeTurn(claim: Claim): void {
    const queue = this.#queues.get(claim.target.key) ?? []
    queue.shift()
    const next = this.#insert(queue, claim)
    claim.page.silence(claim, next)
    next.page.begin([next])
  }

  /** True when the claim speaks now. Whoever spoke before is silenced, and waits. */
  #enter(claim: Claim): boolean {
    const queue = this.#queues.get(claim.target.key) ?? []
    this.#queues.set(claim.target.key, queue)
    const [former] = queue
    if (this.#insert(queue, claim) !== claim) return false
    if (former) former.page.silence(former, claim)
    return true
  }

  /** Behind what ranks as high; returns who is first by then. */
  #insert(queue: Claim[], claim: Claim): Claim {
    const before = queue.findIndex(other => other.page.rank < claim.page.rank)
    queue.splice(before < 0 ? queue.length : before, 0, claim)
    return queue[0] ?? claim
  }

  leave(claim: Claim): void {
    const queue = this.#queues.get(claim.target.key) ?? []
    const at = queue.indexOf(claim)
    if (at < 0) return
    queue.splice(at, 1)
    const [next] = queue
    if (!next) this.#queues.delete(claim.target.key)
    if (at > 0) return
    claim.page.letGo(claim, next)
    next?.page.begin([next])
  }
}
