// The leases of this moment: who called for help of late and is reached by a call back, until when.
import type { Party } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Lease } from './lease.ts'

/** A flood of calls for help takes no more memory than this many; the oldest go first. */
const MOST_LEASES = 500

export type Leases = ReturnType<typeof openLeases>

/** Leases outlive power cuts; they end by the monotonic clock, and after a start by what the wall clock is believed of. */
export function openLeases(ctx: Pick<Context, 'live' | 'clock'>, changed: () => void) {
  const kept = ctx.live.collection<Lease>('lease', { keep: 'power' })
  const end = (lease: Lease, milliseconds: number) =>
    ctx.clock.after(milliseconds, () => {
      if (kept.get(lease.number)?.call !== lease.call) return
      kept.delete(lease.number)
      changed()
    })
  for (const lease of kept.all().values()) {
    const whole = lease.until - lease.since
    const left = ctx.clock.trusted ? lease.until - ctx.clock.now() : whole
    end(lease, Math.max(0, Math.min(whole, left)))
  }
  return {
    get: (number: string) => kept.get(number),
    all: () => [...kept.all().values()],
    give(lease: Lease) {
      kept.delete(lease.number)
      kept.set(lease.number, lease)
      const oldest = [...kept.all().keys()].slice(0, Math.max(0, kept.all().size - MOST_LEASES))
      for (const number of oldest) kept.delete(number)
      end(lease, lease.until - lease.since)
      changed()
    },
    answered(call: string, by: Party) {
      const { device, extension } = by
      const answeredBy = { ...(device !== undefined && { device }), ...(extension !== undefined && { extension }) }
      for (const lease of kept.all().values()) if (lease.call === call) kept.set(lease.number, { ...lease, answeredBy })
    },
  }
}
