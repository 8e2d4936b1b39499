// Call quality: how every call sounds, each side by itself, while it lasts and afterwards. Only observes; nothing waits for it.
import { type Context, feature, type Problem, type Route } from '../../../kernel/feature.ts'
import { type Standing, standing } from '../../../kernel/things.ts'
import { sites } from '../../places/sites/feature.ts'
import { migrations, type QualityLog, qualityLog } from './records.ts'
import { type QualitySettings, Search, QualitySettings as Settings } from './settings.ts'
import { Watch } from './watch.ts'
import { words } from './words.en.ts'

const HOUR = 3_600_000
/** Calls that the switch kept through a crash are back by then. */
const RESTORED_BY = 10_000

export const quality = feature<QualitySettings, undefined>({
  name: 'quality',
  about: 'How calls sound and sounded: loss, jitter, delay and what people would say of it.',
  needs: [sites],
  settings: Settings,
  records: migrations,
  permissions: { 'quality.view': words['quality.view'], 'quality.manage': words['quality.manage'] },
  words: { en: words },
  start(ctx) {
    const log = qualityLog(ctx.records)
    const watch = new Watch(ctx, log)
    ctx.on('call.answered', ({ call }) => watch.answered(call))
    ctx.on('call.ended', fact => watch.ended(fact))
    const stops = [
      ctx.clock.after(RESTORED_BY, () => watch.interrupted()),
      ctx.clock.every(HOUR, () => log.deleteBefore(ctx.clock.now() - ctx.settings.keepDays * 24 * HOUR)),
      ctx.clock.every(60_000, () => watch.tidy()),
    ]
    ctx.signal.addEventListener('abort', () => stops.forEach(stop => void stop()), { once: true })
    return {
      sip: { observe: event => event.type === 'measured' && watch.measured(event.leg, event.quality) },
      routes: routes(watch, log),
      problems: () => problemsOf(ctx, watch),
      metrics: () => watch.metrics(),
    }
  },
})
export default quality

function problemsOf(ctx: Context<QualitySettings>, watch: Watch): readonly Problem[] {
  const known = ctx.use(sites)
  const zone = known.of()?.timeZone ?? 'UTC'
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone })
  return watch.problems({
    hour: at => clock.format(at),
    siteName: site => known.of(site)?.name ?? site,
  })
}

function routes(watch: Watch, log: QualityLog): readonly Route<never, unknown>[] {
  const live: Route<never, unknown> = {
    method: 'GET',
    path: 'quality/live',
    about: 'Every side of every call of this moment with its last five minutes.',
    permission: 'quality.view',
    rows: { in: 'legs', on: (row: Standing) => standing(row) },
    run: () => ({ legs: watch.now() }),
  }
  const search: Route<Search, unknown> = {
    method: 'GET',
    path: 'quality/search',
    about: 'How calls sounded, each side by itself, newest first.',
    permission: 'quality.view',
    input: Search,
    rows: { in: 'legs', on: (row: Standing) => standing(row) },
    run: input => log.search(input),
  }
  return [live, search as Route<never, unknown>]
}
