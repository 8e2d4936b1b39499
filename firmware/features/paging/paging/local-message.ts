// What the board plays by itself on its amplifiers when no voice arrives in time: the whole page as one sound.
import type { ReflexTable } from '../../../kernel/board-port.ts'
import type { Messages } from '../messages/feature.ts'
import { speechOf } from './playlist.ts'
import { rankOf } from './rank.ts'
import type { PageParams } from './settings.ts'

/** One sound for the board's own disk, and how it is played. */
export type LocalMessage = NonNullable<ReflexTable['reflexes'][number]['message']>

/** Without end there would be nobody to stop it: a page that goes on until stopped is played this often. */
const ROUNDS_WITHOUT_END = 20
/** Between the parts of one round. */
const PAUSE_MILLISECONDS = 300

/** `undefined` when the page reaches no amplifier of this box, or none of its sounds is ready. */
export async function localMessage(
  params: PageParams,
  o: { messages: Messages; amplifiers(params: PageParams): readonly string[]; gravity: number },
): Promise<LocalMessage | undefined> {
  const amplifiers = o.amplifiers(params)
  const { sounds, playlist } = speechOf(params, o.messages, undefined)
  if (amplifiers.length === 0 || sounds.length === 0) return undefined
  const { file, sha256 } = await o.messages.compose(sounds, PAUSE_MILLISECONDS)
  const repeats = playlist.repeats === 0 ? ROUNDS_WITHOUT_END : playlist.repeats
  // As strong as the page it stands for, so that the page itself can take the amplifier from it, and nothing less.
  const rank = rankOf(params.priority ?? 'alarm', { drill: false, gravity: o.gravity })
  return { sound: { file, sha256 }, amplifiers, repeats, gapMilliseconds: playlist.gapMilliseconds, rank }
}
