// Numbers of a site's pool, lent to phones that call for help; a pool that is too small is a problem.
import type { Leg } from '../../../kernel/call/call.types.ts'
import type { Context, Problem } from '../../../kernel/feature.ts'
import { borrow } from './borrowing.ts'
import { leaseOf } from './lease.ts'
import type { Leases } from './leases.ts'
import { numberPoolKind } from './number-pool.ts'
import type { CallBackSettings } from './settings.ts'
import { words } from './words.en.ts'

interface Exhausted {
  readonly at: number
  readonly number: string
  readonly from: string
}

/** That a number was taken away is a problem for so long, milliseconds. */
const SHOWN = 24 * 60 * 60_000

export class Lending {
  readonly #ctx: Context<CallBackSettings>
  readonly #leases: Leases
  readonly #exhausted

  constructor(ctx: Context<CallBackSettings>, leases: Leases) {
    this.#ctx = ctx
    this.#leases = leases
    this.#exhausted = ctx.live.collection<Exhausted>('exhausted', { keep: 'restart' })
  }

  /** From memory, at once; asked again in each round of a call, it is the same number. */
  borrowFor({ call, party }: Leg): string | undefined {
    const { store, clock, settings } = this.#ctx
    const pools = store.all(numberPoolKind).filter(({ site }) => site === party.site)
    const numbers = pools.flatMap(pool => pool.numbers)
    const borrowed = settings.minutes > 0 ? borrow(numbers, this.#leases.all(), party) : undefined
    if (borrowed === undefined) return undefined
    const { number, takenFrom } = borrowed
    if (this.#leases.get(number)?.call === call.id) return number
    const lease = leaseOf(party, { call: call.id, since: clock.now(), minutes: settings.minutes })
    this.#leases.give({ ...lease, number, outside: true })
    const pool = pools[0]
    if (takenFrom !== undefined && pool !== undefined)
      this.#exhausted.set(pool.id, { at: clock.now(), number, from: takenFrom.name || takenFrom.call })
    return number
  }

  problems(): readonly Problem[] {
    const { store, clock } = this.#ctx
    return [...this.#exhausted.all()]
      .filter(([, { at }]) => clock.now() - at < SHOWN)
      .map(([id, { at, number, from }]) => ({
        code: `emergency-call-backs.exhausted:${id}`,
        severity: 'serious',
        text: words['emergency-call-backs.exhausted']
          .replace('{pool}', store.get(numberPoolKind, id)?.name ?? id)
          .replace('{number}', number)
          .replace('{from}', from),
        remedy: words['emergency-call-backs.exhausted.remedy'],
        since: at,
        link: `/number-pool/${id}`,
      }))
  }
}
