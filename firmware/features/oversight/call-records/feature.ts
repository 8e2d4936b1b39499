// Call records: who called whom, when, how it ended and how it sounded. Only observes; nothing waits for it.
import { type Context, type Facts, feature, type Route } from '../../../kernel/feature.ts'
import { standing } from '../../../kernel/things.ts'
import { type CallLog, type CallRecord, callLog, migrations } from './records.ts'
import { type CallRecordsSettings, Search, CallRecordsSettings as Settings } from './settings.ts'
import { words } from './words.en.ts'

/** What is known of a call that has not ended; written whole at its end. */
interface OpenCall {
  readonly answeredAt?: number
  readonly answeredBy?: string
  readonly notes: Readonly<Record<string, unknown>>
}

const HOUR = 3_600_000
/** Calls that the switch kept through a crash are back by then. */
const RESTORED_BY = 10_000

export const callRecords = feature<CallRecordsSettings, undefined>({
  name: 'call-records',
  about: 'Who called whom, when, and how it ended.',
  settings: Settings,
  records: migrations,
  permissions: { 'call-records.view': words['call-records.view'], 'call-records.manage': words['call-records.manage'] },
  words: { en: words },
  start(ctx) {
    const log = callLog(ctx.records)
    const open = ctx.live.collection<OpenCall>('open', { keep: 'restart' })
    const change = (call: string, more: (before: OpenCall) => Partial<OpenCall>) => {
      const before = open.get(call) ?? { notes: {} }
      open.set(call, { ...before, ...more(before) })
    }
    ctx.on('call.began', fact => {
      open.set(fact.call, { notes: {} })
      log.opened(opening(fact))
    })
    ctx.on('call.answered', ({ call, by, at }) =>
      change(call, before => ({
        answeredAt: before.answeredAt ?? at,
        answeredBy: `${by.name} ${by.number}`.trim().slice(0, 200),
      })),
    )
    ctx.on('call.noted', ({ call, what }) => change(call, ({ notes }) => ({ notes: { ...notes, ...what } })))
    ctx.on('call.ended', fact => {
      const { answeredAt, answeredBy, notes } = open.get(fact.call) ?? { notes: {} }
      open.delete(fact.call)
      log.closed(fact.call, {
        ended_at: fact.at,
        cause: fact.cause,
        answered_at: answeredAt ?? null,
        answered_by: answeredBy ?? null,
        notes: JSON.stringify(notes),
        quality: Object.keys(fact.quality).length === 0 ? null : JSON.stringify(fact.quality),
      })
    })
    closeInterrupted(ctx, log)
    const stop = ctx.clock.every(HOUR, () => log.deleteBefore(ctx.clock.now() - ctx.settings.keepDays * 24 * HOUR))
    ctx.signal.addEventListener('abort', stop, { once: true })
    return { routes: [searching(log)] }
  },
})
export default callRecords

const opening = (fact: Facts['call.began']) => ({
  id: fact.call,
  correlation: fact.correlation,
  began_at: fact.at,
  from_number: fact.from.number,
  from_name: fact.from.name,
  dialled: fact.dialled,
  emergency: fact.emergency ? 1 : 0,
  device: fact.from.device ?? null,
  location: fact.from.location ?? null,
  trunk: fact.from.trunk ?? null,
})

function closeInterrupted(ctx: Context<CallRecordsSettings>, log: CallLog): void {
  const before = ctx.clock.now()
  const forget = ctx.clock.after(RESTORED_BY, () =>
    log.interrupted({ before, at: ctx.clock.now(), alive: ctx.calls.live().map(call => call.id) }),
  )
  ctx.signal.addEventListener('abort', forget, { once: true })
}

function searching(log: CallLog): Route<never, unknown> {
  const route: Route<Search, unknown> = {
    method: 'GET',
    path: 'call-records/search',
    about: 'Calls, newest first, by number, name, time, cause.',
    permission: 'call-records.view',
    input: Search,
    rows: { in: 'calls', on: (call: CallRecord) => standing(call) },
    run: input => log.search(input),
  }
  return route as Route<never, unknown>
}
