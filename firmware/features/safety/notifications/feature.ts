// Notices: an alarm told to the people who have to know, on their phones' screens and on the screens of the box.
import { feature, type Problem, type Route } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import { standing } from '../../../kernel/things.ts'
import { devices } from '../../phones/devices/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { loadFallback } from './call-way.ts'
import type {} from './facts.ts'
import { mailServerKind } from './mail-server.ts'
import { type Missed, notifyAction } from './notify-action.ts'
import { migrations, noticeLog } from './records.ts'
import { contactKind } from './settings.ts'
import { textGatewayKind } from './text-gateway.ts'
import { words } from './words.en.ts'

/** A missed notice is a problem for an hour. */
const SHOWN_MILLISECONDS = 3_600_000

export const notifications = feature<unknown, undefined>({
  name: 'notifications',
  about: 'Tells people of alarms, on phones and screens.',
  needs: [sites, locations, devices, registrar, extensions],
  resources: [contactKind, mailServerKind, textGatewayKind],
  records: migrations,
  permissions: {
    'notifications.view': 'See who was notified',
    'notifications.manage': 'Decide who is told, and how',
  },
  words: { en: words },
  start(ctx) {
    const missed = ctx.live.collection<Missed>('missed', { keep: 'restart' })
    const log = noticeLog(ctx.records)
    const history: Route<HistoryInput, unknown> = {
      method: 'GET',
      path: 'notifications/history',
      about: 'Who was notified of what, newest first.',
      permission: 'notifications.view',
      input: HistoryInput,
      rows: { in: 'deliveries', on: ({ recipient: id }: { readonly recipient: string }) => [{ kind: 'device', id }] },
      async run(asked) {
        const { rows, ...more } = await log.past(asked)
        return { deliveries: rows, ...more }
      },
    }
    ctx.spawn('speak what is said in calls', loadFallback(ctx, ctx.use(sites).of()?.language ?? 'en-us'))
    ctx.clock.every(SHOWN_MILLISECONDS, () => {
      for (const [id, one] of missed.all()) if (ctx.clock.now() - one.at > SHOWN_MILLISECONDS) missed.delete(id)
    })
    return {
      actions: { notify: notifyAction(ctx, { missed, log }) },
      routes: [history],
      touches: {
        'notice.shown': fact => standing(fact),
        'notice.tried': fact => standing(fact),
        'notice.delivered': fact => standing(fact),
      },
      problems: () => problemsOf(missed),
    }
  },
})
export default notifications

const problemsOf = (missed: LiveCollection<Missed>): Problem[] =>
  [...missed.all()].map(([id, { label, text, why, at }]) => ({
    code: `notifications.missed:${id}`,
    severity: 'warning',
    text: words['notifications.missed'].replace('{recipient}', label).replace('{text}', text).replace('{why}', why),
    remedy: words['notifications.missed.remedy'],
    since: at,
  }))
