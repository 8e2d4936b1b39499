// A notice spoken into a zone, by whoever makes pages.
import type { Context, Trigger } from '../../../kernel/feature.ts'
import type { Way } from './notice.ts'

/** Words are made, then said twice: milliseconds. */
const PATIENCE = 60_000

export function pageWay(
  ctx: Pick<Context, 'act' | 'actionKind'>,
  o: { readonly zone: string; readonly label: string; readonly why: Trigger },
): Way {
  return {
    id: o.zone,
    label: o.label,
    how: 'page',
    patienceMilliseconds: PATIENCE,
    async attempt(text, signal) {
      const params = { zone: o.zone, text, priority: 'alarm', tone: 'chime', repeats: 2, gapSeconds: 2 }
      await ctx.actionKind('page')?.prepare?.(params as never)
      await ctx.act({ kind: 'page', params }, o.why, signal)
      return undefined
    },
  }
}
