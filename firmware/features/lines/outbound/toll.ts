// Toll calls that go on: how many an extension has, and when each must end; both outlive a restart.
import type { Context } from '../../../kernel/feature.ts'

interface TollCall {
  readonly extension?: string
  /** UTC milliseconds; absent: it may go on. */
  readonly until?: number
}

export class TollCalls {
  readonly #ctx: Pick<Context, 'clock' | 'calls'>
  readonly #now

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#now = ctx.live.collection<TollCall>('toll', { keep: 'restart' })
    ctx.on('call.ended', ({ call }) => this.#now.delete(call))
    ctx.on('calls.open', () => this.#takeUp())
  }

  of(extension: string | undefined): number {
    if (extension === undefined) return 0
    return [...this.#now.all().values()].filter(one => one.extension === extension).length
  }

  began(call: string, extension: string | undefined): void {
    this.#now.set(call, { ...(extension !== undefined && { extension }) })
  }

  /** From now on the call has so many minutes. */
  answered(call: string, minutes: number): void {
    const toll = this.#now.get(call)
    if (!toll || minutes === 0) return
    this.#now.set(call, { ...toll, until: this.#ctx.clock.now() + minutes * 60_000 })
    this.#endAfter(call, minutes * 60_000)
  }

  ended(call: string): void {
    this.#now.delete(call)
  }

  #takeUp(): void {
    const alive = new Set(this.#ctx.calls.live().map(({ id }) => id))
    for (const [call, { until }] of this.#now.all()) {
      if (!alive.has(call)) this.#now.delete(call)
      else if (until !== undefined) this.#endAfter(call, Math.max(0, until - this.#ctx.clock.now()))
    }
  }

  #endAfter(call: string, milliseconds: number): void {
    this.#ctx.clock.after(milliseconds, () =>
      this.#ctx.calls
        .live()
        .find(({ id }) => id === call)
        ?.end('answered'),
    )
  }
}
