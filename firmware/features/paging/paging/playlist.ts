// What a page says, from what is ready at this moment: tone, mark of a drill, messages, text.
import type { Playlist } from '../../../kernel/call/call.types.ts'
import type { Messages, ReadySound } from '../messages/feature.ts'
import type { PageParams } from './settings.ts'

/** What will be heard, and what is missing. */
export interface Speech {
  readonly playlist: Playlist
  readonly sounds: readonly ReadySound[]
  /** In words; such a page must be tried again. */
  readonly missing: readonly string[]
}

/** What is said, wherever. */
export type Said = Omit<PageParams, 'zone' | 'priority'>

type Shelf = Pick<Messages, 'soundOf' | 'toneOf' | 'spokenOf'>

/** How often a tone without its words is given: people look up, and the words follow when the page is tried again. */
const BARE_ROUNDS = 2

/** `drillText`: spoken before and after in a drill. */
export function speechOf(params: Said, shelf: Shelf, drillText: string | undefined): Speech {
  const missing: string[] = []
  const want = (sound: ReadySound | undefined, what: string): readonly ReadySound[] => {
    if (sound === undefined) missing.push(what)
    return sound === undefined ? [] : [sound]
  }
  const mark = drillText === undefined ? [] : want(shelf.spokenOf(drillText), 'the words that mark a drill')
  const named = (params.messages ?? []).flatMap(id => want(shelf.soundOf(id), `message ${id}`))
  const text = textOf(params)
  const words = [...named, ...(text === undefined ? [] : want(shelf.spokenOf(text), 'the text'))]
  const tone = params.tone ?? 'chime'
  const lead = tone === 'none' ? [] : want(shelf.toneOf(tone), `the ${tone} tone`)
  const sounds = words.length === 0 ? [...mark, ...lead] : [...mark, ...lead, ...words, ...mark]
  const repeats = words.length === 0 && missing.length > 0 ? BARE_ROUNDS : (params.repeats ?? 2)
  const gapMilliseconds = (params.gapSeconds ?? 2) * 1000
  return { playlist: { sounds: sounds.map(one => one.sound), repeats, gapMilliseconds }, sounds, missing }
}

/** The text, if there is one to speak. */
export function textOf(params: Said): string | undefined {
  const text = params.text?.trim()
  return text === undefined || text === '' ? undefined : text
}

/** Makes ready whatever the page will say; every part is tried, the first failure is thrown. */
export async function prepareSpeech(params: Said, shelf: Messages, drillText: string): Promise<void> {
  const text = textOf(params)
  const results = await Promise.allSettled([
    shelf.prepareTone(params.tone ?? 'chime'),
    shelf.prepareSpoken(drillText),
    ...(params.messages ?? []).map(id => shelf.prepare(id)),
    ...(text === undefined ? [] : [shelf.prepareSpoken(text)]),
  ])
  const failed = results.find(result => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
