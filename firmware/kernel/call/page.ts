// Pages: everything of a zone that can be heard, reached once; one arbiter decides who speaks on an endpoint.
// INVARIANT: per key one claim speaks, the first of its queue; it speaks on, and the others wait, until it leaves the queue.
import type { PageOrder, RunningPage } from './call.types.ts'
import { PAGE_PRIORITIES } from './call.types.ts'
import type { Exchange } from './exchange.ts'
import { type Claim, LivePage } from './live-page.ts'

/** The arbiter: emergency before alarm before live page before bell; among equals the earlier. */
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
    const page = new LivePage(this.#exchange, order, { leave: claim => this.#leave(claim) })
    this.#pages.set(order.id, page)
    void page.ended.then(() => this.#pages.delete(order.id))
    const ready = page.claims.filter(claim => this.#enter(claim))
    for (const claim of page.claims) if (!ready.includes(claim)) page.wait(claim)
    page.begin(ready)
    return page
  }

  /** True when the claim speaks now. Whoever spoke before is silenced, and waits. */
  #enter(claim: Claim): boolean {
    const queue = this.#queues.get(claim.target.key) ?? []
    this.#queues.set(claim.target.key, queue)
    const [former] = queue
    const before = queue.findIndex(other => rank(other) < rank(claim))
    queue.splice(before < 0 ? queue.length : before, 0, claim)
    if (queue[0] !== claim) return false
    if (former) former.page.silence(former, claim)
    return true
  }

  #leave(claim: Claim): void {
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

const rank = (claim: Claim): number => PAGE_PRIORITIES.indexOf(claim.page.order.priority)
