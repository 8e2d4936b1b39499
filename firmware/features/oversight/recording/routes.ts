// Verbs of recordings: finding, hearing and deleting them. Who heard or deleted one is kept.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import type { Who } from '../../../kernel/store.ts'
import type { Thing } from '../../../kernel/things.ts'
import type { RecordingLog, RecordingRow } from './records.ts'
import { Deleting, Listening, Listing, LONGEST_PIECE } from './settings.ts'
import { wavPiece } from './wav-piece.ts'

/** The routes of this feature. */
export function routesOf(ctx: Context<never>, log: RecordingLog): Route<never, unknown>[] {
  const accessed = (recording: string, what: string, who: Who) =>
    log.accessed({ at: ctx.clock.now(), recording, what, by_: who.name })
  const found = async (id: string): Promise<RecordingRow> => {
    const row = await log.get(id)
    if (!row) throw new PbxError('recording.not-found', 'there is no such recording', { status: 404 })
    return row
  }
  const list: Route<Listing, unknown> = {
    method: 'GET',
    path: 'recording/list',
    about: 'Recordings, newest first; of a call all segments.',
    permission: 'recording.view',
    input: Listing,
    rows: { in: 'recordings', on: placesOf },
    async run(asked) {
      const { rows, ...more } = await log.list(asked)
      return { recordings: rows, ...more }
    },
  }
  const listen: Route<Listening, unknown> = {
    method: 'GET',
    path: 'recording/listen',
    about: 'A piece of a recording, at most five minutes, as WAV in base64.',
    permission: 'recording.listen',
    input: Listening,
    on: async ({ recording }) => placesOf(await log.get(recording)),
    async run({ recording, from = 0, seconds = LONGEST_PIECE }, who) {
      const row = await found(recording)
      const { wav, totalSeconds } = await wavPiece(ctx.folder, row.file, { from, seconds })
      accessed(recording, 'listened', who)
      return { wav: Buffer.from(wav).toString('base64'), from, totalSeconds }
    },
  }
  const remove: Route<Deleting, { deleted: true }> = {
    method: 'POST',
    path: 'recording/delete',
    about: 'Deletes a recording for good.',
    permission: 'recording.delete',
    input: Deleting,
    on: async ({ recording }) => placesOf(await log.get(recording)),
    async run({ recording }, who) {
      const row = await found(recording)
      await ctx.folder.remove(row.file)
      log.forget(recording)
      accessed(recording, 'deleted', who)
      await ctx.records.settled()
      return { deleted: true }
    },
  }
  return [list, listen, remove] as Route<never, unknown>[]
}

/** Where its people were; of one older than this was kept, nowhere. */
const placesOf = (row: RecordingRow | undefined): readonly Thing[] =>
  row?.places ? (JSON.parse(row.places) as readonly Thing[]) : []
