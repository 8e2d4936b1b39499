// Answering points whose phone sends calls elsewhere by a key of its own: whoever watches over the plant is told.
import type { Redirected } from '../../../kernel/call/call.types.ts'
import type { Context, Problem } from '../../../kernel/feature.ts'
import { words } from './words.en.ts'

interface Point {
  readonly number: string
  readonly to: string
  readonly at: number
}

/** It is a problem for so long after a call for help met it, milliseconds. */
const REMEMBERED = 24 * 60 * 60_000

/** Remembers them until the box starts again, in memory: nothing on the way of a call for help waits for it. */
export function forwardingPoints(ctx: Context) {
  const points = ctx.live.collection<Point>('forwarding', { keep: 'process' })
  return {
    add({ by, to }: Redirected): void {
      points.set(by.number, { number: by.number, to: to[0]?.uri ?? '', at: ctx.clock.since() })
    },
    problems: (): readonly Problem[] =>
      [...points.all().values()]
        .filter(({ at }) => ctx.clock.since() - at < REMEMBERED)
        .map(({ number, to }) => ({
          code: `emergency-calls.forwards:${number}`,
          severity: 'danger',
          text: words['emergency-calls.forwards'].replace('{number}', number).replace('{to}', to),
          remedy: words['emergency-calls.forwards.remedy'],
          link: '/emergency-plan',
        })),
  }
}
