// Messages and tones that are not ready to be said, and why.
import type { Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Message } from './settings.ts'
import type { SoundLibrary, Source } from './sound-library.ts'
import { TONES, type Tone } from './tones.ts'
import { words } from './words.en.ts'

/** Tones that make a sound. */
export const AUDIBLE = TONES.filter(tone => tone !== 'none')
export const toneSource = (tone: Exclude<Tone, 'none'>): Source => ({ kind: 'tone', tone })

/** One problem per message that cannot be said. */
export function messageProblems(
  all: readonly Stored<Message>[],
  failureOf: (message: Message) => { why: string; since: number } | undefined,
): Problem[] {
  return all.flatMap((message): Problem[] => {
    const failure = failureOf(message)
    if (failure === undefined) return []
    return [
      {
        code: `messages.not-ready:${message.id}`,
        severity: 'serious',
        text: words['messages.not-ready'].replace('{message}', message.name).replace('{why}', failure.why),
        remedy: words['messages.not-ready.remedy'],
        since: failure.since,
        link: `/message/${message.id}`,
      },
    ]
  })
}

/** One problem per tone that cannot be sounded. */
export function toneProblems(library: SoundLibrary): Problem[] {
  return AUDIBLE.flatMap((tone): Problem[] => {
    const failure = library.failure(toneSource(tone))
    if (failure === undefined) return []
    const text = words['messages.tone-not-ready'].replace('{tone}', tone).replace('{why}', failure.why)
    const remedy = words['messages.tone-not-ready.remedy']
    return [{ code: `messages.tone-not-ready:${tone}`, severity: 'serious', text, remedy, since: failure.since }]
  })
}
