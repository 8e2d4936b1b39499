// Speech output: a text becomes a sound on disk, once. Never on the way of a press.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Errands } from './errands.ts'
import { type SpokenText, WORDS_PER_MINUTE } from './speaking.ts'

/**
 * Renders `text` in `language` (`en`, `de`, `es-419`, …) into a WAV in `directory`; a text spoken before is found again.
 * Throws PbxError `speech.text-too-long`, `speech.no-voice` (espeak-ng missing, hanging, or without such a language).
 */
export function createSpeech(
  directory: string,
  errands: Pick<Errands, 'run'>,
): (text: string, language: string) => Promise<SpokenText> {
  const underway = new Map<string, Promise<SpokenText>>()
  return (text, language) => {
    const key = createHash('sha256').update(`${language}\n${WORDS_PER_MINUTE}\n${text}`).digest('hex').slice(0, 40)
    const running = underway.get(key)
    if (running !== undefined) return running
    const asked = errands.run('speak', { text, language, file: join(directory, `${key}.wav`) })
    const work = (asked as Promise<SpokenText>).finally(() => underway.delete(key))
    underway.set(key, work)
    return work
  }
}
