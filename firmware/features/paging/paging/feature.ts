// Paging: a voice in a zone, from a person at a phone, a screen, an alarm or any other trigger.
import type { DestinationKind } from '../../../kernel/call/call.types.ts'
import { CallGone } from '../../../kernel/errors.ts'
import { type ActionKind, feature } from '../../../kernel/feature.ts'
import { messages } from '../messages/feature.ts'
import { zones } from '../zones/feature.ts'
import { announce, type KeptPage, type Stage, speakTo } from './announcer.ts'
import { type LocalMessage, localMessage } from './local-message.ts'
import { prepareSpeech, type Said, speechOf } from './playlist.ts'
import { problemsOf } from './problems.ts'
import { type BellOrder, type ReadyBell, readied } from './readied.ts'
import { migrations, pageLog } from './records.ts'
import { routesOf, zoneOf } from './routes.ts'
import { PageParams, PagingSettings } from './settings.ts'
import { takeUp } from './take-up.ts'
import { words } from './words.en.ts'

export type { LocalMessage } from './local-message.ts'
export type { BellOrder, ReadyBell } from './readied.ts'
export { PageParams } from './settings.ts'

/** What alarm plans ask when they are saved, and bells before they ring. */
export interface Paging {
  /** One sound for the local amplifiers of a page of an alarm so grave, for when nothing else speaks; `undefined`: the page has none. */
  localMessage(params: PageParams, gravity: number): Promise<LocalMessage | undefined>
  /** The amplifiers that a page with these parameters speaks on. */
  amplifiers(params: PageParams): readonly string[]
  /** Makes the words of a bell: long before it rings. Rejects when one of them cannot be made. */
  prepare(says: Said): Promise<void>
  /** What of it is not ready, in words; from memory. */
  missing(says: Said): readonly string[]
  /** Resolves a bell from memory: just before it rings. */
  readied(order: BellOrder): ReadyBell
}

export const paging = feature<PagingSettings, Paging>({
  name: 'paging',
  about: 'Announcements to zones, live and stored, by priority.',
  essential: true,
  needs: [messages, zones],
  settings: PagingSettings,
  records: migrations,
  permissions: {
    'paging.view': 'See announcements',
    'paging.speak': 'Make announcements',
    'paging.stop': 'Stop announcements',
    'paging.manage': 'Change how announcements are made',
  },
  words: { en: words },
  start(ctx) {
    const kept = ctx.live.collection<KeptPage>('page', { keep: 'restart' })
    const shelf = ctx.use(messages)
    const stage: Stage = { ctx, zones: ctx.use(zones), messages: shelf, kept, log: pageLog(ctx.records) }
    const zoneOfPage = ({ page }: { readonly page: string }) => zoneOf(kept.get(page)?.zone)
    const amplifiers = (params: PageParams) =>
      stage.zones.endpoints(params.zone).flatMap(one => (one.kind === 'amplifier' ? [one.amplifier] : []))
    const prepareDrill = () => ctx.spawn('prepare the words of a drill', shelf.prepareSpoken(ctx.settings.drillText))
    prepareDrill()
    // Once the features that registered phones belong to have told who is where.
    ctx.clock.after(0, () => takeUp(stage))
    return {
      api: {
        amplifiers,
        localMessage: (params, gravity) => localMessage(params, { messages: shelf, amplifiers, gravity }),
        prepare: says => prepareSpeech(says, shelf, ctx.settings.drillText),
        missing: says => speechOf(says, shelf, undefined).missing,
        readied: order => readied(stage, order),
      },
      actions: { page: pageAction(stage) },
      // Named after the resource, so that the number plan finds it.
      destinations: { zone: pageZone(stage) },
      routes: routesOf(stage),
      touches: { 'page.started': zoneOfPage, 'page.leaving': zoneOfPage, 'page.ended': zoneOfPage },
      apply: prepareDrill,
      problems: () => problemsOf(stage),
      metrics: () => ({ pages_running: ctx.calls.pages().length }),
    }
  },
})
export default paging

/** Says it; resolves when it was heard, ends when `signal` says so. */
const pageAction = (stage: Stage): ActionKind<PageParams> => ({
  title: words['paging.action'],
  params: PageParams,
  prepare: params => prepareSpeech(params, stage.messages, stage.ctx.settings.drillText),
  async run(params, why, signal) {
    const { running, heard } = announce(stage, params, why)
    const stop = () => running.stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await heard
    } finally {
      signal.removeEventListener('abort', stop)
    }
  },
})

const pageZone = (stage: Stage): DestinationKind => ({
  title: words['paging.destination'],
  async run(caller, zone) {
    if (stage.zones.get(zone) === undefined) return { end: 'not-found' }
    await caller.answer()
    const page = speakTo(stage, zone, caller)
    const chime = stage.messages.toneOf('chime')
    // For the speaker's ear: the phones are answering meanwhile.
    if (chime !== undefined) stage.ctx.spawn('tell a speaker to speak', untilGone(caller.play(chime.sound)))
    const { how } = await page.ended
    return { end: how === 'done' || how === 'stopped' ? 'answered' : 'not-available' }
  },
  choices: () => stage.zones.all().map(({ id, name }) => ({ id, label: name })),
})

/** Hanging up while the chime plays is no fault. */
const untilGone = (work: Promise<void>): Promise<void> =>
  work.catch((error: unknown) => {
    if (!(error instanceof CallGone)) throw error
  })
