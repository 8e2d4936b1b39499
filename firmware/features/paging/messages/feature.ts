// Messages: what the box says. Rendered and loaded when saved and at start, never at the moment they are needed.
import type { KeptFile } from '../../../kernel/blobs.ts'
import { feature } from '../../../kernel/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { AUDIBLE, messageProblems, toneProblems, toneSource } from './problems.ts'
import { routesOf } from './routes.ts'
import { type Message, messageKind } from './settings.ts'
import { openSoundLibrary, type ReadySound, type SoundLibrary, type Source } from './sound-library.ts'
import type { Tone } from './tones.ts'
import { words } from './words.en.ts'

export { type Message, messageKind } from './settings.ts'
export type { ReadySound } from './sound-library.ts'
export { TONES, type Tone } from './tones.ts'
export { type Pcm, RATE, writeWav } from './wav.ts'

/** What pages and alarms ask for; `…Of` answers from memory, `prepare…` is for the time of saving. */
export interface Messages {
  soundOf(message: string): ReadySound | undefined
  toneOf(tone: Tone): ReadySound | undefined
  spokenOf(text: string, language?: string): ReadySound | undefined
  prepare(message: string): Promise<ReadySound | undefined>
  prepareTone(tone: Tone): Promise<ReadySound | undefined>
  prepareSpoken(text: string, language?: string): Promise<ReadySound>
  compose(parts: readonly ReadySound[], gapMilliseconds: number): Promise<KeptFile>
}

/** How long until a sound that could not be made is tried again. */
const RETRY_MILLISECONDS = 30_000

export const messages = feature<unknown, Messages>({
  name: 'messages',
  about: 'Stored announcements: spoken texts and recordings, ready before they are needed.',
  essential: true,
  needs: [sites],
  resources: [messageKind],
  permissions: { 'messages.view': 'See and hear messages', 'messages.manage': 'Change messages' },
  words: { en: words },
  start(ctx) {
    const library = openSoundLibrary(ctx)
    // Texts that plans and pages asked for: they have no resource of their own.
    const asked: Source[] = []
    const language = () => ctx.use(sites).of()?.language ?? 'en-us'
    const sourceOf = (message: Message): Source =>
      message.recording === undefined
        ? { kind: 'text', text: message.text ?? '', language: message.language ?? language() }
        : { kind: 'recording', sha256: message.recording }
    const stored = (id: string) => {
      const message = ctx.store.get(messageKind, id)
      return message === undefined ? undefined : sourceOf(message)
    }
    const spoken = (text: string, spokenIn?: string): Source => ({
      kind: 'text',
      text,
      language: spokenIn ?? language(),
    })
    const all = () => [...AUDIBLE.map(toneSource), ...ctx.store.all(messageKind).map(sourceOf), ...asked]
    const prepareAll = async () => {
      // Each by itself: one text that cannot be spoken keeps no other from being ready.
      await Promise.allSettled(all().map(source => library.prepare(source)))
    }
    const retry = () => {
      if (all().some(source => library.ready(source) === undefined)) ctx.spawn('prepare messages', prepareAll())
    }
    ctx.spawn('prepare messages', prepareAll())
    ctx.signal.addEventListener('abort', ctx.clock.every(RETRY_MILLISECONDS, retry), { once: true })
    const soundOf = (id: string) => ready(library, stored(id))
    return {
      api: {
        soundOf,
        toneOf: tone => ready(library, tone === 'none' ? undefined : toneSource(tone)),
        spokenOf: (text, spokenIn) => library.ready(spoken(text, spokenIn)),
        async prepare(id) {
          const source = stored(id)
          return source === undefined ? undefined : library.prepare(source)
        },
        prepareTone: async tone => (tone === 'none' ? undefined : library.prepare(toneSource(tone))),
        prepareSpoken(text, spokenIn) {
          const source = spoken(text, spokenIn)
          if (!asked.some(one => one.kind === 'text' && one.text === text && one.language === (spokenIn ?? language())))
            asked.push(source)
          return library.prepare(source)
        },
        compose: library.compose,
      },
      routes: routesOf(ctx, soundOf),
      async apply() {
        await prepareAll()
        library.keepOnly(all())
      },
      problems: () => [
        ...messageProblems(ctx.store.all(messageKind), message => library.failure(sourceOf(message))),
        ...toneProblems(library),
      ],
    }
  },
})
export default messages

const ready = (library: SoundLibrary, source: Source | undefined) =>
  source === undefined ? undefined : library.ready(source)
