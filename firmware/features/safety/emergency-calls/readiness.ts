// What would be spoken is spoken ahead: the read-back of the test number, and the notice of each plan at each place.
import type { Context } from '../../../kernel/feature.ts'
import { locationKind, locations } from '../../places/locations/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { spokenNotice } from './notice.ts'
import type { ReadBack } from './read-back.ts'
import { emergencyPlanKind } from './settings.ts'
import { words } from './words.en.ts'

/** Resolves when every place can be said without rendering anything. */
export async function makeReady(ctx: Context, test: ReadBack): Promise<void> {
  const { path } = ctx.use(locations)
  const places = [words['emergency-calls.unknown-place'], ...ctx.store.all(locationKind).map(place => path(place.id))]
  await test.prepare(places, ctx.use(sites).of()?.language ?? 'en-us')
  const prepare = ctx.actionKind('page')?.prepare
  const zones = ctx.store.all(emergencyPlanKind).flatMap(plan => plan.noticeZone ?? [])
  for (const zone of zones) for (const place of places) await prepare?.(spokenNotice(zone, place).params as never)
}
