// Verbs of paging: start, stop, what runs, what was.
import { PbxError } from '../../../kernel/errors.ts'
import type { Route } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import type { Thing } from '../../../kernel/things.ts'
import { announce, type KeptPage, type Stage } from './announcer.ts'
import { receiptsOf } from './receipts.ts'
import { DetailInput, PageParams, StopInput } from './settings.ts'

/** The routes of this feature. */
export function routesOf(stage: Stage): Route<never, unknown>[] {
  const { ctx, kept, log } = stage
  const running = (id: string) => ctx.calls.pages().find(page => page.id === id)
  const start: Route<PageParams, { page: string }> = {
    method: 'POST',
    path: 'paging/start',
    about: 'Announces messages or a text in a zone.',
    permission: 'paging.speak',
    input: PageParams,
    async run(params, who) {
      const { messages } = stage
      // A person who typed a text waits for its voice; what an alarm says was made ready when it was saved.
      if (params.text !== undefined && params.text.trim() !== '') await messages.prepareSpoken(params.text.trim())
      const page = announce(stage, params, { who, cause: `${who.name}`, drill: false })
      ctx.spawn('announce', page.heard)
      return { page: page.id }
    },
  }
  const stop: Route<StopInput, { stopped: true }> = {
    method: 'POST',
    path: 'paging/stop',
    about: 'Stops an announcement.',
    permission: 'paging.stop',
    input: StopInput,
    on: ({ page }) => zoneOf(kept.get(page)?.zone),
    async run({ page }) {
      const found = running(page)
      if (found === undefined) throw new PbxError('paging.not-running', 'this announcement is over', { status: 404 })
      const known = kept.get(page)
      const noted = known ? kept.setNow(page, { ...known, stopped: true }) : Promise.resolve()
      found.stop()
      // That it cannot be noted is shown by the collection; silent it is all the same.
      await Promise.allSettled([noted])
      return { stopped: true }
    },
  }
  const status: Route<Record<string, never>, unknown> = {
    method: 'GET',
    path: 'paging/status',
    about: 'Announcements under way, with what became of each endpoint so far.',
    permission: 'paging.view',
    rows: { in: 'pages', on: ({ zone }: KeptPage) => zoneOf(zone) },
    run: () => ({
      pages: [...kept.all().values()].map(page => {
        const found = running(page.id)
        return { ...page, deliveries: found === undefined ? [] : receiptsOf(found) }
      }),
    }),
  }
  const history: Route<HistoryInput, unknown> = {
    method: 'GET',
    path: 'paging/history',
    about: 'Announcements of the past, newest first.',
    permission: 'paging.view',
    input: HistoryInput,
    rows: { in: 'pages', on: ({ zone }: { readonly zone: string }) => zoneOf(zone) },
    async run(asked) {
      const { rows, ...more } = await log.past(asked)
      return { pages: rows, ...more }
    },
  }
  const deliveries: Route<DetailInput, unknown> = {
    method: 'GET',
    path: 'paging/deliveries',
    about: 'What became of one announcement at every endpoint.',
    permission: 'paging.view',
    input: DetailInput,
    on: async ({ page }) => zoneOf(kept.get(page)?.zone ?? (await log.zoneOf(page))),
    run: async ({ page }) => ({ deliveries: await log.deliveries(page) }),
  }
  return [start, stop, status, history, deliveries]
}

/** An announcement is about the zone that it was made in. */
export const zoneOf = (id: string | undefined): readonly Thing[] => (id === undefined ? [] : [{ kind: 'zone', id }])
