// Carrying out a transfer: the two who remain are joined, and whoever asked is told and let go.
import type { Call, Leg, Next } from '../../../kernel/call/call.types.ts'
import { type Cause, sipStatusOf } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Destination } from '../../../kernel/schema.ts'
import { Progress } from './progress.ts'
import { numberIn } from './target.ts'
import { words } from './words.en.ts'

/** What a phone asks for. */
export interface Refer {
  readonly leg: string
  readonly to: string
  readonly request: string
  readonly replaces?: { readonly leg: string }
}

/** A destination that rang nobody by then speaks itself (a conference, a menu): the transfer has succeeded. */
const SPEAKS_BY_MILLISECONDS = 2000
/** Calls that the switch kept through a crash are back by then, milliseconds. */
const RESTORED_BY = 10_000

/** The transfers of the box. */
export class Transfers {
  readonly #ctx: Context
  readonly #askers
  /** Askers of calls that a crash cut short: nobody waits for their outcome any more. */
  readonly #left: Set<string>
  /** How those under way hear of their calls. */
  readonly #watched = new Map<string, { rang(): void; answered(): void }>()

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#askers = ctx.live.collection<{ readonly leg: string }>('asker', { keep: 'restart' })
    this.#left = new Set(this.#askers.all().keys())
    ctx.on('call.rang', ({ call }) => this.#watched.get(call)?.rang())
    ctx.on('call.answered', ({ call }) => this.#watched.get(call)?.answered())
    ctx.clock.after(RESTORED_BY, () => this.#letAskersGo())
  }

  /** After a crash the transferred go on, and those who asked are let go; who asked since then still waits or talks. */
  #letAskersGo(): void {
    for (const leg of this.#left) {
      this.#askers.delete(leg)
      this.#ctx.calls.find(leg)?.hangup('moved')
    }
    this.#left.clear()
  }

  async run(refer: Refer): Promise<void> {
    const progress = new Progress(this.#ctx, refer.request)
    try {
      await this.#run(refer, progress)
    } finally {
      progress.tell(sipStatusOf('failed'))
    }
  }

  async #run(refer: Refer, progress: Progress): Promise<void> {
    const { calls } = this.#ctx
    const asker = calls.find(refer.leg)
    if (!asker?.peer) return progress.tell(481)
    const second = refer.replaces && calls.find(refer.replaces.leg)
    if (second && second.party.line !== asker.party.line) return progress.tell(sipStatusOf('forbidden'))
    if (second?.peer) return this.#join(asker, second, progress)
    // Let go while it still rings: whom it rang for is rung anew for the one who waits.
    const dialled = second?.call.dialled ?? numberIn(refer.to)
    if (dialled === undefined) return progress.tell(sipStatusOf('not-found'))
    const way = await calls.route(asker.party, dialled)
    if ('refused' in way) return progress.tell(sipStatusOf(way.refused))
    if (second) second.call.end('cancelled')
    await this.#send({ asker, to: way.to, dialled }, progress)
  }

  /** Attended: whoever asked talked to both; now they talk to one another. */
  async #join(asker: Leg, second: Leg, progress: Progress): Promise<void> {
    const [one, other] = [asker.peer, second.peer]
    if (!one || !other || one.id === second.id) return progress.tell(481)
    // Before the legs of the one who asked end: afterwards nothing could be told on them.
    progress.tell(200)
    await this.#ctx.calls.takeOver([one, other], whyOf(asker), async (call, [a, b]): Promise<Next> => {
      if (!a || !b) return { end: 'failed' }
      call.note({ transferredBy: asker.party.number })
      return { end: await (await call.connect(a, b)).ended }
    })
  }

  /** Blind: the other one is sent on; whoever asked stays until somebody answered, and gets him back if nobody does. */
  async #send(o: { asker: Leg; to: Destination; dialled: string }, progress: Progress): Promise<void> {
    const moved = o.asker.peer
    if (!moved) return progress.tell(481)
    const settled = this.#asks(o.asker)
    try {
      await this.#ctx.calls.takeOver([moved, o.asker], whyOf(o.asker), async (call, [leg, asker]): Promise<Next> => {
        if (!leg || !asker) return { end: 'failed' }
        call.note({ transferredBy: asker.party.number, transferredTo: o.dialled })
        // Outside nobody is told of extensions.
        if (o.to.kind !== 'outside') call.referredBy = asker.party.number
        const cause = await this.#watch(call, { asker, progress }, () => call.follow(leg, { goto: o.to }))
        settled()
        if (progress.over) return { end: cause }
        progress.tell(sipStatusOf(cause) >= 300 ? sipStatusOf(cause) : sipStatusOf('failed'))
        return giveBack(call, { leg, asker })
      })
    } finally {
      settled()
    }
  }

  /** Remembers beyond a crash who asks; the returned function forgets it. He may ask again, and has his call back then. */
  #asks(asker: Leg): () => void {
    this.#askers.set(asker.id, { leg: asker.id })
    let asking = true
    return () => {
      if (asking) this.#askers.delete(asker.id)
      asking = false
    }
  }

  /** Tells how `work` goes; once somebody answered, whoever asked is let go. */
  async #watch(call: Call, o: { asker: Leg; progress: Progress }, work: () => Promise<Cause>): Promise<Cause> {
    const done = () => {
      o.progress.tell(200)
      o.asker.hangup('moved')
    }
    const forget = this.#ctx.clock.after(SPEAKS_BY_MILLISECONDS, done)
    const rang = () => {
      forget()
      o.progress.tell(180)
    }
    this.#watched.set(call.id, { rang, answered: done })
    try {
      return await work()
    } finally {
      forget()
      this.#watched.delete(call.id)
    }
  }
}

/** Nobody took the call: it goes back to whoever transferred it, to the same phone or, if that hung up, to all of his. */
async function giveBack(call: Call, o: { leg: Leg; asker: Leg }): Promise<Next> {
  call.note({ givenBack: true })
  if (!o.asker.gone.aborted) return { end: await (await call.connect(o.leg, o.asker)).ended }
  const { extension } = o.asker.party
  return extension === undefined ? { end: 'no-answer' } : { goto: { kind: 'extension', id: extension } }
}

const whyOf = (asker: Leg): string => words['transfer.why'].replace('{number}', asker.party.number)
