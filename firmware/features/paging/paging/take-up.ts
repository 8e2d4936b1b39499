// What a crash cut short: announcements of people and screens are made again.
import { within } from '../../../kernel/clock.ts'
import { announce, type Stage } from './announcer.ts'
import { prepareSpeech } from './playlist.ts'

/** How long a page that is taken up again may wait for its words: what is ready by then is said. */
const WORDS_MILLISECONDS = 15_000

/** Announcements that a crash cut short are made again; those of alarms by the alarm, live ones by their call. */
export function takeUp(stage: Stage): void {
  for (const page of stage.kept.all().values()) {
    if (stage.ctx.calls.pages().some(running => running.id === page.id)) continue
    stage.kept.delete(page.id)
    const { params, why, stopped } = page
    const how = stopped ? 'stopped' : 'interrupted'
    stage.log.ended(page.id, { how, at: stage.ctx.clock.now(), receipts: [] })
    if (stopped || params === undefined || why.alarm !== undefined) continue
    // What it says is still being loaded when a box starts.
    const again = async () => {
      const ready = prepareSpeech(params, stage.messages, stage.ctx.settings.drillText)
      await within(stage.ctx.clock, WORDS_MILLISECONDS, Promise.allSettled([ready]))
      await announce(stage, params, why).heard
    }
    stage.ctx.spawn('announce again after a restart', again())
  }
}
