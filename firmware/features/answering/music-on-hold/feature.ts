// Music on hold: whoever is put on hold hears that the call still lives.
import type { Playlist } from '../../../kernel/call/call.types.ts'
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import { messageKind, messages, RATE, writeWav } from '../../paging/messages/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { Holding } from './holding.ts'
import { melody } from './melody.ts'
import { type MusicOnHoldSettings, MusicOnHoldSettings as Settings } from './settings.ts'
import { words } from './words.en.ts'

/** The sound of the box's own music. */
const OWN = 'music:own'
/** How long until music that could not be made is tried again. */
const RETRY_MILLISECONDS = 30_000

/** For who lets callers wait. */
export interface MusicOnHold {
  /** What is heard while waiting at a site; undefined: nothing. */
  music(site?: string): Playlist | undefined
}

interface Own {
  readonly ready: boolean
  readonly why?: string
}

export const musicOnHold = feature<MusicOnHoldSettings, MusicOnHold>({
  name: 'music-on-hold',
  about: 'Music for those who are put on hold.',
  optional: true,
  needs: [sites, messages],
  settings: Settings,
  permissions: {
    'music-on-hold.view': words['music-on-hold.view'],
    'music-on-hold.manage': words['music-on-hold.manage'],
  },
  words: { en: words },
  start(ctx) {
    const own = ctx.live.collection<Own>('own', { keep: 'process' })
    const music = (site?: string): Playlist | undefined => {
      const { play, message } = wanted(ctx, site)
      if (!play) return undefined
      const chosen = message === undefined ? undefined : ctx.use(messages).soundOf(message)?.sound
      const sound = chosen ?? (own.get(OWN)?.ready ? OWN : undefined)
      return sound === undefined ? undefined : { sounds: [sound], repeats: 0, gapMilliseconds: 0 }
    }
    const holding = new Holding(ctx as Context<never>, music)
    const prepare = () =>
      ctx.spawn(
        'make the music of the box',
        makeOwn(ctx, own).then(() => holding.settle()),
      )
    prepare()
    ctx.clock.every(RETRY_MILLISECONDS, () => {
      if (own.get(OWN)?.ready) holding.settle()
      else prepare()
    })
    ctx.on('leg.held', ({ leg }) => {
      const found = ctx.calls.find(leg)
      if (found) holding.changed(found)
    })
    return { api: { music }, apply: () => holding.settle(), problems: () => problemsOf(ctx, own.get(OWN)) }
  },
})
export default musicOnHold

const wanted = ({ settings }: Context<MusicOnHoldSettings>, site: string | undefined) =>
  settings.sites.find(one => one.site === site) ?? settings

async function makeOwn(ctx: Context<MusicOnHoldSettings>, own: { set(id: string, value: Own): void }): Promise<void> {
  try {
    const kept = await ctx.blobs.put(writeWav({ rate: RATE, samples: await melody() }), '.wav')
    await ctx.sip.loadSound(OWN, kept.file)
    own.set(OWN, { ready: true })
  } catch (error) {
    own.set(OWN, { ready: false, why: error instanceof Error ? error.message : String(error) })
    throw error
  }
}

function problemsOf(ctx: Context<MusicOnHoldSettings>, own: Own | undefined): Problem[] {
  const { settings } = ctx
  const problems: Problem[] = []
  const add = (code: string, what: 'silent' | 'not-ready', fill: Record<string, string>) => {
    const text = words[`music-on-hold.${what}`].replace(/\{(\w+)\}/, (_, name: string) => fill[name] ?? '')
    problems.push({ code, severity: 'info', text, remedy: words[`music-on-hold.${what}.remedy`] })
  }
  if (own?.why !== undefined) add('music-on-hold.silent', 'silent', { why: own.why })
  for (const { message } of [settings, ...settings.sites]) {
    if (message === undefined || ctx.use(messages).soundOf(message)) continue
    const name = ctx.store.get(messageKind, message)?.name ?? ''
    add(`music-on-hold.not-ready:${message}`, 'not-ready', { message: name })
  }
  return problems
}
