// What the announcements of an alarm met at each endpoint: of those that run now, and of those that are over.
import type { Delivery } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Met } from './zone-state.ts'

interface Speaking {
  readonly alarm: string
}
interface Heard extends Speaking {
  /** UTC milliseconds. */
  readonly at: number
  readonly deliveries: readonly Pick<Delivery, 'key' | 'state'>[]
}

export interface Hearing {
  /** Endpoint → how it was met last. */
  of(alarm: string): ReadonlyMap<string, Met>
}

/** Notes it beside the announcements; `isKnown`: whether the box still carries the alarm out. */
export function hearing(ctx: Context<never>, isKnown: (alarm: string) => boolean): Hearing {
  const speaking = ctx.live.collection<Speaking>('speaking', { keep: 'process' })
  const heard = ctx.live.collection<Heard>('heard', { keep: 'restart' })
  const running = (page: string) => ctx.calls.pages().find(one => one.id === page)
  ctx.on('page.started', ({ page, alarm }) => {
    const one = running(page)
    if (alarm === undefined || one === undefined) return
    for (const [old, kept] of heard.all()) if (!isKnown(kept.alarm)) heard.delete(old)
    speaking.set(page, { alarm })
    const over = one.ended.then(({ deliveries }) => {
      speaking.delete(page)
      heard.set(page, { alarm, at: ctx.clock.now(), deliveries: deliveries.map(({ key, state }) => ({ key, state })) })
    })
    ctx.spawn('note who heard an announcement', over)
  })
  return {
    of(alarm) {
      const met = new Map<string, Met>()
      const past = [...heard.all().values()].filter(one => one.alarm === alarm).sort((a, b) => a.at - b.at)
      for (const { deliveries } of past) for (const { key, state } of deliveries) met.set(key, { state, live: false })
      for (const [page, one] of speaking.all())
        if (one.alarm === alarm)
          for (const { key, state } of running(page)?.deliveries() ?? []) met.set(key, { state, live: true })
      return met
    },
  }
}
