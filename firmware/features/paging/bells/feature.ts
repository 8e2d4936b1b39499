// Bells: shifts, breaks and messages of every day, by the clock of each site and its calendars.
import { feature } from '../../../kernel/feature.ts'
import type { Thing } from '../../../kernel/things.ts'
import { schedules } from '../../answering/schedules/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { paging } from '../paging/feature.ts'
import { zones } from '../zones/feature.ts'
import { Belfry } from './belfry.ts'
import type {} from './facts.ts'
import { localText } from './moments.ts'
import { Outlook } from './outlook.ts'
import { problemsOf } from './problems.ts'
import { migrations, ringLog } from './records.ts'
import { type LeftOut, leaveOut, makeReady, ringDue, type Silence, saidBy, type Tower } from './ringing.ts'
import { routesOf } from './routes.ts'
import { type Bell, BellSettings, bellKind } from './settings.ts'
import { words } from './words.en.ts'

export { type Bell, bellKind } from './settings.ts'

export const bells = feature<BellSettings, undefined>({
  name: 'bells',
  about: 'Bells and messages of every day by calendar: shifts, breaks, in zones of each site.',
  optional: true,
  needs: [paging, zones, schedules, sites],
  settings: BellSettings,
  resources: [bellKind],
  records: migrations,
  permissions: {
    'bells.view': words['bells.view'],
    'bells.ring': words['bells.ring'],
    'bells.manage': words['bells.manage'],
  },
  words: { en: words },
  start(ctx) {
    const all = () => ctx.store.all(bellKind)
    const zoneOf = (bell: Bell) => ctx.use(sites).of(bell.site)?.timeZone ?? 'UTC'
    const tower: Tower = {
      ctx,
      paging: ctx.use(paging),
      zones: ctx.use(zones),
      silences: ctx.live.collection<Silence>('silence', { keep: 'power' }),
      leftOut: ctx.live.collection<LeftOut>('left-out', { keep: 'power' }),
      log: ringLog(ctx.records),
      zoneOf,
    }
    const outlook = new Outlook({ clock: ctx.clock, store: ctx.store, schedules: ctx.use(schedules), zoneOf })
    let late = 0
    const belfry = new Belfry({
      clock: ctx.clock,
      watch: ctx.live.collection('watch', { keep: 'power' }),
      rung: ctx.live.collection('rung', { keep: 'power' }),
      latestMilliseconds: () => ctx.settings.latestSeconds * 1000,
      zoneOf,
      admits: (bell, moment) => outlook.admits(bell, moment),
      makeReady: bell => makeReady(tower, bell),
      ring: due => ringDue(tower, due),
      leftOut: (due, why) => leaveOut(tower, due, why),
      spawn: (what, work) => ctx.spawn(what, work),
    })
    const prepare = () => Promise.allSettled(all().map(bell => tower.paging.prepare(saidBy(bell))))
    tower.log.cutShort()
    ctx.on('bell.rung', fact => {
      late = fact.late ?? late
    })
    // A site may have another clock now.
    ctx.on('document.changed', ({ kinds }) => {
      if (kinds.includes('bell') || kinds.includes('site')) belfry.change(all())
    })
    ctx.spawn('prepare bells', prepare())
    // Once the features that phones belong to have told who is where.
    ctx.clock.after(0, () => belfry.change(all()))
    ctx.signal.addEventListener('abort', () => belfry.leave(), { once: true })
    const timeOf = (at: number, bell: string) => localText(at, zoneOf(ctx.store.get(bellKind, bell) ?? ({} as Bell)))
    return {
      routes: routesOf({ tower, all, next: bell => outlook.next(bell) }),
      touches: { 'bell.rung': belled, 'bell.missed': belled, 'bell.silenced': silenced },
      async apply() {
        for (const id of tower.leftOut.all().keys()) if (!ctx.store.get(bellKind, id)) tower.leftOut.delete(id)
        await prepare()
      },
      problems: () =>
        problemsOf({
          bells: all().map(bell => ({
            bell,
            missing: tower.paging.missing(saidBy(bell)),
            rings: outlook.next(bell).length > 0,
          })),
          leftOut: tower.leftOut.all(),
          trusted: ctx.clock.trusted,
          timeOf,
        }),
      metrics: () => ({ bells_late_milliseconds: late, bells_left_out: tower.leftOut.all().size }),
    }
  },
})
export default bells

const belled = ({ bell: id }: { readonly bell: string }): readonly Thing[] => [{ kind: 'bell', id }]
const silenced = (fact: { readonly bell?: string; readonly zone?: string }): readonly Thing[] =>
  (['bell', 'zone'] as const).flatMap(kind => (fact[kind] === undefined ? [] : [{ kind, id: fact[kind] }]))
