// Recordings are kept for as many days as the settings say, not longer.
import type { Context } from '../../../kernel/feature.ts'
import type { RecordingLog } from './records.ts'
import type { RecordingSettings } from './settings.ts'

const DAY = 86_400_000
const EVERY = 3_600_000
/** So many at a time: deleting is never in the way. */
const AT_ONCE = 200

/** Deletes once an hour what is too old. A wall clock that nobody believes deletes nothing. */
export function keepWithin(ctx: Context<RecordingSettings>, log: RecordingLog): void {
  ctx.clock.every(EVERY, () => {
    if (ctx.clock.trusted) ctx.spawn('delete old recordings', deleteOld(ctx, log))
  })
}

async function deleteOld(ctx: Context<RecordingSettings>, log: RecordingLog): Promise<void> {
  const old = await log.before(ctx.clock.now() - ctx.settings.keepDays * DAY, AT_ONCE)
  for (const { id, file } of old) {
    // First the sound: a row whose file is gone can be deleted later, a file without a row never.
    await ctx.folder.remove(file)
    log.forget(id)
  }
}
