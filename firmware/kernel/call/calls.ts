// What features may begin by themselves: calls, take-overs, rooms, pages, messages to a phone's screen.
import { TIMED_OUT, within } from '../clock.ts'
import { type Cause, PbxError } from '../errors.ts'
import { newIdentity } from '../identity.ts'
import type { LiveCollection } from '../live.ts'
import { LiveCall } from './call.ts'
import type {
  Binding,
  Call,
  CallSounds,
  Calls,
  LastResort,
  Leg,
  Mix,
  Next,
  PageOrder,
  Party,
  RingTarget,
  Routed,
  RunningPage,
} from './call.types.ts'
import { follow } from './destination.ts'
import type { Exchange } from './exchange.ts'
import { causeOf, isDeparture, orGone } from './gone.ts'
import { Dialog, OwnedLeg } from './leg.ts'
import { room } from './mix.ts'
import type { Pages } from './page.ts'
import { admit, route } from './phases.ts'

/** How long a phone may take to acknowledge a text. */
const MESSAGE_MILLISECONDS = 8000

/** Calls over one exchange. */
export class ExchangeCalls implements Calls {
  readonly #exchange: Exchange
  readonly #pages: Pages
  readonly #lastResort: LiveCollection<LastResort>

  constructor(exchange: Exchange, pages: Pages, lastResort: LiveCollection<LastResort>) {
    this.#exchange = exchange
    this.#pages = pages
    this.#lastResort = lastResort
  }

  live(): readonly Call[] {
    return [...this.#exchange.calls.values()]
  }

  get(call: string): Call | undefined {
    return this.#exchange.calls.get(call)
  }

  find(leg: string): Leg | undefined {
    const dialog = this.#exchange.sinkOf(leg)
    const owner = dialog instanceof Dialog ? dialog.owner : undefined
    return owner?.call.hands.has(owner) && this.#exchange.calls.has(owner.call.id) ? owner : undefined
  }

  async route(from: Party, dialled: string): Promise<Routed | { refused: Cause }> {
    const look = Object.freeze({ from, dialled, emergency: false, hops: 0 })
    const refusal = await admit(this.#exchange, look)
    if (refusal) return { refused: refusal.refusal }
    return route(this.#exchange, look) ?? { refused: 'not-found' }
  }

  async takeOver(
    legs: readonly Leg[],
    why: string,
    work: (call: Call, legs: readonly Leg[]) => Promise<Next>,
  ): Promise<Cause> {
    const [first] = legs
    if (!(first instanceof OwnedLeg)) throw new PbxError('calls.no-leg', 'there is no leg to take over')
    const former = first.call
    for (const leg of legs) leg.gone.throwIfAborted()
    const { correlation, dialled, emergency } = former
    const call = new LiveCall(this.#exchange, { from: first.party, dialled, emergency, correlation })
    call.began()
    call.note({ takenOver: why, from: former.id })
    return run(call, async () => {
      const moved = legs.map(leg => leg.moveTo(call)) as OwnedLeg[]
      const [principal] = moved
      if (!principal) return 'failed'
      call.principal = principal
      const next = await orGone(principal.gone, work(call, moved))
      return follow(principal, next)
    })
  }

  async place(
    o: { to: readonly RingTarget[]; from: Party; patienceSeconds: number; why: string; lane?: 'emergency' | 'new' },
    work: (leg: Leg) => Promise<Cause>,
  ): Promise<Cause> {
    const dialled = o.to[0]?.party.number ?? ''
    const call = new LiveCall(this.#exchange, { from: o.from, dialled, emergency: o.lane === 'emergency' })
    call.began()
    call.note({ placedFor: o.why })
    return run(call, async () => {
      const leg = await call.ring({ targets: o.to, patienceSeconds: o.patienceSeconds })
      if ('cause' in leg) return leg.cause
      call.principal = call.own(leg)
      return orGone(leg.gone, work(leg))
    })
  }

  soundsBy(sounds: CallSounds): void {
    this.#exchange.sounds = sounds
  }

  room(): Mix {
    return room(this.#exchange)
  }

  page(order: PageOrder): RunningPage {
    return this.#pages.start(order)
  }

  pages(): readonly RunningPage[] {
    return this.#pages.running()
  }

  rememberEmergency(last: LastResort): void {
    this.#lastResort.set('now', last)
  }

  async message(binding: Binding, text: string, lane: 'emergency' | 'new'): Promise<number> {
    const request = newIdentity('msg')
    const { sip, clock } = this.#exchange.parts
    const reply = Promise.withResolvers<number>()
    const forget = this.#exchange.awaitReply(request, reply.resolve)
    try {
      const contentType = 'text/plain;charset=UTF-8'
      sip.outOfDialog({ request, method: 'MESSAGE', target: { binding }, contentType, body: text, lane })
      const status = await within(clock, MESSAGE_MILLISECONDS, reply.promise)
      return status === TIMED_OUT ? 408 : status
    } finally {
      forget()
    }
  }
}

/** The function of a call that the box began: whatever becomes of it, the call is over afterwards. */
async function run(call: LiveCall, work: () => Promise<Cause>): Promise<Cause> {
  const outcome = orGone(call.over, work())
  const cause = await outcome.catch(causeOf)
  await call.part(cause)
  return outcome.catch(error => {
    if (isDeparture(error)) return cause
    throw error
  })
}
